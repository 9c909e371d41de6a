"""Whose size a terminal has: of the clients that want one, that of the one who typed last.

A client says by RESIZE what size it would have. Until somebody types, the first who said so has its way; then whoever
types, at once. While two type in turns the size stays where it is, until one of them has had the last word for a
while. Who leaves keeps the size for that long too, since a lost connection comes back; then it goes to the one who
typed last of those who are there, else to the one who came last. What is set from outside (`fix`) holds until the
next one types, or the owner says a size.
"""

import re
from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable

__all__ = ["Claim", "Ownership"]

REPORT = re.compile(
    rb"(?:\x1b(?:"
    rb"\[[IO]"  # the focus came, the focus went
    rb"|\[[?>=]?[\d;]*\$?[Rcnty]"  # where the cursor is, what the terminal is, how a mode stands, how large a window
    rb"|\[\?[\d;]*u"  # flags of the keyboard
    rb"|\[<(?:3[2-9]|[45]\d|6[0-3]);\d+;\d+[Mm]"  # the mouse moved
    rb"|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"  # colours, names, settings
    rb"))+"
)
"""What an emulator says by itself (xterm's control sequences): nobody typed it, a hidden window may have said it."""


class Claim:
    """What one attachment would have, and when it came and typed last, counted and not timed."""

    __slots__ = ("attachment", "came", "leaves", "returned", "size", "typed")

    def __init__(self, attachment: str, came: int) -> None:
        self.attachment = attachment
        self.came = came
        self.typed = 0
        self.size: tuple[int, int] | None = None
        self.leaves: TimerHandle | None = None
        """Runs while it is away, and forgets it."""
        self.returned = False


class Ownership:
    """The claims of one terminal's clients. `apply` is called with the size that is to be; it may be the present one.

    `settle` is in seconds.
    """

    __slots__ = ("_apply", "_calm", "_calm_at", "_claims", "_closed", "_count", "_loop", "_settle", "latest", "owner")

    def __init__(self, loop: AbstractEventLoop, settle: float, apply: Callable[[int, int], None]) -> None:
        self._loop = loop
        self._settle = settle
        self._apply = apply
        self._claims: dict[str, Claim] = {}
        self._count = 0
        self._calm: TimerHandle | None = None
        self._calm_at = 0.0
        self._closed = False
        self.latest: Claim | None = None
        """Who typed last, for whom `typed` need not be called again; None where anybody's next key counts."""
        self.owner: Claim | None = None

    def attached(self, attachment: str) -> Claim:
        """A client that may type is there, perhaps again."""
        claim = self._claims.get(attachment)
        if claim is None:
            claim = self._claims[attachment] = Claim(attachment, self._next())
        elif claim.leaves:
            claim.leaves.cancel()
            claim.leaves = None
            claim.returned = True
        return claim

    def detached(self, claim: Claim) -> None:
        """It is gone, for now."""
        if claim.leaves is None and not self._closed:
            claim.leaves = self._loop.call_later(self._settle, self._forget, claim)

    def wish(self, claim: Claim, cols: int, rows: int) -> None:
        """RESIZE: what this client would have."""
        newly, claim.size = claim.size is None, (cols, rows)
        owner = self.owner
        if (
            owner is None
            or (newly and claim is self.latest)
            # Its page was reloaded, most likely. Where both have lost their connections, both come back.
            or (owner.leaves is not None and not claim.returned)
        ):
            self.owner = claim
        if claim is self.owner:
            self._apply(cols, rows)

    def typed(self, claim: Claim | None, data: bytes) -> None:
        """Another one than `latest` types."""
        if claim is None or self._closed or REPORT.fullmatch(data):
            return
        claim.typed = self._next()
        self.latest = claim
        if claim.size is None:
            return
        now = self._loop.time()
        in_turns, self._calm_at = now < self._calm_at, now + self._settle
        self._stop_waiting()
        if in_turns:
            self._calm = self._loop.call_later(self._settle, self._give_to_latest)
        else:
            self._give(claim)

    def fix(self, cols: int, rows: int) -> None:
        """A size that no client said."""
        self.latest = None
        self._calm_at = 0.0
        self._stop_waiting()
        self._apply(cols, rows)

    def close(self) -> None:
        """The program has ended; sizes change no more."""
        self._closed = True
        self._stop_waiting()
        for claim in self._claims.values():
            if claim.leaves:
                claim.leaves.cancel()

    def _stop_waiting(self) -> None:
        if self._calm:
            self._calm.cancel()
            self._calm = None

    def _give(self, claim: Claim) -> None:
        self.owner = claim
        if claim.size:
            self._apply(*claim.size)

    def _give_to_latest(self) -> None:
        self._calm = None
        claims = [claim for claim in self._claims.values() if claim.size]
        if claims:
            self._give(max(claims, key=lambda claim: (claim.typed, claim.came)))

    def _forget(self, claim: Claim) -> None:
        del self._claims[claim.attachment]
        if claim is self.latest:
            self.latest = None
        if claim is self.owner:
            self.owner = None
            self._give_to_latest()

    def _next(self) -> int:
        self._count += 1
        return self._count
