"""The numbers of the last inputs of a terminal's attachments, so that one that comes back types nothing twice."""

from collections.abc import Iterable

__all__ = ["Attachments"]


class Attachments(dict[str, int]):
    """By their names, of those that have typed; `most` of them, and those that are there."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def came(self, name: str, present: Iterable[str]) -> None:
        """One is there, perhaps again: of those that are not, the ones that came longest ago are forgotten."""
        if name in self:
            self[name] = self.pop(name)
        if len(self) > self._most:
            here = {name, *present}
            for other in [other for other in self if other not in here][: len(self) - self._most]:
                del self[other]
