"""What the watching of files has counted since the engine's start."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Figures"]


@dataclass(slots=True)
class Figures:
    """Totals of all rooms."""

    events_in: int = 0
    """What was seen to happen, before coalescing."""
    events_out: int = 0
    """Events of all batches."""
    batches: int = 0
    resyncs: Counter[str] = field(default_factory=Counter)
    """By their reason."""

    def resynced(self, reason: str) -> None:
        """Somebody is told to read anew."""
        self.resyncs[reason] += 1

    def as_json(self) -> dict[str, Any]:
        """The totals by name; `coalescing` is how many events went into one that came out."""
        return {
            "events_in": self.events_in,
            "events_out": self.events_out,
            "coalescing": round(self.events_in / self.events_out, 2) if self.events_out else None,
            "batches": self.batches,
            "resyncs": dict(self.resyncs),
        }
