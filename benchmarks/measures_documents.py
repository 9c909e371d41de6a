"""Documents: from one editor's hands to another's, traces of editing through a room, and what a room takes."""

import contextlib
import random
import secrets
import threading
import time
from collections.abc import Iterator

from benchmarks.background import printed
from benchmarks.editors import Editor
from benchmarks.figures import Amounts, Figures, percentiles
from benchmarks.measures_process import memory
from benchmarks.servers import Bare, Jupyters, Ours, Place
from benchmarks.traces import END, concurrent, sequential, text_of
from orchflow_jupyter.client import Engine

__all__ = ["concurrent_trace", "document_memory", "large_update", "sequential_trace", "small_update"]

KB = 1000
MB = 1_000_000
EDITORS = 10
BURST = 60
"""Keys in a row; between two bursts it is quiet for long enough that rooms save by themselves."""
QUIET = 1.02
BETWEEN_KEYS = 0.003
SAVE_EVERY = 25
"""Keys, after which somebody saves."""
SETTLE = 3.0
"""Seconds after which what was under way is saved and over."""


def small_update(place: Place, amounts: Amounts) -> Figures:
    """Milliseconds from sending an update to a text of 10 KB until one of nine others has it."""
    return _update(place, amounts, 10 * KB)


def large_update(place: Place, amounts: Amounts) -> Figures:
    """The same with a text of 1 MB."""
    return _update(place, amounts, MB)


def sequential_trace(place: Place, amounts: Amounts) -> Figures:
    """Edits a second that two clients send, one after the other, until the other has applied them all."""
    return _replay(place, amounts, at_once=False)


def concurrent_trace(place: Place, amounts: Amounts) -> Figures:
    """The same, both at once."""
    return _replay(place, amounts, at_once=True)


def document_memory(place: Place, amounts: Amounts) -> Figures:
    """The engine's private memory for a room of 1 MB and a history of 100,000 edits, and its journal."""
    if not isinstance(place, Ours):
        return {}
    pid = place.server.engine_pid
    time.sleep(SETTLE)  # in which the documents of other rows are closed
    with _file(place, text_of(KB)) as path, contextlib.closing(place.edit(path)):
        time.sleep(SETTLE)
        before, journals = memory(pid)[0], _journal(place)
    trace = sequential(amounts.inputs, MB)
    with _file(place, "") as path:
        with contextlib.closing(place.edit(path)) as editor:
            _post(editor, editor.frames([*trace.first, *trace.second]))
            late = place.edit(path)
        with contextlib.closing(late):
            while str(late.text) != trace.text:
                late.take_until(b"")
            time.sleep(SETTLE)
            journal = _journal(place) - journals
            return {"memory": (memory(pid)[0] - before) / 1e6, "journal": journal / len(trace.text)}


# -- within


def _update(place: Place, amounts: Amounts, size: int) -> Figures:
    if isinstance(place, Bare):
        return {}
    rng, took, number = random.Random(size), [], 0
    beside = type(place)(place.documents)
    with _file(place, text_of(size)) as path, contextlib.ExitStack() as ended, printed(beside, {}):
        editors = [ended.enter_context(contextlib.closing(place.edit(path))) for _ in range(EDITORS)]
        typist, others = editors[0], editors[1:]
        updates: list[bytes] = []
        typist.doc.observe(lambda event: updates.append(event.update))
        for _ in range(amounts.repeats):
            at = rng.randrange(size)
            for _ in range(BURST):
                number += 1
                token = f"<{number}>"
                typist.text.insert(at, token)
                at += len(token)
                reader = rng.choice(others)
                began = time.perf_counter()
                typist.send(updates.pop())
                reader.until(token.encode())
                took.append((time.perf_counter() - began) * 1000)
                for other in others:
                    if other is not reader:
                        other.until(token.encode())
                if number % SAVE_EVERY == 0:
                    typist.save()
                time.sleep(BETWEEN_KEYS)
            time.sleep(QUIET)
    return percentiles(took)


def _replay(place: Place, amounts: Amounts, *, at_once: bool) -> Figures:
    if isinstance(place, Bare):
        return {}
    count = amounts.slow_inputs if isinstance(place, Jupyters) else amounts.inputs
    with (
        _file(place, "") as path,
        contextlib.closing(place.edit(path)) as ann,
        contextlib.closing(place.edit(path)) as bob,
    ):
        if at_once:
            trace = concurrent(count)
            _apply(ann, trace.first)
            _apply(bob, trace.second)
            took = _through([(ann, bob, trace.first), (bob, ann, trace.second)])
        else:
            trace = sequential(count)
            _apply(ann, trace.first)
            took = _through([(ann, bob, trace.first)])
            _apply(bob, trace.second)
            took += _through([(bob, ann, trace.second)])
        with contextlib.closing(place.edit(path)) as late:
            exact = all(str(editor.text) == trace.text for editor in (ann, bob, late))
    return {"rate": (len(trace.first) + len(trace.second)) / took, "exact": float(exact)}


def _through(ways: list[tuple[Editor, Editor, list[bytes]]]) -> float:
    """Seconds until each reader has applied all that its writer sends."""
    threads = []
    for writer, reader, updates in ways:
        end = updates[-1][updates[-1].index(END.encode()) :].split(b"\n")[0]
        threads.append(threading.Thread(target=_post, args=(writer, writer.frames(updates))))
        threads.append(threading.Thread(target=reader.take_until, args=(end,)))
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def _apply(editor: Editor, updates: list[bytes]) -> None:
    for update in updates:
        editor.doc.apply_update(update)


def _post(editor: Editor, frames: list[bytes]) -> None:
    for piece in frames:
        editor.ws.sock.sendall(piece)


@contextlib.contextmanager
def _file(place: Ours | Jupyters, text: str) -> Iterator[str]:
    """The path of a file with `text`, below the root of the server that has the place's documents."""
    path = place.documents.root / f"document-{secrets.token_hex(4)}.txt"
    path.write_text(text)
    try:
        yield path.name
    finally:
        path.unlink(missing_ok=True)


def _journal(place: Ours) -> int:
    """Bytes of the journals of all documents that are open."""
    with Engine.open(place.server.directory, str(place.server.root)) as engine:
        return int(engine.metrics()["documents"]["journal_bytes"])
