"""What documents have counted and timed since the engine's start."""

from dataclasses import dataclass, field
from typing import Any, Protocol

__all__ = ["Figures", "Times"]


class Times(Protocol):
    """Where times are added up, in seconds."""

    def add(self, seconds: float) -> None:
        """One more."""

    def as_json(self) -> dict[str, Any]:
        """What it comes to."""


class _Nowhere:
    def add(self, seconds: float) -> None:
        """Nothing."""

    def as_json(self) -> dict[str, Any]:
        """Nothing."""
        return {}


@dataclass(slots=True)
class Figures:
    """Totals of all rooms; the engine gives what adds up times."""

    updates_in: int = 0
    updates_out: int = 0
    resynced: int = 0
    """Members that did not read, and were sent all that they lacked as one."""
    refused: int = 0
    """Updates of members that may only look."""
    recovered: int = 0
    """Documents that came back from their journals."""
    saves: int = 0
    failed_saves: int = 0
    outside: int = 0
    """Changes of files by others that were merged."""
    conflicts: int = 0
    latency: Times = field(default_factory=_Nowhere)
    """From the first update of a turn until the last member's connection had it."""
    merging: Times = field(default_factory=_Nowhere)
    """Taking a file's change from outside into its document."""
    saving: Times = field(default_factory=_Nowhere)
    """From the begin of a save until the file has it."""
    lag: Times = field(default_factory=_Nowhere)
    """From an update's coming until it is on disk in the journal, of the first one of each write."""

    def as_json(self) -> dict[str, Any]:
        """All of it by name."""
        told: dict[str, Any] = {}
        for name in self.__slots__:
            value = getattr(self, name)
            told[name] = value if isinstance(value, int) else value.as_json()
        return told
