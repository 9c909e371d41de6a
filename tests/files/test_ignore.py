"""What is left out: the defaults, and patterns as in .gitignore."""

import pytest

from orchflow_jupyter.errors import InvalidRequestError
from orchflow_jupyter.files.ignore import Ignore


def left_out(patterns, *paths):
    ignore = Ignore(patterns)
    return [path for path in paths if ignore.matches(path.rstrip("/"), path.endswith("/"))]


def test_what_nobody_wants_to_hear_of_is_left_out_at_any_depth():
    noise = [".git/objects/", "web/node_modules/", "a/b/__pycache__/", ".ipynb_checkpoints/", "src/.x.py.swp", ".#lock"]
    assert left_out([], *noise) == noise
    wanted = ["src/", ".git/", ".git/index.lock", ".git/HEAD", "x.py", "node_modules.txt", ".env", "a.swift"]
    assert left_out([], *wanted) == []


@pytest.mark.parametrize(
    ("patterns", "out", "told"),
    [
        (["*.log"], ["a.log", "d/b.log"], ["a.txt"]),
        (["/build"], ["build", "build/"], ["src/build"]),
        (["out/"], ["out/", "d/out/"], ["out"]),
        (["docs/**/*.html"], ["docs/a/b.html", "docs/b.html"], ["b.html"]),
        (["*.log", "!keep.log"], ["a.log"], ["keep.log"]),
        (["!node_modules/"], [], ["node_modules/"]),
        (["# a comment", ""], [], ["# a comment"]),
    ],
    ids=lambda value: str(value),
)
def test_a_pattern_means_what_it_means_to_git(patterns, out, told):
    assert left_out(patterns, *out, *told) == out


def test_what_is_no_pattern_is_refused():
    with pytest.raises(InvalidRequestError):
        Ignore(["!"])
