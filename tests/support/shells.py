"""The shells that are integrated, each with files of its user's that give it a plain prompt."""

import shutil

import pytest

__all__ = ["EVERY", "SHELLS", "needs", "prepare"]

SHELLS = {
    "bash": (".bash_profile", "PS1='$ '\n"),
    "zsh": (".zshrc", "PS1='$ '\n"),
    "fish": (
        ".config/fish/config.fish",
        "set fish_greeting\nfunction fish_title\nend\nfunction fish_prompt\necho '$ '\nend\n",
    ),
}


def needs(shell):
    """Leave a test out where a shell is not installed."""
    return pytest.mark.skipif(not shutil.which(shell), reason=f"{shell} is not installed: make programs")


EVERY = [pytest.param(shell, marks=needs(shell)) for shell in SHELLS]
"""Parameters of a test that holds in each shell."""


def prepare(shell, home, more=""):
    """Write the user's file of a shell, with `more` in it; the words that start the shell."""
    name, text = SHELLS[shell]
    file = home / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text + more)
    return [shell, "-l"]
