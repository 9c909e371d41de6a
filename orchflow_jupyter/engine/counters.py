"""What an engine counts while it works, and what it takes of the machine."""

import re
from dataclasses import asdict, dataclass

__all__ = ["Counters", "memory"]


@dataclass(slots=True)
class Counters:
    """Totals since the engine's start."""

    adopted: int = 0
    created: int = 0
    inputs: int = 0
    bytes_in: int = 0
    messages_in: int = 0
    messages_out: int = 0
    batched: int = 0
    recordings: int = 0
    resumed: int = 0

    def as_json(self) -> dict[str, int]:
        """The totals by name."""
        return asdict(self)


def memory() -> dict[str, int | None]:
    """Bytes that are this process' alone, and all that it has resident (proc(5), smaps_rollup); None where unknown."""
    try:
        with open("/proc/self/smaps_rollup", encoding="ascii") as file:
            text = file.read()
    except OSError:
        return {"private": None, "resident": None}
    kib = {name: int(value) for name, value in re.findall(r"^(\w+):\s+(\d+) kB", text, re.MULTILINE)}
    return {"private": (kib["Private_Clean"] + kib["Private_Dirty"]) * 1024, "resident": kib["Rss"] * 1024}
