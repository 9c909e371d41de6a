"""`FileEvents`: what changes below a directory, live in a notebook cell."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import anywidget
import traitlets as t

from orchflow_jupyter.client.arguments import path_of, patterns_of
from orchflow_jupyter.client.current import current_engine
from orchflow_jupyter.errors import InvalidRequestError, NotAllowedError, NotFoundError
from orchflow_jupyter.widgets.bundle import bundle, loader, versioned
from orchflow_jupyter.widgets.relay import Relay

__all__ = ["FileEvents"]

BUNDLE = "files.js"


class FileEvents(anywidget.AnyWidget):
    """The files below `path` that changed lately: how, how often and when; a click opens one in JupyterLab.

    `path` is a directory or a file, relative to the kernel's own directory; `also` holds more of them. `ignore` holds
    patterns as `.gitignore` has them, beside those that are always ignored. `height` is that of the list in pixels at
    most. `theme` is `auto`, `light` or `dark`. `rerun` says how a command or a cell fares that runs again on changes;
    the magics set it.

    The page gets the events from the Jupyter server, or from this kernel where it reaches none; Python code that wants
    them uses `orchflow_jupyter.watch`.

    Raises `NotFoundError` where there is no such path, `InvalidRequestError` for one outside of the engine's root,
    `EngineUnavailableError` where no engine can be had.
    """

    _esm = loader()

    path = t.Unicode("").tag(sync=True)
    also = t.List(t.Unicode()).tag(sync=True)
    recursive = t.Bool(True).tag(sync=True)
    ignore = t.List(t.Unicode()).tag(sync=True)
    height = t.Int(260, min=26).tag(sync=True)
    error = t.Unicode("").tag(sync=True)
    theme = t.Enum(["auto", "light", "dark"], "auto").tag(sync=True)
    rerun = t.Dict(allow_none=True, default_value=None).tag(sync=True)
    root = t.Unicode("").tag(sync=True)
    bundle = t.Unicode().tag(sync=True)
    terminal_bundle = t.Unicode().tag(sync=True)
    editor_bundle = t.Unicode().tag(sync=True)

    def __init__(
        self,
        path: str | os.PathLike[str] = ".",
        *,
        also: Sequence[str | os.PathLike[str]] = (),
        recursive: bool = True,
        ignore: Sequence[str] = (),
        height: int = 260,
        theme: str = "auto",
    ) -> None:
        root = str(current_engine().status()["root"])
        self._relay = Relay(self._tell)
        self._asked: Mapping[str, Callable[[], object]] = {}
        super().__init__(
            path=below(path, root),
            also=[below(one, root) for one in ((also,) if isinstance(also, str | os.PathLike) else also)],
            recursive=recursive,
            ignore=list(patterns_of(ignore)),
            height=height,
            theme=theme,
            root=root,
            bundle=versioned(BUNDLE),
            terminal_bundle=versioned("terminal.js"),
            editor_bundle=versioned("editor.js"),
        )
        self.on_msg(self._received)

    def on_rerun(self, asked: Mapping[str, Callable[[], object]]) -> None:
        """What to call when the page's user wants what reruns to `run`, to `stop` or to `start`."""
        self._asked = asked

    def close(self) -> None:
        """Remove the widget from every page."""
        # One that could not be made is closed, too.
        relay: Relay | None = getattr(self, "_relay", None)
        if relay:
            relay.close_all()
        super().close()

    def __repr__(self) -> str:
        return f"<FileEvents of {self.path!r}>"

    def _tell(self, content: dict[str, Any], buffers: Sequence[bytes]) -> None:
        self.send(content, list(buffers))

    def _received(self, _: Any, content: Any, buffers: Sequence[Any]) -> None:
        kind = content.get("kind") if isinstance(content, dict) else None
        if kind == "open":
            self._open(content)
        elif kind == "data":
            self._relay.data(content, buffers)
        elif kind == "close":
            self._relay.close(content)
        elif kind == "rerun":
            self._asked.get(str(content.get("action")), lambda: None)()
        elif kind == "bundle":
            # The page asks for the terminal's program too, once it shows output.
            name = "terminal.js" if "terminal" in content else BUNDLE
            try:
                self._tell({"kind": "bundle"}, [bundle(name)])
            except ImportError as error:
                self._tell({"kind": "bundle", "error": str(error)}, [])

    def _open(self, content: Mapping[str, Any]) -> None:
        terminal, path = content.get("terminal"), content.get("path", self.path)
        if terminal is None and path in (self.path, *self.also):
            self._relay.open_files(path, content, recursive=self.recursive, ignore=self.ignore)
        elif terminal is not None and terminal == (self.rerun or {}).get("terminal"):
            self._relay.open(str(terminal), {**content, "mode": "ro"})
        else:
            refused = {"kind": "closed", "stream": content.get("stream"), "code": NotAllowedError.close_code}
            self._tell(refused | {"reason": "this widget shows something else"}, [])


def below(path: str | os.PathLike[str], root: str) -> str:
    """`path` of this process relative to `root`, as the protocol names it; the root itself is `.`."""
    where = os.path.realpath(os.path.expanduser(path_of(path)))
    if not os.path.lexists(where):
        raise NotFoundError(f"there is no {os.fspath(path)}")
    top = os.path.realpath(root)
    if where != top and not where.startswith(top.rstrip("/") + "/"):
        raise InvalidRequestError(f"{where} is outside of {root}, the engine's root, and cannot be watched")
    return os.path.relpath(where, top).replace(os.sep, "/")
