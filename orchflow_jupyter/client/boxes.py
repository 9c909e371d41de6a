"""Characters that are lines and blocks, as SVG paths from edge to edge of their cell, so that neighbours join.

No font does that in every line height. What each looks like is in its Unicode name.
"""

import unicodedata
from functools import cache

__all__ = ["outline"]

ARMS = {"LEFT": (-1, 0), "RIGHT": (1, 0), "UP": (0, -1), "DOWN": (0, 1)}
BOTH = {"HORIZONTAL": ("LEFT", "RIGHT"), "VERTICAL": ("UP", "DOWN")}
WEIGHTS = {"LIGHT": 1, "SINGLE": 1, "HEAVY": 2, "DOUBLE": 3}
ARCS = {"\u256d": (1, 1), "\u256e": (-1, 1), "\u256f": (-1, -1), "\u2570": (1, -1)}
QUADRANTS = {"UPPER LEFT": (0, 0), "UPPER RIGHT": (1, 0), "LOWER LEFT": (0, 1), "LOWER RIGHT": (1, 1)}
EIGHTHS = {"ONE EIGHTH": 1, "ONE QUARTER": 2, "THREE EIGHTHS": 3, "HALF": 4}
EIGHTHS |= {"FIVE EIGHTHS": 5, "THREE QUARTERS": 6, "SEVEN EIGHTHS": 7}
SHADES = {"\u2591": 0.25, "\u2592": 0.5, "\u2593": 0.75}


@cache
def outline(character: str, width: float, height: float) -> tuple[str, float, float] | None:
    """A path in a cell of this size, the width of its stroke (0: it is filled), and its opacity; None for a letter."""
    if not "\u2500" <= character <= "\u259f":
        return None
    if character in SHADES:
        return _rectangle(0, 0, width, height), 0, SHADES[character]
    name = unicodedata.name(character)
    if character >= "\u2580":
        return _block(name, width, height), 0, 1
    if character in ARCS:
        return _arc(*ARCS[character], width, height), _light(width), 1
    if "DIAGONAL" in name:
        down = f"M0 0L{width:g} {height:g}" if character != "\u2571" else ""
        up = f"M0 {height:g}L{width:g} 0" if character != "\u2572" else ""
        return down + up, _light(width), 1
    return _lines(_weights(name), width, height), 0, 1


def _light(width: float) -> float:
    return max(1.0, round(width / 8))


def _weights(name: str) -> dict[str, int]:
    """How heavy the line is that goes to each side: `DOWN LIGHT AND RIGHT UP HEAVY`, `LIGHT VERTICAL AND RIGHT`."""
    words = [word for word in name.removeprefix("BOX DRAWINGS ").split() if word not in ("AND", "DASH")]
    words = [word for word in words if word not in ("DOUBLE", "TRIPLE", "QUADRUPLE") or "DASH" not in name]
    found: dict[str, int] = {}
    leading = WEIGHTS.get(words[0])
    waiting: list[str] = []
    weight = leading or 1
    for word in words:
        if word in WEIGHTS:
            weight = WEIGHTS[word]
            if leading is None:  # the weight comes behind its sides
                found |= dict.fromkeys(waiting, weight)
                waiting = []
            continue
        sides = list(BOTH.get(word, (word,)))
        if leading is None:
            waiting += sides
        else:
            found |= dict.fromkeys(sides, weight)
    return found | dict.fromkeys(waiting, weight)


def _lines(weights: dict[str, int], width: float, height: float) -> str:
    light = _light(width)
    middle = round(width / 2 - light / 2) + light / 2, round(height / 2 - light / 2) + light / 2
    parts = []
    for side, weight in weights.items():
        across, along = ARMS[side]
        thick = 2 * light if weight == 2 else light
        reach = max((w for other, w in weights.items() if ARMS[other][0] == 0 if across), default=1)
        reach = reach if across else max((w for other, w in weights.items() if ARMS[other][0]), default=1)
        inner = light * 1.5 if reach == 3 else light if reach == 2 else light / 2
        for offset in (-light, light) if weight == 3 else (0,):
            if across:
                edge = width if across > 0 else 0
                start = middle[0] - across * inner
                top = middle[1] + offset - thick / 2
                parts.append(_rectangle(min(start, edge), top, abs(edge - start), thick))
            else:
                edge = height if along > 0 else 0
                start = middle[1] - along * inner
                left = middle[0] + offset - thick / 2
                parts.append(_rectangle(left, min(start, edge), thick, abs(edge - start)))
    return "".join(parts)


def _arc(across: int, along: int, width: float, height: float) -> str:
    light = _light(width)
    x, y = round(width / 2 - light / 2) + light / 2, round(height / 2 - light / 2) + light / 2
    to_x, to_y = (width if across > 0 else 0), (height if along > 0 else 0)
    radius = min(width, height) / 2
    return f"M{x:g} {to_y:g}L{x:g} {y + along * radius:g}Q{x:g} {y:g} {x + across * radius:g} {y:g}L{to_x:g} {y:g}"


def _block(name: str, width: float, height: float) -> str:
    if name == "FULL BLOCK":
        return _rectangle(0, 0, width, height)
    if name.startswith("QUADRANT"):
        words = name.removeprefix("QUADRANT ").split(" AND ")
        return "".join(
            _rectangle(QUADRANTS[word][0] * width / 2, QUADRANTS[word][1] * height / 2, width / 2, height / 2)
            for word in words
        )
    side, _, part = name.removesuffix(" BLOCK").partition(" ")
    share = EIGHTHS[part] / 8
    if side in ("LEFT", "RIGHT"):
        return _rectangle(0 if side == "LEFT" else width * (1 - share), 0, width * share, height)
    return _rectangle(0, 0 if side == "UPPER" else height * (1 - share), width, height * share)


def _rectangle(x: float, y: float, width: float, height: float) -> str:
    return f"M{x:g} {y:g}h{width:g}v{height:g}h{-width:g}z"
