"""Whether anything runs in a terminal, as its shell's marks and the kernel tell."""

from orchflow_jupyter.terminals.activity import is_shell
from orchflow_jupyter.terminals.integration import Integration
from orchflow_jupyter.terminals.pty import Pty

__all__ = ["Occupation"]


class Occupation:
    """What one terminal's program does. `shell` tells by its marks, where it leaves some."""

    __slots__ = ("_is_shell", "_pty", "_shell")

    def __init__(self, pty: Pty, command: list[str], shell: Integration | None) -> None:
        self._pty = pty
        self._shell = shell
        self._is_shell = is_shell(command)

    def busy(self) -> bool:
        """Whether a command runs in it; where no shell tells, whether another program is in the foreground."""
        if self._shell and self._shell.holds():
            return self._shell.busy
        return self._pty.foreground() != self._pty.pid

    def working(self) -> bool:
        """Whether it does anything: all that are no shells do, a shell while there is something that it runs."""
        shell = self._shell
        return not self._is_shell or bool(shell and shell.live and shell.busy) or self._pty.occupied()

    def at_work(self, since: float) -> bool:
        """Whether output that came now is of some work: also of a command that has ended `since`, in Unix time."""
        return (self._shell is not None and self._shell.finished_since(since)) or self.working()
