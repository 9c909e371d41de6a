"""Reads and writes documents for the engine where Jupyter's contents manager does more than keep plain files."""

import asyncio
import base64
import json
import logging
import os
import tempfile
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from jupyter_core.utils import ensure_async
from jupyter_server.services.contents.filemanager import AsyncFileContentsManager, FileContentsManager
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager, LargeFileManager
from tornado import web

from orchflow_jupyter.errors import OrchflowError

if TYPE_CHECKING:
    from orchflow_jupyter.server.supervisor import Answering

__all__ = ["Contents", "is_plain"]

PLAIN = (FileContentsManager, LargeFileManager, AsyncFileContentsManager, AsyncLargeFileManager)


Line = Callable[[], Awaitable["Answering"]]
"""Gives the engine to call. Not by the connection that opens documents: its calls are carried out in order, and one
that opens a document waits for what is asked here."""


def is_plain(manager: Any, root: str) -> bool:
    """Whether it does nothing with files below `root` that the engine could not do itself.

    A subclass may do anything, and hooks before and after a save (a notebook's script beside it, say) must be run.
    """
    hooks = ("pre_save_hook", "post_save_hook", "_pre_save_hooks", "_post_save_hooks")
    return (
        type(manager) in PLAIN
        and os.path.realpath(manager.root_dir) == root
        and not any(getattr(manager, name, None) for name in hooks)
    )


class Contents:
    """Carries out what an engine asks of the contents manager."""

    def __init__(self, manager: Any, line: Line, log: logging.Logger) -> None:
        self._manager = manager
        self._line = line
        self._log = log
        self._tasks: set[asyncio.Task[None]] = set()

    def told(self, method: str, params: dict[str, Any]) -> None:
        """An engine said something by itself."""
        if method == "documents.wanted":
            task = asyncio.get_running_loop().create_task(self._carry_out(params["request"]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry_out(self, number: int) -> None:
        with tempfile.TemporaryFile() as file:
            try:
                engine = await self._line()
                asked = await engine.call("documents.claim", {"request": number}, [file.fileno()])
            except OrchflowError:
                return  # another server carries it out
            answer: dict[str, Any]
            try:
                answer = await self._done(asked["what"], asked["path"].replace(os.sep, "/"), file)
            except web.HTTPError as error:
                answer = {"status": error.status_code, "message": error.log_message or error.reason or str(error)}
            except Exception as error:  # noqa: BLE001 whatever a manager raises, the engine is told that it failed
                self._log.exception("the contents manager failed")
                answer = {"status": 507, "message": f"the contents manager failed: {error}"}
            try:
                await engine.call("documents.answered", {"request": number, **answer}, [file.fileno()])
            except OrchflowError as error:
                self._log.warning("the engine did not take what the contents manager has: %s", error)

    async def _done(self, what: str, path: str, file: Any) -> dict[str, Any]:
        kind = "notebook" if path.endswith(".ipynb") else "file"
        if what == "write":
            content = _content(kind, file.read())
            file.truncate(0)
            model = await ensure_async(self._manager.save({"type": kind, **content}, path))
        else:
            model = await ensure_async(self._manager.get(path, content=what == "read", type=kind))
            if what == "read":
                file.write(_bytes(model))
                file.flush()
        modified = int(model["last_modified"].timestamp() * 1_000_000)
        return {"modified": modified, "writable": bool(model.get("writable", True))}


def _bytes(model: dict[str, Any]) -> bytes:
    """A file's bytes, as near as its model tells; a notebook as Jupyter writes it."""
    if model["type"] == "notebook":
        return (json.dumps(model["content"], indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
    if model["format"] == "base64":
        return base64.b64decode(model["content"])
    return str(model["content"]).encode()


def _content(kind: str, data: bytes) -> dict[str, Any]:
    """What is to be saved, as a part of a model."""
    if kind == "notebook":
        return {"format": "json", "content": json.loads(data)}
    try:
        return {"format": "text", "content": data.decode()}
    except UnicodeDecodeError:
        return {"format": "base64", "content": base64.b64encode(data).decode()}
