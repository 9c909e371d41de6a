"""Who is in a room and what each shows of itself, pure: y-protocols' awareness, as a table.

A client's later clock holds; with the same clock only its going does. Whoever said so last stands for a client: others
repeat what they hear of it, as the `y-websocket` provider does, and their word that it has gone is not taken.
Source: y-protocols, awareness.js.
"""

from collections.abc import Iterable

from orchflow_jupyter.protocol.documents import Face

__all__ = ["Faces"]

REMEMBERED = 4096
"""Clients that went, whose clocks are remembered."""


class Faces:
    """The newest face of each client, by its number; those that went are forgotten but for their clocks."""

    def __init__(self) -> None:
        self._faces: dict[int, Face] = {}
        self._owners: dict[int, object] = {}

    def take(self, faces: Iterable[Face], by: object) -> list[int]:
        """Take what is newer than what is known, said `by` somebody; the clients that it concerns."""
        changed = []
        for face in faces:
            known, owner = self._faces.get(face.client), self._owners.get(face.client)
            if face.state is None:
                newer = known is not None and known.state is not None and owner is by and face.clock >= known.clock
            else:
                newer = known is None or face.clock > known.clock
            if newer:
                self._put(face, by)
                changed.append(face.client)
        return changed

    def gone(self, by: object) -> list[int]:
        """Somebody's connection is gone, and so are the clients that it stood for."""
        left = self.owned(by)
        for client in left:
            self._put(Face(client, self._faces[client].clock + 1, None), by)
        return left

    def owned(self, by: object) -> list[int]:
        """The clients that somebody stands for, and that are there."""
        return [client for client, owner in self._owners.items() if owner is by]

    def of(self, clients: Iterable[int]) -> list[Face]:
        """Their faces."""
        return [self._faces[client] for client in clients if client in self._faces]

    def there(self) -> list[int]:
        """All who have not gone."""
        return list(self._owners)

    def _put(self, face: Face, by: object) -> None:
        self._faces.pop(face.client, None)  # so that the newest come last
        self._faces[face.client] = face
        if face.state is not None:
            self._owners[face.client] = by
            return
        self._owners.pop(face.client, None)
        if len(self._faces) - len(self._owners) > REMEMBERED:
            oldest = next(client for client in self._faces if client not in self._owners)
            del self._faces[oldest]
