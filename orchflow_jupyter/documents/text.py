"""Bytes as text, and back byte for byte: encodings, byte order marks, and the ends of lines. Pure.

In a document a line ends with "\\n". In the file it ends as it did: those that were not edited keep their ends, also
where they are mixed, and those that are new take that of a neighbour.
"""

import codecs
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from orchflow_jupyter.documents.sequences import matches
from orchflow_jupyter.errors import InvalidRequestError, NotSupportedError

__all__ = ["Coding", "as_told", "coding_in", "coding_of", "decode", "encode", "told"]

_END = re.compile(r"\r\n|\r|\n")
_BINARY = re.compile("[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")
"""What no text has in it that is not Unicode; bell, backspace, escape and the white space are left out."""
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_NAMES = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "latin-1": "Latin-1",
    "cp1252": "Windows-1252",
}


class Coding(NamedTuple):
    """How a text lies in its file. `mark` is its byte order mark; `line_end` is "mixed" where its lines differ."""

    encoding: str
    mark: bytes
    line_end: str


def decode(data: bytes, coding: Coding | None = None) -> str:
    """The text of a file, whose lines end with "\\n"; `coding` says how it lies in it, where that is known.

    Raises `NotSupportedError` for what is no text.
    """
    return _plain(_read(data, coding) if coding else _decoded(data)[0])


def coding_of(data: bytes, before: Coding | None = None) -> Coding:
    """How the text of a file lies in it. What its bytes leave open (there are none, or no line ends, or nothing but
    ASCII) is as it was `before`. Raises `NotSupportedError` for what is no text."""
    text, encoding, mark = _decoded(data)
    if before is not None and not mark:
        if not data:
            encoding, mark = before.encoding, before.mark
        elif data.isascii() and not before.mark:
            encoding = before.encoding
    return Coding(encoding, mark, _line_end(text, before))


def coding_in(data: bytes, coding: Coding) -> Coding:
    """The same of bytes that were made as `coding` says: they may look like those of another encoding."""
    try:
        return coding._replace(line_end=_line_end(_read(data, coding), coding))
    except UnicodeDecodeError:
        return coding_of(data, coding)


def told(coding: Coding) -> dict[str, Any]:
    """What everybody is told of that: `encoding`, `bom` and `line_end`."""
    return {"encoding": coding.encoding, "bom": bool(coding.mark), "line_end": coding.line_end}


def as_told(about: Mapping[str, Any]) -> Coding | None:
    """What `told` was told of; None where that is none."""
    encoding, line_end = about.get("encoding"), about.get("line_end")
    if encoding not in _NAMES or line_end not in ("\n", "\r\n", "\r", "mixed"):
        return None
    marks = {name: mark for mark, name in _MARKS}
    return Coding(encoding, marks.get(encoding, b"") if about.get("bom") else b"", line_end)


def encode(text: str, base: bytes, coding: Coding | None = None) -> bytes:
    """The file of a text that was edited, where it was `base` before; the same bytes where nothing was.

    Raises `InvalidRequestError` where the encoding lacks a character, or no text may have it.
    """
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InvalidRequestError(f"there is a NUL character in line {line}, with which this would be no text any more")
    known = coding or coding_of(base)
    encoding, mark, line_end = known
    if line_end == "mixed":
        text = _with_ends(text, _read(base, known))
    elif line_end != "\n":
        text = text.replace("\n", line_end)
    try:
        return mark + text.encode(encoding)
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        lacks = f"the file's encoding, {_NAMES[encoding]}, has no {text[error.start]!r} (line {line})"
        raise InvalidRequestError(lacks) from error


def _line_end(text: str, before: Coding | None) -> str:
    if "\r" not in text:
        return "\n" if before is None or "\n" in text or before.line_end == "mixed" else before.line_end
    ends = {"\r\n": text.count("\r\n")}
    ends["\r"] = text.count("\r") - ends["\r\n"]
    ends["\n"] = text.count("\n") - ends["\r\n"]
    there = [end for end, count in ends.items() if count]
    return there[0] if len(there) < 2 else "mixed"


def _read(data: bytes, coding: Coding) -> str:
    return data.removeprefix(coding.mark).decode(coding.encoding)


def _decoded(data: bytes) -> tuple[str, str, bytes]:
    """The text as it is, its encoding, and its mark."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return _checked(data[len(mark) :].decode(encoding)), encoding, mark
            except UnicodeDecodeError:
                break
    try:
        return _checked(data.decode()), "utf-8", b""
    except UnicodeDecodeError:
        pass
    # the characters of Windows-1252 are those of Latin-1, but for 27 where that has control characters
    for encoding in ("cp1252", "latin-1"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "cp1252" and text == data.decode("latin-1"):
            continue
        found = _BINARY.search(text)
        if found:
            raise NotSupportedError(f"this is no text: it is not UTF-8, and has the byte {ord(found[0]):#04x} in it")
        return text, encoding, b""
    raise AssertionError("every byte is a character of Latin-1")


def _checked(text: str) -> str:
    if "\0" in text:
        raise NotSupportedError("this is no text: it has NUL bytes in it")
    return text


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _with_ends(text: str, base: str) -> str:
    """The text with the ends of the lines of `base` that it still has, and for the others those of neighbours."""
    ends = [*_END.findall(base), ""]
    old, new = _END.split(base), text.split("\n")
    found: list[str] = []
    i = j = 0
    for i_end, j_end, size in (*matches(old, new), (len(old), len(new), 0)):
        # in what was rewritten, line by line as far as there are as many
        found += [ends[i + k] if i + k < i_end else "" for k in range(j_end - j)]
        found += ends[i_end : i_end + size]
        i, j = i_end + size, j_end + size
    last = next(end for end in ends if end)
    for number, end in enumerate(found):
        if end:
            last = end
        else:
            found[number] = last
    return "".join(line + end for line, end in zip(new[:-1], found[:-1], strict=True)) + new[-1]
