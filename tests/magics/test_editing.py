"""`%orchflow edit`, in a real kernel."""

import pytest

from orchflow_jupyter.magics.editing import paths, place


@pytest.fixture
def there(tmp_path, monkeypatch):
    """A directory with files in it, which is the current one."""
    (tmp_path / "src").mkdir()
    for name in ("src/a.py", "src/b c.py", "odd:3", ".hidden"):
        (tmp_path / name).write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("src/a.py", ("src/a.py", None)),
        ("src/a.py:42", ("src/a.py", 42)),
        ("src/a.py:42:7", ("src/a.py", 42)),
        ("src/a.py:42:", ("src/a.py", 42)),
        ("odd:3", ("odd:3", None)),
        ("odd:4", ("odd", 4)),
    ],
)
def test_a_line_may_follow_the_path(there, text, found):
    assert place(text) == found


def test_paths_are_completed(there):
    assert paths("s") == ["src/"]
    assert paths("src/") == ["src/a.py", "'src/b c.py'"]
    assert paths(".h") == [".hidden"]
    assert "odd:3" in paths("")
    assert ".hidden" not in paths("")
    assert paths("nothing/") == []


def test_a_file_is_shown_at_its_line(magic, process):
    (process.root / "x.py").write_text("a = 1\n")
    magic.run(f"import os; os.chdir({str(process.root)!r})")
    _, comm = magic.widget("%orchflow edit x.py:1 --height 90")
    assert {name: comm.state[name] for name in ("path", "line", "height", "readonly")} == {
        "path": "x.py",
        "line": 1,
        "height": 90,
        "readonly": False,
    }
    assert magic.complete("%orchflow edit x") == ["%orchflow edit x.py"]
    assert (
        "UsageError: %orchflow edit: there is no y.py; a new file is made with" in magic.run("%orchflow edit y.py").text
    )
    _, comm = magic.widget("%orchflow edit --new y.py")
    assert (comm.state["path"], (process.root / "y.py").read_bytes()) == ("y.py", b"")
    assert "--height" in magic.run("%orchflow edit x.py --height 3").text
