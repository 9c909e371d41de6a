"""The engine for event loops: the same calls as in `client.sync`, to be awaited."""

import asyncio
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from orchflow_jupyter.client.attached_async import AsyncAttachment
from orchflow_jupyter.client.calls import adoption, by_shell, creation, named, operations_of, recording
from orchflow_jupyter.client.control import AsyncControl
from orchflow_jupyter.client.finding import own_engine
from orchflow_jupyter.client.launch import open_engine_async
from orchflow_jupyter.client.result import Result
from orchflow_jupyter.client.screen import AsyncLooking
from orchflow_jupyter.client.unmaking import unmade
from orchflow_jupyter.settings import EngineSettings

__all__ = ["AsyncEngine"]


class AsyncEngine(AsyncLooking):
    """As `client.sync.Engine`, for one event loop."""

    def __init__(self, control: AsyncControl) -> None:
        self.control = control

    @classmethod
    async def open(
        cls, directory: str | None = None, root: str | None = None, settings: EngineSettings | None = None
    ) -> Self:
        """The engine of this process' Jupyter server, or of `root`; started where there is none."""
        directory, root = own_engine(directory, root)
        control, _ = await open_engine_async(directory, root, settings or EngineSettings(), role="kernel")
        return cls(control)

    async def create(
        self,
        command: Sequence[str] | None = None,
        *,
        name: str | None = None,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
        cols: int = 80,
        rows: int = 24,
    ) -> dict[str, Any]:
        """A new terminal's model."""
        return dict(await self.control.call("terminals.create", creation(command, name, cwd, env, cols, rows)))

    async def list(self) -> list[dict[str, Any]]:
        """The models of all terminals that the engine holds, oldest first."""
        return list(await self.control.call("terminals.list"))

    async def get(self, terminal: str) -> dict[str, Any]:
        """The model of the terminal with this id, or of the newest with this name."""
        return named(await self.list(), terminal)

    async def update(self, terminal: str, **changes: Any) -> dict[str, Any]:
        """Change `name`, `cols`, `rows`; the new model."""
        return dict(await self.control.call("terminals.update", {"id": terminal, **changes}))

    async def delete(self, terminal: str) -> None:
        """Hang up on a terminal."""
        await self.control.call("terminals.delete", {"id": terminal})

    async def signal(self, terminal: str, name: str) -> None:
        """Send a signal to what runs in a terminal's foreground."""
        await self.control.call("terminals.signal", {"id": terminal, "signal": name})

    async def record(self, terminal: str, path: str | os.PathLike[str], **options: bool) -> dict[str, Any]:
        """Record as asciicast v3 into a file below the root, with the `input` too, to `overwrite` one; the model."""
        return dict(await self.control.call("terminals.record", recording(terminal, path, options)))

    async def stop_recording(self, terminal: str) -> dict[str, Any]:
        """End a recording, once its file is whole: `{"path", "bytes", "input", "error"}`."""
        return dict(await self.control.call("terminals.stop_recording", {"id": terminal}))

    async def batch(self, operations: Sequence[Mapping[str, Any]]) -> Sequence[dict[str, Any]]:
        """Many operations in one call, a result for each (`docs/protocol.md`); one that fails raises nothing."""
        return [*(await self.control.call("terminals.batch", {"operations": operations_of(operations)}))["results"]]

    async def status(self) -> dict[str, Any]:
        """The engine's figures."""
        return dict(await self.control.call("status"))

    async def metrics(self, *, each: bool = True) -> dict[str, Any]:
        """What the engine has counted and timed since its start (`docs/metrics.md`), and `each` of its terminals."""
        return dict(await self.control.call("metrics", {"each": each}))

    async def attach(
        self, terminal: str, *, since: int | None = None, attachment: str | None = None, mode: str = "rw"
    ) -> AsyncAttachment:
        """Listen to a terminal, from output offset `since` on, and type in it unless `mode` is `ro`.

        0 is all that is held. Without `since`, where there are snapshots, long output begins 256 KiB before its end.
        """
        ours, theirs = socket.socketpair()
        try:
            asked = adoption(terminal, since=since, attachment=attachment, mode=mode, answers=False)
            await self.control.call("adopt", asked, [theirs.fileno()])
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        opened = await AsyncAttachment.over(ours)
        try:
            await opened.hello()
        except BaseException:
            await opened.close()
            raise
        return opened

    async def run(
        self,
        line: str,
        *,
        check: bool = False,
        watch: Callable[[bytes], None] | None = None,
        **terminal: Any,
    ) -> Result:
        """Run `line` in a terminal of its own and wait for its end; as `client.sync.Engine.run`."""
        making = asyncio.ensure_future(self.create(by_shell(line), **terminal))
        try:
            model = await asyncio.shield(making)
            async with await self.attach(model["id"], since=0) as attachment:
                result = await attachment.follow(line, watch=watch)
        finally:
            await unmade(making, lambda model: self.delete(model["id"]))
        if check:
            result.check()
        return result

    async def close(self) -> None:
        """End the connection; terminals and attachments go on."""
        await self.control.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
