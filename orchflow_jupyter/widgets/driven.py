"""What code does with the terminal of a widget: runs commands, types, and waits for what comes of it."""

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence

from orchflow_jupyter.client.attached import Attachment
from orchflow_jupyter.client.current import current_engine
from orchflow_jupyter.client.driving import Pattern
from orchflow_jupyter.client.interrupts import Interrupts
from orchflow_jupyter.client.result import Result

__all__ = ["Driven"]


class Driven:
    """Each call is a client of its own, which listens from where the last one ended: nothing between them is missed."""

    terminal: str
    _read_to: int
    """The output offset up to which calls have read."""
    _interrupts: Interrupts
    """Those that calls have sent: what the next one types may meet one that the shell has not heard."""

    def attach(self, *, mode: str = "rw") -> Attachment:
        """The same terminal for code: read from it, send to it, wait for its end."""
        return current_engine().attach(self.terminal, mode=mode)

    def run(
        self,
        line: str,
        *,
        timeout: float | None = None,
        check: bool = False,
        watch: Callable[[bytes], None] | None = None,
        interrupt: bool = False,
    ) -> Result:
        """Run `line` in the terminal's shell and wait for its end; as `client.Attachment.run`."""
        with self._reading() as attachment:
            return attachment.run(line, timeout=timeout, check=check, watch=watch, interrupt=interrupt)

    def begin(self, line: str) -> None:
        """Have the shell run `line`, and wait no longer than until it has begun; as `client.Attachment.begin`."""
        with self._reading() as attachment:
            attachment.begin(line)

    def type(self, data: str | bytes, *, timeout: float | None = 10.0) -> None:
        """Type `data`, with `\\r` for Enter; as `client.Attachment.send`."""
        with self._attached() as attachment:
            attachment.send(data, timeout)

    def interrupt(self) -> None:
        """Interrupt what runs in the foreground, as Ctrl-C does."""
        current_engine().signal(self.terminal, "INT")
        self._interrupts.sent()

    def wait_for(self, pattern: Pattern, timeout: float | None = None) -> re.Match[bytes]:
        """Wait until the output since the last `run` or `wait_for` holds `pattern`; as `client.Attachment.wait_for`.

        The first call looks at all that is held of a terminal that this widget has started. One that ends with
        `TimeoutError` has read nothing.
        """
        return self.expect([pattern], timeout)[1]

    def expect(self, patterns: Sequence[Pattern], timeout: float | None = None) -> tuple[int, re.Match[bytes]]:
        """As `wait_for`, for the first of several: which one, and the match."""
        with current_engine().attach(self.terminal, since=self._read_to, mode="ro") as attachment:
            found = attachment.expect(patterns, timeout)
            self._read_to = attachment.position
            return found

    def _attached(self) -> Attachment:
        attachment = self.attach()
        attachment.follows(self._interrupts)
        return attachment

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Attachment]:
        """A client for a call; where it has read to, the next one goes on, and nobody goes back."""
        with self._attached() as attachment:
            try:
                yield attachment
            finally:
                self._read_to = max(self._read_to, attachment.position)
