"""Editing as people do it, from a seed: runs of typing with corrections, jumps, pastes and cuts; as updates of Yjs.

They are made before anything is measured, by one or two clients, so that a room is what is measured.
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
    """What two clients did to `base`, each as its updates in order, and what became of it."""

    base: bytes
    """The document before, as an update."""
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
def sequential(base: bytes, count: int, seed: int = 1) -> Trace:
    """The second goes on where the first has ended; `count` edits together, or one or two more."""
    ann, first = _typed(base, [], count // 2, seed)
    bob, second = _typed(base, first, count - count // 2, seed + 1)
    return Trace(base, first, second, _end(ann, bob, second))


@cache
def concurrent(base: bytes, count: int, seed: int = 2) -> Trace:
    """Both at the same time; `count` edits together, or one or two more."""
    ann, first = _typed(base, [], count // 2, seed)
    bob, second = _typed(base, [], count - count // 2, seed + 1)
    return Trace(base, first, second, _end(ann, bob, second))


def _end(ann: "Doc[Text]", bob: "Doc[Text]", second: list[bytes]) -> str:
    ann.apply_update(bob.get_update(ann.get_state()))
    bob.apply_update(ann.get_update(bob.get_state()))
    assert str(_source(ann)) == str(_source(bob))
    return str(_source(bob))


def _source(doc: "Doc[Text]") -> Text:
    return doc.get("source", type=Text)


def _typed(base: bytes, before: list[bytes], count: int, seed: int) -> tuple["Doc[Text]", list[bytes]]:
    rng = random.Random(seed)
    doc: Doc[Text] = Doc(client_id=seed + 1)
    for update in (base, *before):
        doc.apply_update(update)
    text = _source(doc)
    updates: list[bytes] = []
    subscription = doc.observe(lambda event: updates.append(event.update))
    length, at = len(text), len(text) // 2
    while len(updates) < count - 1:
        at = rng.randint(max(0, at - NEAR), min(length, at + NEAR)) if rng.random() < 0.7 else rng.randint(0, length)
        kind = rng.random()
        if kind < 0.05:
            piece = text_of(rng.randint(20, 400))
            text.insert(at, piece)
            length, at = length + len(piece), at + len(piece)
        elif kind < 0.2 and at < length:
            size = min(rng.randint(1, 60), length - at)
            del text[at : at + size]
            length -= size
        else:
            for letter in " ".join(rng.choices(WORDS, k=rng.randint(1, 12))):
                if rng.random() < 0.06 and at > 0:
                    del text[at - 1 : at]
                    length, at = length - 1, at - 1
                text.insert(at, letter)
                length, at = length + 1, at + 1
                if len(updates) >= count - 1:
                    break
    text.insert(length, f"{END} {seed}\n")
    doc.unobserve(subscription)
    return doc, updates
