"""A terminal's title as it is told and painted anew: what shows, and nothing that commands whoever shows it."""

__all__ = ["shown"]

MOST = 1024
"""Characters of a title."""
JOINERS = "\u200c\u200d"
"""What holds together letters (Persian, the scripts of India) and emoji; invisible themselves."""


def shown(title: str) -> str:
    """The title without control characters, C1's and those of writing direction among them."""
    return "".join(c for c in title[:MOST] if c.isprintable() or c in JOINERS)
