"""What documents have counted since the engine's start."""

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Figures"]


@dataclass(slots=True)
class Figures:
    """Totals of all rooms."""

    updates_in: int = 0
    updates_out: int = 0
    resynced: int = 0
    """Members that did not read, and were sent all that they lacked as one."""
    refused: int = 0
    """Updates of members that may only look."""
    saves: int = 0
    failed_saves: int = 0
    outside: int = 0
    """Changes of files by others that were merged."""
    conflicts: int = 0

    def as_json(self) -> dict[str, Any]:
        """The totals by name."""
        return asdict(self)
