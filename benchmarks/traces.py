"""Editing as people do it, from a seed: runs of typing with corrections, jumps, pastes and cuts; as updates of Yjs.

They are made before anything is measured, and written as Yjs writes them, since pycrdt walks through the whole text for
each insertion (100,000 of them took it minutes). Source: Yjs, UpdateEncoderV1 and Item.write.
"""

import random
from dataclasses import dataclass
from functools import cache

from pycrdt import Doc, Text

__all__ = ["END", "Trace", "concurrent", "sequential", "text_of"]

WORDS = [
    "def",
    "return",
    "self",
    "value",
    "for",
    "in",
    "if",
    "not",
    "the",
    "of",
    "and",
    "to",
    "a",
    "is",
    "that",
    "with",
    "as",
    "on",
    "by",
    "an",
    "be",
    "this",
    "from",
    "or",
    "room",
    "line",
]
NEAR = 400
"""How far one looks away from where one was, mostly."""
END = "the end of the trace"
"""Written last by each, so that who has seen it has seen all."""


@dataclass(frozen=True)
class Trace:
    """What two clients do to an empty text, each as its updates in order, and what becomes of it."""

    first: list[bytes]
    second: list[bytes]
    """Of `sequential`, made on top of all of `first`; of `concurrent`, without having seen any of it."""
    text: str


def text_of(size: int) -> str:
    """Lines of words, `size` characters."""
    rng = random.Random(size)
    lines, length = [], 0
    while length < size:
        lines.append(" ".join(rng.choices(WORDS, k=rng.randint(3, 14))) + "\n")
        length += len(lines[-1])
    return "".join(lines)[:size]


@cache
def sequential(count: int, size: int = 10_000, seed: int = 1) -> Trace:
    """The second goes on where the first has ended, who begins with a paste of `size` characters; `count` edits."""
    line = _Line()
    first = _typed(_Typist(line, 1), count // 2, seed, text_of(size))
    second = _typed(_Typist(line, 2), count - count // 2, seed + 1)
    return Trace(first, second, _outcome(first, second))


@cache
def concurrent(count: int, size: int = 5_000, seed: int = 2) -> Trace:
    """Both at the same time, each of whom begins with a paste of `size` characters; `count` edits together."""
    first = _typed(_Typist(_Line(), 1), count // 2, seed, text_of(size))
    second = _typed(_Typist(_Line(), 2), count - count // 2, seed + 1, text_of(size))
    return Trace(first, second, _outcome(first, second))


def _outcome(*typed: list[bytes]) -> str:
    doc: Doc[Text] = Doc()
    with doc.transaction():
        for updates in typed:
            for update in updates:
                doc.apply_update(update)
    return str(doc.get("source", type=Text))


def _typed(typist: "_Typist", count: int, seed: int, paste: str = "") -> list[bytes]:
    rng, line = random.Random(seed), typist.line
    updates = [typist.insert(0, paste)] if paste else []
    at = len(line) // 2
    while len(updates) < count - 1:
        length = len(line)
        at = rng.randint(max(0, at - NEAR), min(length, at + NEAR)) if rng.random() < 0.7 else rng.randint(0, length)
        kind = rng.random()
        if kind < 0.05:
            piece = text_of(rng.randint(20, 400))
            updates.append(typist.insert(at, piece))
            at += len(piece)
        elif kind < 0.2 and at < length:
            updates.append(typist.delete(at, min(rng.randint(1, 60), length - at)))
        else:
            for letter in " ".join(rng.choices(WORDS, k=rng.randint(1, 12))):
                if rng.random() < 0.06 and at > 0 and len(updates) < count - 1:
                    at -= 1
                    updates.append(typist.delete(at, 1))
                if len(updates) < count - 1:
                    updates.append(typist.insert(at, letter))
                    at += 1
    updates.append(typist.insert(len(line), f"{END} {seed}\n"))
    return updates


Id = tuple[int, int]
"""A client and its clock: which character it is."""


class _Line:
    """The characters that are there, in order, in pieces, so that none is long to insert into."""

    PIECE = 8000

    def __init__(self) -> None:
        self._pieces: list[list[Id]] = [[]]
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def at(self, index: int) -> Id | None:
        """The character there, if there is one."""
        if not 0 <= index < self._length:
            return None
        number, offset = self._find(index)
        return self._pieces[number][offset]

    def insert(self, index: int, ids: list[Id]) -> None:
        number, offset = self._find(index)
        self._pieces[number][offset:offset] = ids
        self._length += len(ids)
        piece = self._pieces[number]
        if len(piece) > 2 * self.PIECE:
            self._pieces[number : number + 1] = [piece[k : k + self.PIECE] for k in range(0, len(piece), self.PIECE)]

    def delete(self, index: int, count: int) -> list[Id]:
        gone = []
        for _ in range(count):
            number, offset = self._find(index)
            gone.append(self._pieces[number].pop(offset))
            self._length -= 1
        return gone

    def _find(self, index: int) -> tuple[int, int]:
        for number, piece in enumerate(self._pieces):
            if index < len(piece) or number == len(self._pieces) - 1:
                return number, index
            index -= len(piece)
        raise IndexError


class _Typist:
    """One client, whose edits are updates."""

    def __init__(self, line: _Line, client: int) -> None:
        self.line = line
        self._client = client
        self._clock = 0

    def insert(self, index: int, text: str) -> bytes:
        left, right = self.line.at(index - 1), self.line.at(index)
        info = 4 | (0x80 if left else 0) | (0x40 if right else 0)
        parts = [b"\1\1", _number(self._client), _number(self._clock), bytes((info,))]
        parts += [_number(number) for id_ in (left, right) if id_ for number in id_]
        if not left and not right:
            parts.append(b"\1\6source")
        parts += [_number(len(text)), text.encode(), b"\0"]
        self.line.insert(index, [(self._client, self._clock + k) for k in range(len(text))])
        self._clock += len(text)
        return b"".join(parts)

    def delete(self, index: int, count: int) -> bytes:
        runs: dict[int, list[list[int]]] = {}
        for client, clock in self.line.delete(index, count):
            known = runs.setdefault(client, [])
            if known and known[-1][0] + known[-1][1] == clock:
                known[-1][1] += 1
            else:
                known.append([clock, 1])
        numbers = [0, len(runs)]
        for client, spans in runs.items():
            numbers += [client, len(spans), *(number for span in spans for number in span)]
        return b"".join(map(_number, numbers))


def _number(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
