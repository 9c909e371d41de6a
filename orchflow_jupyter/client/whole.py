"""Whether a shell surely takes a line as it is, and does not wait for the rest of it.

A shell that does waits for ever: its line editor just goes on below, and nothing tells. Nor does bash tell of a line
that names an event which is not in its history, and code does not mean those. What may be so is put to the shell
otherwise (`command_line.py`), so it does no harm to say of a whole line that it may not be one.
"""

import re

__all__ = ["whole"]

VARIABLE = r"\$(?:\w+|[?$#*@-]|\{\w+\})"
PLAIN = rf"""[^ '"\\`$(){{}}\[\];&|<>#!]|{VARIABLE}"""
"""A part of a word that opens nothing."""
OPENS = re.compile(
    "if|then|elif|else|while|until|for|foreach|do|case|select|switch|function|begin|repeat|coproc|[{^].*"
)
"""What opens a block in one of the shells, or changes the line before this one (`^a^b`), where a command begins."""
BEFORE = re.compile("time|nocorrect|and|or|not|!|-.*")
"""What may stand before that."""
PARTICULAR = {"fish": (r"'(?:[^'\\]|\\.)*'", "!")}
"""What stands between single quotes, where a backslash is more than itself, and how "!" stands for itself."""
COMMON = "'[^']*'", r"!(?=[ =]|\Z)"
"""The same in shells with a history that lines are expanded from (bash(1), HISTORY EXPANSION)."""


def _tokens(single: str, exclamation: str) -> re.Pattern[str]:
    plain = f"{PLAIN}|{exclamation}"
    substitution = rf"\$\( *(?!(?:{OPENS.pattern}|{BEFORE.pattern})\b)(?:{plain}|{single}| )*\)"
    double = rf'"(?:[^"\\`$!]|{exclamation}|\\.|{VARIABLE}|\$(?=")|{substitution})*"'
    part = (
        rf"{plain}|\$(?=[ ;&|]|\Z)|{single}|{double}|\\.|{substitution}"
        rf"|\{{(?:{plain})*\}}|\[(?:{plain})*\]|(?<![^ ;&|])\[(?= )|(?<= )\](?=[ ;&|]|\Z)"
    )
    return re.compile(
        rf"(?P<word>(?:{part})(?:{part}|#)*)"
        r"|(?P<redirection>&?>>?(?:[!&]|(?!\())|<<<|<(?![<(])&?)"
        r"|(?P<blank> +)|(?P<separator>[;)]|&(?!&))|(?P<operator>&&|\|\||\|&?)"
    )


TOKENS = {shell: _tokens(*PARTICULAR.get(shell, COMMON)) for shell in ("", *PARTICULAR)}


def whole(line: str, shell: str) -> bool:
    """Whether `shell` surely takes `line` for a whole one, as it stands: it runs it, or says no.

    Of a line with control characters that is not to be asked.
    """
    tokens = TOKENS.get(shell, TOKENS[""])
    at, begins, open_, target = 0, True, False, False
    while at < len(line):
        token = tokens.match(line, at)
        if token is None:
            return False
        at, kind = token.end(), token.lastgroup
        if kind == "word":
            # fish takes a block in quotes for one, and zsh one behind a redirection.
            bare = re.sub(r"['\"\\]", "", token[0])
            if begins and OPENS.fullmatch(bare):
                return False
            if begins and BEFORE.fullmatch(bare):
                open_ = True
                continue
            if not target and not (begins and re.match(r"\w+\+?=", token[0])):
                begins = open_ = False  # else there may be a block still, and in fish there has to be something
            target = False
        elif kind == "redirection":
            target = True
        elif kind in ("separator", "operator"):
            begins, open_, target = True, kind == "operator", False
    return not open_
