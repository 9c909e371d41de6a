"""Updates that build on others that have not come yet: no part of the document, and kept with it until they are.

So it is where a client that was away types before it was asked for what it did meanwhile, and where one goes for ever
between two of its updates.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from pycrdt import Doc, get_update

from orchflow_jupyter.documents.member import Member
from orchflow_jupyter.documents.update import beginning, clock, deletes
from orchflow_jupyter.errors import ProtocolError, TooLargeError
from orchflow_jupyter.protocol.documents import NOTHING

__all__ = ["Early"]

log = logging.getLogger(__name__)

MANY = 256
"""Updates of one document that wait for others to come."""
CLIENTS = 64
"""Clients of one member whose items are known to come in order."""


class Early:
    """Those of one document, of at most `most` bytes together."""

    def __init__(self, doc: "Doc[Any]", path: str, most: int) -> None:
        self.updates: list[bytes] = []
        self._doc = doc
        self._path = path
        self._most = most

    def __bool__(self) -> bool:
        return bool(self.updates)

    def has(self, update: bytes, member: Member | None) -> bool:
        """Whether items of its client are missing that come before it: pycrdt takes it all the same, and goes wrong.

        What a member sends is in order: once one of a client was in its place, so are the next ones.
        """
        first = beginning(update)
        if first is None or (member is not None and first[0] in member.known):
            return False
        client, number = first
        if number > clock(self._doc.get_state(), client):
            return True
        if member is not None and member.settled:
            if len(member.known) >= CLIENTS:
                member.known.clear()
            member.known.add(client)
        return False

    def retry(self, changes: Callable[[bytes], bool]) -> None:
        """Try again what waits, as long as one of them changes the document, and let go what has become part of it.

        Raises `TooLargeError`.
        """
        while any(self._again(update, changes) for update in tuple(self.updates)):
            pass
        self.settle(())

    def settle(self, updates: Iterable[bytes]) -> list[bytes]:
        """Let go what has become part of the document, hold those of `updates` that build on what has not come.

        The answer is those. Raises `ProtocolError` for what is no update, `TooLargeError` where too many wait.
        """
        state = self._doc.get_state()
        self.updates = [update for update in self.updates if self._lacks(update, state)]
        held = [update for update in updates if update != NOTHING and self._lacks(update, state)]
        size = sum(map(len, self.updates)) + sum(map(len, held))
        if size > self._most or len(self.updates) + len(held) > MANY:
            raise TooLargeError(
                f"{len(self.updates) + len(held)} updates of {size} bytes build on others that never came, and more"
                " are not held"
            )
        self.updates += held
        return held

    def _again(self, update: bytes, changes: Callable[[bytes], bool]) -> bool:
        try:
            return changes(update)
        except ProtocolError:
            self.updates.remove(update)
            log.warning("what a client of %s sent too early was none of it", self._path)
            return False

    def _lacks(self, update: bytes, state: bytes) -> bool:
        try:
            rest = get_update(update, state)
        except ValueError as error:
            raise ProtocolError(f"this is no update: {error}") from error
        return rest[0] != 0 or deletes(rest[1:], state)
