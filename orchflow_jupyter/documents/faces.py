"""Who is in a room and what each shows of itself, pure: y-protocols' awareness, as a table.

A client's later clock holds; with the same clock only its going does. Source: y-protocols, awareness.js.
"""

from collections.abc import Iterable

from orchflow_jupyter.protocol.documents import Face

__all__ = ["Faces"]


class Faces:
    """The newest face of each client, by its number; those that went are forgotten but for their clocks."""

    def __init__(self) -> None:
        self._faces: dict[int, Face] = {}

    def take(self, faces: Iterable[Face]) -> list[int]:
        """Take what is newer than what is known; the clients that it concerns."""
        changed = []
        for face in faces:
            known = self._faces.get(face.client)
            if known is None or face.clock > known.clock or (face.clock == known.clock and self._goes(known, face)):
                self._faces[face.client] = face
                changed.append(face.client)
        return changed

    def gone(self, clients: Iterable[int]) -> list[int]:
        """The clients' connection is gone, and so are they; those of them that had been there."""
        there = [self._faces[client] for client in clients if client in self._faces]
        return self.take(Face(face.client, face.clock + 1, None) for face in there if face.state is not None)

    def of(self, clients: Iterable[int]) -> list[Face]:
        """Their faces."""
        return [self._faces[client] for client in clients if client in self._faces]

    def there(self) -> list[int]:
        """All who have not gone."""
        return [client for client, face in self._faces.items() if face.state is not None]

    @staticmethod
    def _goes(known: Face, face: Face) -> bool:
        return face.state is None and known.state is not None
