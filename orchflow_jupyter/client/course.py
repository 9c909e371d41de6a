"""The course of a command in a terminal, step by step: pure, for the blocking, the awaiting and the group's client."""

import math
import time
from collections.abc import Callable

from orchflow_jupyter.client.attachment import KEEP, AttachmentState
from orchflow_jupyter.client.calls import check_line
from orchflow_jupyter.client.result import CommandTimeoutError, Result
from orchflow_jupyter.client.running import Running
from orchflow_jupyter.errors import InvalidRequestError, NotFoundError

__all__ = ["Course"]

GRACE = 2.0
"""Seconds that an interrupted command has to come to its end."""
CLEARING = 4.0
"""Seconds that a shell has to clear a line, and to begin one that it has at a prompt where something else is shown."""
AGAIN = 0.25
"""Seconds after which an interrupt is repeated: one that comes while a shell starts a program is lost. At a prompt it
takes twice as long each time: it may be the painting of the prompt that is interrupted."""
QUIET = 1.0
"""Seconds without output after which what somebody has typed at the prompt is cleared."""
SETTLE = {"fish": 0.5}
"""Seconds without output after the end of what ran, by which a shell, one that tells commands in its own words, has
begun what was typed ahead: whose that is would not be known."""
CLEAR = {"fish": b" \x03"}
"""What clears a line, where it is not the interrupt alone: fish says nothing to that on an empty line."""
SPEND = {"fish": b" :\r"}
"""A line that does nothing. An interrupt that meets the making of a prompt is heard by bash and zsh with the next key,
which is lost; fish keeps it, and calls none of its hooks at that prompt, or around the next line."""


class Course:
    """`line` in the shell at whose terminal `state` is attached: from the prompt before it to the prompt after it.

    Without a `shell` it is the terminal's own program, from its birth to its end. Whoever owns it calls `step` when
    something came, and at `due` (by `time.monotonic`) at the latest. Where something runs, the line waits for its end;
    `ahead`, it is typed all the same, and the shell reads it then. Raises `InvalidRequestError` for what cannot
    be typed, and where no shell runs that marks its commands; `NotAllowedError` for who may only watch.
    """

    def __init__(
        self,
        line: str,
        state: AttachmentState,
        *,
        shell: bool = True,
        ahead: bool = False,
        watch: Callable[[bytes], None] | None = None,
    ) -> None:
        check_line(line)
        if shell:
            state.must_be_writable("run commands in it")
        self._state = state
        self._ahead = ahead
        self._behind = False
        self._read = bytearray()
        """What was read since the typing of a line that is only to be begun: the newest, behind any gap."""
        self._gaps = state.gaps
        self.running = Running(line, shell=_shell_of(state) if shell else None, narrow=state.narrow, watch=watch)
        self.typed = not shell
        """Whether the shell has the line, as far as it is up to us."""
        self.due: float | None = None
        self._keys = CLEAR.get(self.running.shell or "", b"\x03")
        self._shell = shell
        self._clears_until: float | None = None
        self._cleared = False
        self._settles: tuple[int, float] | None = None
        self._settles_until = 0.0
        self._rests_until: float | None = None
        self._quiet: tuple[int, float] | None = None
        self._interrupted_until: float | None = None
        self._signalled = False
        self._doubts_until: float | None = None

    def begun(self) -> bool:
        """Whether the shell has taken the line: it runs, or has ended; behind something else, whether it is typed."""
        return self.running.begun or (self._behind and self._state.taken >= self._state.sent)

    def give_back(self) -> None:
        """Leave what came since the line has begun, or since its typing where it waits, to who reads next."""
        state, start = self._state, self.running.start
        if start is not None:
            del self._read[: max(0, len(self._read) - (state.offset - len(state.unread) - start))]
        state.unread[:0] = self._read
        self._read.clear()

    def so_far(self) -> Result:
        """What there is of the command until now."""
        return self.running.so_far()

    def concluded(self, *, check: bool) -> Result:
        """The result of a command that has ended. Raises `CommandFailedError` where it is to be checked and failed."""
        result = self.result
        assert result is not None  # noqa: S101 - who calls this has waited for it
        if check:
            result.check()
        return result

    def late(self, timeout: float) -> CommandTimeoutError:
        """The error for a command that did not end in time."""
        line = repr(self.running.line)
        how = f"{line} did not end in {timeout:g} s" if self.typed else f"{line} was not begun: busy for {timeout:g} s"
        if self.typed and not self.begun():
            how = f"{line} was not begun in {timeout:g} s by the shell that has it, and "
            how += "runs behind what runs there" if self._state.at_work else "may wait for the rest of it"
        if self._signalled:
            how += ", and was interrupted"
        return CommandTimeoutError(how, self.so_far())

    @property
    def result(self) -> Result | None:
        """How the command ended, once it has."""
        return self.running.result

    def step(self) -> bool:
        """Go on with what came; whether it is done: the shell waits anew, or nothing more is to be waited for.

        Raises `NotFoundError` where the shell has ended before the line was typed.
        """
        state, running = self._state, self.running
        if not self.typed:
            if self._interrupted_until is not None:
                return True
            state.forget()
            if not self._at_prompt():
                return False
            self._type()
        self._feed()
        if running.doubtful:
            self._claim()
        else:
            self._doubts_until = None
            self._go_on()
        if running.result is None:
            return self._interrupted()
        return not self._shell or self._at_rest()

    def _go_on(self) -> None:
        """Answer what the shell asks about the line, once it listens; else only what comes is waited for."""
        if self._interrupted_until is not None:
            return
        if answer := self.running.answer:
            # What zsh has before it listens it takes for a no, and leaves it for its next line.
            if self._is_quiet():
                self._state.type(answer)
                self._quiet = None
        elif self.running.result is None:
            self.due = None

    def interrupt(self) -> None:
        """Interrupt the command, as Ctrl-C does, again and again for a while; what was not typed is not typed."""
        self.due = time.monotonic()
        self._interrupted_until = self.due + GRACE

    def _feed(self) -> None:
        state, running = self._state, self.running
        if data := state.take_whole():
            running.output(data, state.offset)
            if self._ahead:
                if self._gaps != state.gaps:
                    self._gaps = state.gaps
                    self._read.clear()
                self._read += data
                del self._read[:-KEEP]
        while state.events:
            running.event(state.events.popleft())
        if state.exit is not None:
            running.ended(state.exit)

    def _type(self) -> None:
        state = self._state
        self._behind = not state.prompting
        state.take()
        state.events.clear()
        if self._behind:
            self.running.behind()
        state.type(self.running.typing())
        self.typed = True

    def _interrupted(self) -> bool:
        """Interrupt again where it is due; whether it was tried for long enough."""
        if self._interrupted_until is None or self.due is None:
            return False
        now = time.monotonic()
        if now >= self._interrupted_until:
            return True
        if now >= self.due:
            if self.running.begun or not (self._shell and self._state.at_work):  # else it is another's that runs
                self._state.signal("INT")
                self._signalled = True
            self.due = now + AGAIN
        return False

    def _claim(self) -> None:
        """Once the shell is quiet, and would have begun our line, take what it has run for that."""
        again = self.due if self._interrupted_until else None
        if self._doubts_until is None or not self._state.prompting:
            self._doubts_until = time.monotonic() + CLEARING
        if self._is_quiet() or time.monotonic() >= self._doubts_until:
            self.running.claim()
        elif self.due is not None:
            self.due = min(self.due, self._doubts_until)
        if again is not None and self.due is not None:
            self.due = min(again, self.due)

    def _is_quiet(self) -> bool:
        """Whether nothing has come for `QUIET`; `due` is when that will be so."""
        now, offset = time.monotonic(), self._state.offset
        if self._quiet is None or self._quiet[0] != offset:
            self._quiet = offset, now + QUIET
        self.due = self._quiet[1]
        return now >= self.due

    def _at_prompt(self) -> bool:
        """Whether the line can be typed: at a prompt where nothing is; what stands there is cleared once it stays."""
        state = self._state
        if self._clears_until is not None:
            return self._clear()
        if state.over:
            raise NotFoundError("the shell has ended, and runs nothing more")
        if time.monotonic() < (heard := state.interrupts.at + AGAIN):
            self.due = heard  # what is typed while an interrupt is on its way to the shell may go with it
            return False
        self.due = None
        unprompted = state.interrupts.between and self.running.shell in SPEND
        if state.interrupts.unheard and (state.prompting or unprompted):
            if not (state.prompting or self._is_quiet()):
                return False
            if not state.editing:
                self._keys = SPEND.get(self.running.shell or "", self._keys)
            return self._clear()
        if state.busy or (state.prompting and not state.editing):
            self._quiet = None
            return self._settled() or self._ahead
        return self._is_quiet() and self._clear()

    def _settled(self) -> bool:
        """Whether the shell waits at a prompt, and would have begun by now what was typed ahead of that."""
        state, now = self._state, time.monotonic()
        wait = SETTLE.get(self.running.shell or "", 0.0)
        if state.at_work:
            self._settles, self._settles_until = (-1, math.inf), math.inf
        elif self._settles is not None and self._settles[0] != state.offset:
            self._settles_until = min(self._settles_until, now + GRACE)
            self._settles = state.offset, min(now + wait, self._settles_until)
        if not state.prompting or self._settles is None or now >= self._settles[1]:
            return state.prompting
        self.due = self._settles[1]
        return False

    def _at_rest(self) -> bool:
        """Whether the shell is ready for the next line: what is typed before is taken for one that it did not run.

        Where it does not say so for long (bash has no more prompts once `exec 2>/dev/null` has run), that is left to
        who types next.
        """
        state = self._state
        if self.running.stands and not (self._cleared or state.over):
            self._cleared = self._clear()
            return self._cleared
        if self._rests_until is None:
            self._rests_until = time.monotonic() + GRACE
        self.due = min(self._rests_until, self._interrupted_until or math.inf)
        return state.prompting or state.over or state.unmarked or time.monotonic() >= self.due

    def _clear(self) -> bool:
        """Clear the line at the prompt, until there is a new one; whether there is, or is none in a long time."""
        state, now = self._state, time.monotonic()
        if self._clears_until is None:
            self._clears_until, self.due = now + CLEARING, now
            state.prompting = False
        if state.prompting or state.over or now >= self._clears_until:
            self._clears_until = self.due = None
            state.interrupts.unheard = 0
            self._keys = CLEAR.get(self.running.shell or "", b"\x03")
            state.prompting, state.editing = not state.over, False
            return not state.over
        if self.due is not None and now >= self.due:
            state.type(self._keys)  # again and again: a shell that is not yet back to reading misses an interrupt
            self.due = now + AGAIN + (now - (self._clears_until - CLEARING))
            if self._keys.endswith(b"\r"):
                self.due = self._clears_until  # nobody reads it twice
        return False


def _shell_of(state: AttachmentState) -> str:
    model = state.model
    if model is None or state.unmarked:
        name = model["name"] if model else "it"
        raise InvalidRequestError(
            f"run needs a shell that marks its commands, and {name!r} runs none: send to it instead"
        )
    return str(model["command"][0]).rpartition("/")[2]
