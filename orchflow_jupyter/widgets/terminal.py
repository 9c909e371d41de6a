"""`Terminal`: a live terminal in a notebook cell."""

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, Self

import anywidget
import traitlets as t

from orchflow_jupyter.client.command_line import WORD
from orchflow_jupyter.client.current import current_engine
from orchflow_jupyter.client.image import Image
from orchflow_jupyter.client.interrupts import Interrupts
from orchflow_jupyter.client.screen import Screen
from orchflow_jupyter.errors import ConflictError, InvalidRequestError
from orchflow_jupyter.widgets.bundle import bundle, loader, versioned
from orchflow_jupyter.widgets.documents import Documents, answer
from orchflow_jupyter.widgets.driven import Driven
from orchflow_jupyter.widgets.relay import Relay

__all__ = ["Terminal"]

BUNDLE = "terminal.js"
EDITOR, WHOLE = "editor.js", "editorWidget.js"
"""For files that the terminal names: in parts, and as one file for pages that reach no server."""
WORDS = re.compile(WORD)
OPERATOR = re.compile(r"\|&?|\|\||&&?|<|2?>|>>|2>&1|(?:.*[^\\])?;", re.DOTALL)
"""A word, as it was written, that a shell does not hand on to a program as it is (bash(1))."""
CALLS = {"create": "terminals.create", "delete": "terminals.delete", "get": "terminals.get"}
"""What a browser that reaches no server may ask of the engine through the kernel."""


class Terminal(Driven, anywidget.AnyWidget):
    """A terminal that runs in this kernel's engine, shown where the cell's output is.

    `command` is a line, cut into words as a shell would, or a list of words; None is the login shell. `cwd` is the
    kernel's own directory where it is None, and relative to that. `rows` is the height of the view; its width follows
    the page. `size=(cols, rows)` fixes both. `theme` is `auto`, `light` or `dark`. `marks=False` leaves out the marks
    at the left of a shell's commands, and how long they took.

    A `name` that a running terminal has already shows that terminal: running a cell twice does not start it twice.

    Raises `InvalidRequestError` for a command or a directory that is not there, `EngineUnavailableError` where no
    engine can be had.
    """

    _esm = loader()

    terminal = t.Unicode("").tag(sync=True)
    name = t.Unicode("").tag(sync=True)
    rows = t.Int(20, min=1, max=1000).tag(sync=True)
    command = t.List(t.Unicode(), allow_none=True, default_value=None).tag(sync=True)
    cwd = t.Unicode("").tag(sync=True)
    error = t.Unicode("").tag(sync=True)
    theme = t.Enum(["auto", "light", "dark"], "auto").tag(sync=True)
    bundle = t.Unicode(versioned(BUNDLE)).tag(sync=True)
    size = t.List(t.Int(min=1, max=1000), allow_none=True, default_value=None, minlen=2, maxlen=2).tag(sync=True)
    marks = t.Bool(True).tag(sync=True)
    root = t.Unicode("").tag(sync=True)
    editor_bundle = t.Unicode().tag(sync=True)

    def __init__(
        self,
        command: str | Sequence[str] | None = None,
        *,
        name: str | None = None,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
        rows: int = 20,
        size: tuple[int, int] | None = None,
        theme: str = "auto",
        marks: bool = True,
    ) -> None:
        cols, height = size or (80, rows)
        engine, words, where = current_engine(), _words(command), os.path.abspath(os.path.expanduser(cwd or "."))
        try:
            model = engine.create(words, name=name, cwd=where, env=env, cols=cols, rows=height)
            made = True
        except ConflictError:
            model, made = engine.get(name or ""), False
        try:
            self._begin(model, rows=rows, size=None if size is None else list(size), theme=theme, marks=marks)
            self._read_to, self._interrupts = 0 if made else model["offset"], Interrupts()
        except BaseException:
            if made:  # nobody would know of it
                engine.delete(model["id"])
            raise

    @classmethod
    def attach_to(cls, terminal: str, *, rows: int = 20, theme: str = "auto", marks: bool = True) -> Self:
        """A view of a terminal that runs already, by its name or its id. Raises `NotFoundError`."""
        view = cls.__new__(cls)
        model = current_engine().get(terminal)
        view._begin(model, rows=rows, theme=theme, marks=marks)
        view._read_to, view._interrupts = model["offset"], Interrupts()
        return view

    def screen(self, *, scrollback: int = 0) -> Screen:
        """What the terminal shows now, and at most so many lines above that; as `client.Engine.screen`."""
        return current_engine().screen(self.terminal, scrollback=scrollback)

    def image(self, format: str = "svg", *, scrollback: int = 0, **how: Any) -> Image:  # noqa: A002
        """A picture of that, `svg` or `png`; `how` are the options of `client.image.draw`, such as `theme="dark"`."""
        return self.screen(scrollback=scrollback).image(format, **how)

    def info(self) -> dict[str, Any]:
        """The terminal's model as it is now. Raises `NotFoundError` where it does not live any more."""
        return current_engine().get(self.terminal)

    def kill(self) -> None:
        """Hang up on the program; one that ignores it is killed."""
        current_engine().delete(self.terminal)

    def close(self) -> None:
        """Remove the widget from every page; the program goes on. `kill` ends it."""
        relay: Relay | None = getattr(self, "_relay", None)
        if relay:
            relay.close_all()
        super().close()

    def __repr__(self) -> str:
        words = shlex.join(self.command) if self.command else "login shell"
        return f"<Terminal {self.name!r}: {words}>"

    def _begin(self, model: Mapping[str, Any], **view: Any) -> None:
        self._relay = Relay(self._tell)
        self._documents = Documents(self._relay, self._tell)
        super().__init__(
            terminal=model["id"],
            name=model["name"],
            command=list(model["command"]),
            cwd=model["cwd"],
            root=current_engine().control.call("hello", {"role": "kernel"})["root"],
            editor_bundle=versioned(EDITOR),
            **view,
        )
        self.on_msg(self._received)

    def _tell(self, content: dict[str, Any], buffers: Sequence[bytes]) -> None:
        self.send(content, list(buffers))

    def _received(self, _: Any, content: Any, buffers: Sequence[Any]) -> None:
        kind = content.get("kind") if isinstance(content, dict) else None
        if kind == "open" and "editor" in content:
            self._documents.join(content)
        elif kind == "open":
            self._relay.open(self.terminal, content)
        elif kind == "data":
            self._relay.data(content, buffers)
        elif kind == "close":
            self._relay.close(content)
        elif kind == "bundle":
            self._send_bundle(WHOLE if "editor" in content else BUNDLE)
        elif kind == "call":
            self._call(content)

    def _send_bundle(self, name: str) -> None:
        try:
            self._tell({"kind": "bundle"}, [bundle(name)])
        except ImportError as error:
            self._tell({"kind": "bundle", "error": str(error)}, [])

    def _call(self, content: Mapping[str, Any]) -> None:
        answer(self._tell, content, lambda: self._called(content))

    def _called(self, content: Mapping[str, Any]) -> object:
        params = content.get("params", {})
        if not isinstance(params, dict):
            raise InvalidRequestError(f"params must be an object, and {params!r} is none")
        name = content.get("method")
        if name == "open":
            return self._documents.open(str(params.get("path")))
        if name == "file":
            return os.path.isfile(os.path.join(self.root, str(params.get("path"))))
        method = CALLS.get(str(name))
        if method is None:
            raise InvalidRequestError(f"there is no call {name!r}; there are {', '.join([*CALLS, 'file', 'open'])}")
        try:
            return current_engine().control.call(method, params)
        except ConflictError:
            if method != "terminals.create":
                raise
            return current_engine().get(str(params.get("name")))  # as when the cell is run again


def _words(command: str | Sequence[str] | None) -> list[str] | None:
    if command is None:
        return None
    if not isinstance(command, str):
        return list(command)
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise InvalidRequestError(f"command {command!r} cannot be cut into words: {error}") from None
    if not words:
        raise InvalidRequestError("command must begin with a program, and it is empty; leave it out for a shell")
    for word in WORDS.findall(command):
        if OPERATOR.fullmatch(word):
            raise InvalidRequestError(
                f"command {command!r} is a program and its words, and {word!r} is for a shell:"
                f" give ['bash', '-c', {command!r}]"
            )
    return words
