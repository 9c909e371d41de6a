"""`Editor`: a file that many edit at once, in a notebook cell."""

import getpass
import os
from collections.abc import Mapping, Sequence
from typing import Any

import anywidget
import traitlets as t

from orchflow_jupyter.client.arguments import path_of
from orchflow_jupyter.client.current import current_engine
from orchflow_jupyter.client.new_file import make_file
from orchflow_jupyter.errors import InvalidRequestError, NotFoundError
from orchflow_jupyter.widgets.bundle import bundle, loader, versioned
from orchflow_jupyter.widgets.documents import Documents, answer
from orchflow_jupyter.widgets.relay import Relay

__all__ = ["Editor"]

BUNDLE = "editor.js"
WHOLE = "editorWidget.js"
"""The same as one file, for pages that reach no server."""


class Editor(anywidget.AnyWidget):
    """A file in an editor: everybody who has it open, in any tab, kernel or program, edits the same text.

    `path` is relative to the kernel's own directory. `line` is where it is opened, 1 for the first. `height` is that of
    the text in pixels at most. `theme` is `auto`, `light` or `dark`. With `readonly` one looks and does not edit. With
    `new` the file is made where there is none, empty.

    The page gets the text from the Jupyter server, or from this kernel where it reaches none; Python code that wants
    to edit uses `orchflow_jupyter.Document`.

    Raises `NotFoundError` where there is no such file, `InvalidRequestError` for a directory and for what is outside of
    the engine's root, `NotAllowedError` where it cannot be made, `EngineUnavailableError` where no engine can be had.
    """

    _esm = loader()

    path = t.Unicode("").tag(sync=True)
    line = t.Int(0, min=0).tag(sync=True)
    height = t.Int(420, min=40).tag(sync=True)
    theme = t.Enum(["auto", "light", "dark"], "auto").tag(sync=True)
    readonly = t.Bool(False).tag(sync=True)
    error = t.Unicode("").tag(sync=True)
    user = t.Unicode("").tag(sync=True)
    root = t.Unicode("").tag(sync=True)
    bundle = t.Unicode().tag(sync=True)

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        line: int | None = None,
        height: int = 420,
        theme: str = "auto",
        readonly: bool = False,
        new: bool = False,
    ) -> None:
        root = str(current_engine().status()["root"])
        self._relay = Relay(self._tell)
        self._documents = Documents(self._relay, self._tell)
        super().__init__(
            path=file_below(path, root, new=new),
            line=line or 0,
            height=height,
            theme=theme,
            readonly=readonly,
            user=_user(),
            root=root,
            bundle=versioned(BUNDLE),
        )
        self.on_msg(self._received)

    def go_to(self, line: int) -> None:
        """Show this line, 1 for the first, in every view."""
        self.line = 0  # the line that was asked for last may be far away by now
        self.line = line

    def close(self) -> None:
        """Remove the widget from every page; the file, and who else edits it, stay."""
        # One that could not be made is closed, too.
        relay: Relay | None = getattr(self, "_relay", None)
        if relay:
            relay.close_all()
        super().close()

    def __repr__(self) -> str:
        return f"<Editor of {self.path!r}>"

    def _tell(self, content: dict[str, Any], buffers: Sequence[bytes]) -> None:
        self.send(content, list(buffers))

    def _received(self, _: Any, content: Any, buffers: Sequence[Any]) -> None:
        kind = content.get("kind") if isinstance(content, dict) else None
        if kind == "open":
            self._documents.join(content, readonly=self.readonly)
        elif kind == "data":
            self._relay.data(content, buffers)
        elif kind == "close":
            self._relay.close(content)
        elif kind == "call":
            self._call(content)
        elif kind == "bundle":
            try:
                self._tell({"kind": "bundle"}, [bundle(WHOLE)])
            except ImportError as error:
                self._tell({"kind": "bundle", "error": str(error)}, [])

    def _call(self, content: Mapping[str, Any]) -> None:
        def call() -> object:
            if content.get("method") != "open":
                raise InvalidRequestError(f"there is no call {content.get('method')!r}; there is open")
            params = content.get("params")
            if isinstance(params, dict) and params.get("new") is True and not self.readonly:
                make_file(os.path.join(self.root, self.path))
            return self._documents.open(self.path)

        answer(self._tell, content, call)


def file_below(path: str | os.PathLike[str], root: str, *, new: bool = False) -> str:
    """`path` of this process relative to `root`, as the protocol names it, where a file is there, or `new` makes it.

    A link is followed: whoever opens what it leads to edits the same text.
    """
    where = os.path.realpath(os.path.expanduser(path_of(path)))
    there = os.path.lexists(where)
    if not there and not new:
        made = "a new file is made with new=True (%orchflow edit --new)"
        raise NotFoundError(f"there is no {os.fspath(path)}; {made}")
    if os.path.isdir(where):
        raise InvalidRequestError(f"{os.fspath(path)} is a directory, and only files can be edited")
    top = os.path.realpath(root)
    if not where.startswith(top.rstrip("/") + "/"):
        raise InvalidRequestError(f"{where} is outside of {root}, the engine's root, and cannot be edited")
    if not there:
        make_file(where)
    return os.path.relpath(where, top).replace(os.sep, "/")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
