"""What a connection that was adopted is for: a terminal, the changes below a directory, or a document."""

from typing import TYPE_CHECKING, Any

from orchflow_jupyter.errors import NotFoundError, OrchflowError

if TYPE_CHECKING:
    from orchflow_jupyter.engine.document_stream import DocumentStream
    from orchflow_jupyter.engine.engine import Engine
    from orchflow_jupyter.engine.file_stream import FileStream
    from orchflow_jupyter.engine.terminal_stream import TerminalStream

    Adopted = TerminalStream | FileStream | DocumentStream

__all__ = ["stream_of"]


async def stream_of(
    engine: "Engine", kind: str, identity: str, parameters: dict[str, Any], full: OrchflowError | None
) -> "Adopted":
    """The stream of that kind. `full` is why it may not be, which its client is told when it is open.

    What each stands on is loaded with the first of it.
    """
    if kind == "documents":
        from orchflow_jupyter.engine.document_stream import DocumentStream

        rooms, elsewhere, refusal = engine.documents.rooms(), engine.documents.elsewhere, full
        if elsewhere.provider is not None:
            refusal = NotFoundError(f"documents are {elsewhere.provider}'s now: open the path again")
        else:
            try:
                await rooms.ready(identity)
            except OrchflowError as error:
                refusal = error
        return DocumentStream(rooms, identity, parameters, engine.counters, refusal)
    if kind == "files":
        from orchflow_jupyter.engine.file_stream import FileStream

        return FileStream(engine.files, parameters, engine.counters, engine.metrics.delivery, full)
    from orchflow_jupyter.engine.terminal_stream import TerminalStream

    return TerminalStream(
        engine.terminals, identity, parameters, engine.settings, engine.counters, engine.metrics.output, full
    )
