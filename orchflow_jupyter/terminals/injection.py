"""How a shell is started so that it marks its prompts and commands, without touching a file of its user's.

Each script in `shell/` has its shell read the user's own files as it would without us, and adds itself after them.
"""

import os
from collections.abc import Mapping

__all__ = ["inject"]

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "shell")
PLAIN = frozenset({"-l", "--login", "-i", "--interactive"})
"""Words after which a shell is still one for people; with others it runs a script, or was told to be different."""


def inject(
    command: list[str], program: str, env: Mapping[str, str], nonce: str
) -> tuple[list[str], dict[str, str]] | None:
    """The words and the environment that start an integrated shell; None for what is no interactive shell of ours."""
    shell = os.path.basename(program)
    if not PLAIN.issuperset(command[1:]):
        return None
    given = dict(env) | {"ORCHFLOW_NONCE": nonce}
    if shell == "zsh":
        given["ZDOTDIR"] = os.path.join(SCRIPTS, "zsh")
        if "ZDOTDIR" in env:
            given["ORCHFLOW_ZDOTDIR"] = env["ZDOTDIR"]
        return list(command), given
    if shell == "fish":
        # The script is read after its user's files, so what they start sees our environment, and any user of the
        # machine sees the words: neither has the whole nonce.
        half = len(nonce) // 2
        given["ORCHFLOW_NONCE"] = nonce[half:]
        script = os.path.join(SCRIPTS, "fish.fish").replace("\\", "\\\\").replace("'", "\\'")
        return [command[0], "--init-command", f"source '{script}' {nonce[:half]}", *command[1:]], given
    if shell == "bash":
        # A login shell takes no --init-file. In POSIX mode bash reads $ENV and nothing else, login shell or not
        # (bash(1), "INVOCATION"); the script leaves that mode and reads what bash would have read.
        given["ENV"] = os.path.join(SCRIPTS, "bash.sh")
        if "ENV" in env:
            given["ORCHFLOW_ENV"] = env["ENV"]
        if "HISTFILE" not in env:  # POSIX mode has another default
            given["HISTFILE"] = os.path.join(env.get("HOME", "~"), ".bash_history")
            given["ORCHFLOW_HISTFILE"] = "1"
        return [command[0], "--posix", *command[1:]], given
    return None
