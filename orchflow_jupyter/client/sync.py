"""The engine for scripts and kernels: every call blocks, every wait can be given a limit."""

import contextlib
import os
import socket
from collections.abc import Mapping, Sequence
from typing import Any, Self

from orchflow_jupyter.client.attached import Attachment
from orchflow_jupyter.client.calls import adoption, creation, named, operations_of, recording
from orchflow_jupyter.client.control import Control
from orchflow_jupyter.client.driving import Commanding
from orchflow_jupyter.client.finding import own_engine
from orchflow_jupyter.client.launch import open_engine
from orchflow_jupyter.client.screen import Looking
from orchflow_jupyter.errors import EngineUnavailableError
from orchflow_jupyter.settings import EngineSettings

__all__ = ["Engine"]


class Engine(Commanding, Looking):
    """A connection to an engine; while one is open the engine does not end by itself.

    Threads may share it. A context manager: leaving it closes the connection, and the terminals go on.
    """

    def __init__(self, control: Control, place: tuple[str, str] | None = None) -> None:
        self.control, self.place = control, place  # the place is a directory and a root, for who opens it again

    @classmethod
    def open(
        cls, directory: str | None = None, root: str | None = None, settings: EngineSettings | None = None
    ) -> Self:
        """The engine of this process' Jupyter server, or of `root`; started where there is none.

        Raises `EngineUnavailableError` where that cannot be done, and says why.
        """
        directory, root = own_engine(directory, root)
        control, _ = open_engine(directory, root, settings or EngineSettings(), role="kernel")
        return cls(control, (directory, root))

    def create(
        self,
        command: Sequence[str] | None = None,
        *,
        name: str | None = None,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
        cols: int = 80,
        rows: int = 24,
    ) -> dict[str, Any]:
        """A new terminal's model. `command` is a list of words, the login shell where it is None.

        Raises `InvalidRequestError` for what cannot be, `ConflictError` for a name that a running terminal has.
        """
        return dict(self.control.call("terminals.create", creation(command, name, cwd, env, cols, rows)))

    def list(self) -> list[dict[str, Any]]:
        """The models of all terminals that the engine holds, oldest first."""
        return list(self.control.call("terminals.list"))

    def get(self, terminal: str) -> dict[str, Any]:
        """The model of the terminal with this id, or of the newest with this name. Raises `NotFoundError`."""
        return named(self.list(), terminal)

    def update(self, terminal: str, **changes: Any) -> dict[str, Any]:
        """Change `name`, `cols`, `rows`; the new model."""
        return dict(self.control.call("terminals.update", {"id": terminal, **changes}))

    def delete(self, terminal: str) -> None:
        """Hang up on a terminal."""
        self.control.call("terminals.delete", {"id": terminal})

    def signal(self, terminal: str, name: str) -> None:
        """Send a signal (`INT`, `TERM`, …) to what runs in a terminal's foreground."""
        self.control.call("terminals.signal", {"id": terminal, "signal": name})

    def record(self, terminal: str, path: str | os.PathLike[str], **options: bool) -> dict[str, Any]:
        """Record as asciicast v3 into a file below the root, with the `input` too, to `overwrite` one; the model."""
        return dict(self.control.call("terminals.record", recording(terminal, path, options)))

    def stop_recording(self, terminal: str) -> dict[str, Any]:
        """End a recording, once its file is whole: `{"path", "bytes", "input", "error"}`."""
        return dict(self.control.call("terminals.stop_recording", {"id": terminal}))

    def batch(self, operations: Sequence[Mapping[str, Any]]) -> Sequence[dict[str, Any]]:
        """Many operations in one call, a result for each (`docs/protocol.md`); one that fails raises nothing."""
        return [*self.control.call("terminals.batch", {"operations": operations_of(operations)})["results"]]

    def status(self) -> dict[str, Any]:
        """The engine's figures."""
        return dict(self.control.call("status"))

    def metrics(self, *, each: bool = True) -> dict[str, Any]:
        """What the engine has counted and timed since its start (`docs/metrics.md`), and `each` of its terminals."""
        return dict(self.control.call("metrics", {"each": each}))

    def attach(
        self, terminal: str, *, since: int | None = None, attachment: str | None = None, mode: str = "rw"
    ) -> Attachment:
        """Listen to a terminal, from output offset `since` on, and type in it unless `mode` is `ro`.

        0 is all that is held. Without `since`, where there are snapshots, long output begins 256 KiB before its end.
        Raises `NotFoundError` where it does not live.
        """
        opened = Attachment(self.open_stream(terminal, since=since, attachment=attachment, mode=mode, answers=False))
        try:
            opened.hello()
        except BaseException:
            opened.close()
            raise
        return opened

    def open_stream(self, terminal: str, **how: Any) -> socket.socket:
        """Our end of a terminal's stream, a socket on which masked WebSocket frames go (RFC 6455).

        `how` are `since`, `attachment` and `mode`, as of `attach`, and whether an emulator behind it `answers` (True).
        """
        ours, theirs = socket.socketpair()
        try:
            self.control.call("adopt", adoption(terminal, **how), [theirs.fileno()])
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return ours

    def alive(self) -> bool:
        """Whether the engine still answers."""
        with contextlib.suppress(EngineUnavailableError):
            return bool(self.control.call("hello", {"role": "kernel"}, timeout=10.0))
        return False

    def close(self) -> None:
        """End the connection; terminals and attachments go on."""
        self.control.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
