"""Makes `terminals/ghostty_abi.py` from the declarations of the installed pyghostty: `python -m` this module."""

import re
from importlib import util
from pathlib import Path

from cffi import FFI

import orchflow_jupyter.terminals

TARGET = Path(orchflow_jupyter.terminals.__file__).with_name("ghostty_abi.py")
WANTED = re.compile(r"\bghostty_(free|(terminal|grid_ref|row|cell|formatter|style|render_state|snapshot)_\w+)\s*\(")
VALUES = re.compile(r"Ghostty(Cell|Row|Style|Terminal|Formatter|Cursor|Screen|Sgr|Color|Render|Snapshot|Buffer)\w*")
"""Types that may only be passed through `void *`, so that no function names them."""
TWINS = """
typedef struct { uint16_t x; uint32_t y; uint64_t _pad; } GhosttyPointValueS;
typedef struct { GhosttyPointTag tag; GhosttyPointValueS value; } GhosttyPointS;
"""
"""What pyghostty declares beside its list: structures with the layout of unions, which cffi cannot pass by value."""


def source() -> Path:
    """The file with pyghostty's declarations."""
    spec = util.find_spec("pyghostty")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "_cdef.py"


def generated() -> str:
    """The module's text: what it was made from, and the declarations as cffi compiles them."""
    text = source().read_text()
    values: dict[str, str] = {}
    exec(text, values)
    ffi = FFI()
    ffi.cdef("\n".join(_needed(_declarations(values["CDEF"]))))
    ffi.cdef(TWINS)
    ffi.set_source("ghostty_abi", None)
    made = TARGET.with_name("ghostty_abi.py.new")
    try:
        ffi.emit_python_code(str(made))
        compiled = made.read_text().partition("\n")[2]
    finally:
        made.unlink(missing_ok=True)
    return (
        '"""What libghostty-vt declares, compiled; made by `python -m tests.support.ghostty_abi`; edit nothing."""\n\n'
        '# fmt: off\n# ruff: noqa\n\n__all__ = ["SOURCE", "ffi"]\n'
        f"SOURCE = {text.partition(chr(10))[0]!r}\n\n{compiled}"
    )


def _declarations(text: str) -> list[str]:
    found, depth, start = [], 0, 0
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    for at, char in enumerate(text):
        depth += (char == "{") - (char == "}")
        if char == ";" and depth == 0:
            found.append(" ".join(text[start : at + 1].split()))
            start = at + 1
    return found


def _needed(declarations: list[str]) -> list[str]:
    """The functions that are wanted, and all types that these lead to, in their order."""
    types: dict[str, list[str]] = {}
    for one in declarations:
        if one.startswith(("typedef", "struct", "enum", "union")):
            types.setdefault(_name(one), []).append(one)
    keep = {one for one in declarations if not one.startswith("typedef") and WANTED.search(one)}
    todo, seen = [*keep, " ".join(filter(VALUES.fullmatch, types))], set()
    while todo:
        for word in set(re.findall(r"\w+", todo.pop())) - seen:
            seen.add(word)
            keep.update(types.get(word, ()))
            todo += types.get(word, ())
    return [one for one in declarations if one in keep]


def _name(declaration: str) -> str:
    if "{" not in declaration and (function := re.search(r"\(\*\s*(\w+)\)\s*\(", declaration)):
        return function[1]
    if last := re.search(r"(\w+)\s*(?:\[\w*\])?\s*;$", declaration):
        return last[1]
    words = re.match(r"(?:typedef )?(?:struct|enum|union) (\w+)", declaration)
    assert words is not None, declaration
    return words[1]


if __name__ == "__main__":
    TARGET.write_text(generated())
