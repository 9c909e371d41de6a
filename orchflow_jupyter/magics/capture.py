"""What a cell's body says while it runs, in an output widget: text as it comes, displays, results and errors."""

import contextlib
import io
import sys
import threading
from collections.abc import Iterator
from typing import Any

from IPython.core.displaypub import DisplayPublisher

__all__ = ["Transcript", "captured"]

LIMIT = 256 * 1024
"""Characters of text that are kept: the page is sent all of it each time."""
PACE = 0.1
"""Seconds between two updates of the page."""


class Transcript:
    """Outputs as notebooks have them (nbformat, "Code cell outputs"), put into `widget.outputs` now and then."""

    def __init__(self, widget: Any) -> None:
        self._widget = widget
        self._lock = threading.RLock()
        self._outputs: list[dict[str, Any]] = []
        self._size = 0
        self._clear = False
        self._timer: threading.Timer | None = None

    def text(self, name: str, text: str) -> None:
        """More on `stdout` or `stderr`."""
        with self._lock:
            self._room()
            last = self._outputs[-1] if self._outputs else {}
            if self._size + len(text) > LIMIT:
                text = text[: max(0, LIMIT - self._size)]
                if not text:
                    return
                text += "\n(The rest is left out.)\n"
            self._size += len(text)
            if last.get("name") == name:
                last["text"] += text
            else:
                self._outputs.append({"output_type": "stream", "name": name, "text": text})
            self._soon()

    def put(self, kind: str, **content: Any) -> None:
        """One more output."""
        with self._lock:
            self._room()
            self._outputs.append({"output_type": kind, **content})
            self._soon()

    def clear(self, *, wait: bool = False) -> None:
        """Forget what was said: at once, or when there is something new."""
        with self._lock:
            self._clear = True
            if not wait:
                self._room()
                self._soon()

    def finish(self) -> None:
        """Nothing more is said; where nothing was, nothing is shown."""
        with self._lock:
            self._room()
            self.show()

    def show(self) -> None:
        """Show what there is now."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._widget.outputs = tuple({**output} for output in self._outputs)

    def _room(self) -> None:
        if self._clear:
            self._outputs.clear()
            self._size = 0
            self._clear = False

    def _soon(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(PACE, self.show)
            self._timer.daemon = True
            self._timer.start()


class _Text(io.TextIOBase):
    def __init__(self, name: str, transcript: Transcript) -> None:
        self._name = name
        self._transcript = transcript

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._transcript.text(self._name, text)
        return len(text)


class _Publisher(DisplayPublisher):
    """Takes what `display` publishes."""

    transcript: Transcript

    def publish(self, data: Any, metadata: Any = None, **_: Any) -> None:  # type: ignore[override]
        self.transcript.put("display_data", data=data, metadata=metadata or {})

    def clear_output(self, wait: bool = False) -> None:
        self.transcript.clear(wait=wait)


@contextlib.contextmanager
def captured(shell: Any, transcript: Transcript) -> Iterator[None]:
    """Within it, what runs in `shell` speaks to `transcript`."""

    def result(value: Any = None) -> None:
        if value is not None:
            data, metadata = shell.display_formatter.format(value)
            transcript.put("execute_result", data=data, metadata=metadata, execution_count=None)

    def error(kind: Any, value: Any, lines: list[str]) -> None:
        transcript.put("error", ename=kind.__name__, evalue=str(value), traceback=lines)

    publisher = _Publisher()  # type: ignore[no-untyped-call]
    publisher.transcript = transcript
    before = sys.stdout, sys.stderr, sys.displayhook, shell.display_pub
    sys.stdout, sys.stderr = _Text("stdout", transcript), _Text("stderr", transcript)
    sys.displayhook, shell.display_pub, shell._showtraceback = result, publisher, error
    try:
        yield
    finally:
        sys.stdout, sys.stderr, sys.displayhook, shell.display_pub = before
        del shell._showtraceback
        transcript.finish()
