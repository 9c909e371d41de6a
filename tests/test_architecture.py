"""docs/architecture.md, held against the tree."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def listed():
    """The folders in the page's map: those of the first fenced block that has `orchflow_jupyter/` on a line."""
    page = (ROOT / "docs" / "architecture.md").read_text()
    blocks = re.findall(r"^```\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    block = next(block for block in blocks if "\norchflow_jupyter/" in f"\n{block}")
    folders, top = [], None
    for line in block.splitlines():
        if found := re.match(r"(\S+)/(\s|$)", line):
            top = found[1]
        elif found := re.match(r"\s+(\S+)/\s+\S", line):
            folders.append(f"{top}/{found[1]}")
        else:
            raise AssertionError(f"this line of the map has no folder and what it is for: {line!r}")
    return folders


def there(top):
    """The folders directly below `top`."""
    return [f"{top}/{path.name}" for path in (ROOT / top).iterdir() if path.is_dir() and path.name != "__pycache__"]


def test_the_map_names_every_folder_of_both_languages_once_and_none_that_does_not_exist():
    assert sorted(listed()) == sorted([*there("orchflow_jupyter"), *there("js/src")])


def test_what_the_pages_link_to_exists():
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?://|#)([^)#\s]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
