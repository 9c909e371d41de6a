"""Whether a shell that was started with our marks has since become another one, as by `exec zsh`; that one has none."""

import os

__all__ = ["replaced"]

SHELLS = frozenset({b"bash", b"zsh", b"fish", b"sh", b"dash", b"ksh", b"ash", b"tcsh", b"csh"})


def replaced(pid: int) -> bool:
    """Whether process `pid` is another interactive shell now; False where nobody can tell (proc(5) is Linux's).

    A process keeps the environment that it was started with for others to read until it executes another program,
    also where its variables have changed (proc(5), "/proc/pid/environ").
    """
    try:
        # What a process is told of changes piece by piece while it executes another program.
        words = _words(pid)
        with open(f"/proc/{pid}/environ", "rb") as file:
            marked = b"ORCHFLOW_NONCE=" in file.read()
        if marked or words != _words(pid):
            return False
    except OSError:
        return False
    if not words:  # it has ended
        return False
    name = os.path.basename(words[0]).removeprefix(b"-")
    return name in SHELLS and all(word.startswith(b"-") for word in words[1:])


def _words(pid: int) -> list[bytes]:
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read().split(b"\0")[:-1]
