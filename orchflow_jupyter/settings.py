"""Every limit and watermark, with its unit and its default: plain frozen dataclasses that all rooms may import.

The Jupyter server fills them from its configuration and hands them to the engine when it starts one.
"""

from dataclasses import asdict, dataclass, field, fields, is_dataclass
from typing import Any

from orchflow_jupyter.errors import InvalidRequestError

__all__ = [
    "BatchSettings",
    "DocumentsSettings",
    "EngineSettings",
    "FilesSettings",
    "TerminalSettings",
    "from_dict",
    "to_dict",
]

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """When gathered output goes out. What follows a quiet spell goes at once, whatever these say."""

    max_wait: float = 0.005
    """Seconds that output is gathered for at most."""
    max_bytes: int = 64 * KIB
    """Bytes after which it goes out without waiting longer."""
    max_messages: int = 1000
    """Reads from the terminal after which it goes out without waiting longer."""
    adaptive: bool = True
    """Grow the wait with the load, from none; off, every gathering under load waits for `max_wait`."""


@dataclass(frozen=True, slots=True)
class TerminalSettings:
    """The limits of one terminal."""

    ring_bytes: int = 2 * MIB
    """Output that is held for those who come late or come back."""
    window: int = 512 * KIB
    """Output under way to a client beyond its last acknowledgement."""
    input_high: int = 256 * KIB
    """Input waiting for the program, above which its senders are held back."""
    input_low: int = 64 * KIB
    """Input waiting, below which they go on."""
    slice_bytes: int = 256 * KIB
    """Output read from one terminal in one turn of the loop; the others wait for it, unless somebody types in them."""
    slow_resume: int = 256 * KIB
    """How far before the end a client goes on that was too slow for the ring."""
    snapshots: bool = True
    """Whether late and slow clients get a SNAPSHOT, where pyghostty is installed."""
    checkpoint_back: int = 256 * KIB
    """How far before the end a new client's snapshot lies; what came since is sent as it was. Output up to twice as
    long is sent whole, with no snapshot."""
    scrollback: int = 10_000
    """Lines above the screen that a snapshot holds, with those that the output behind it adds."""
    scrollback_bytes: int = 16 * MIB
    """Memory that they may take; the oldest go first."""
    settle: float = 0.05
    """Seconds between two changes of size: a storm of them is cut to its last."""
    owner_settle: float = 1.0
    """Seconds for which the size stays with a client that has gone, or while clients type in turns."""
    kill_after: float = 2.0
    """Seconds between the hang-up and the kill of a program that ignores it."""
    attachments: int = 256
    """Clients whose input numbers are remembered, newest first."""
    batch: BatchSettings = field(default_factory=BatchSettings)


@dataclass(frozen=True, slots=True)
class FilesSettings:
    """How directories are watched."""

    window: float = 0.05
    """Seconds that changes are gathered for, from the first one on."""
    keep: float = 60.0
    """Seconds that a directory is watched on when nobody listens, for who comes back with a clock."""
    ring_bytes: int = 4 * MIB
    """Characters of batches that are held of one directory for who comes back, or reads late."""
    git_wait: float = 2.0
    """Seconds that changes are held back at most while git works (`.git/index.lock`)."""
    move_wait: float = 0.005
    """Seconds within which the second half of a move comes, if it comes."""
    polling: bool = False
    """Look for changes even where the system would tell of them."""
    poll: float = 0.5
    """Seconds between two looks at least; ten times as long as a look takes, where that is more."""
    max_rooms: int = 256
    """Directories that are watched at once, of which each may have any number of directories in it."""


@dataclass(frozen=True, slots=True)
class DocumentsSettings:
    """How documents are held and kept."""

    max_pending: int = 1 * MIB
    """Bytes of updates that wait for one client; above, it is sent all that it lacks as one when it reads again. Of one
    document's updates that build on others that never came, as many are held."""
    max_document: int = 64 * MIB
    """Bytes of a file that is edited."""
    save_after: float = 1.0
    """Seconds after the last edit in which a document is saved."""
    save_within: float = 5.0
    """Seconds after the first edit in which it is saved, however steadily it is edited."""
    save_retry: float = 60.0
    """Seconds at most between two tries of a save that fails; they begin at `save_after`, and double."""
    max_rooms: int = 256
    """Documents that are open at once."""
    max_members: int = 256
    """Clients of one document."""
    max_faces: int = 64
    """Cursors and names that one connection may show."""
    max_face: int = 16 * KIB
    """Bytes of one of them."""
    face_wait: float = 0.01
    """Seconds between two times that the members of a document are told who shows what."""
    keep: float = 60.0
    """Seconds that a document stays open when its last client has left."""
    remember: float = 86_400.0
    """Seconds that a saved document's history is kept on disk after that, for who comes back with edits of then."""
    journal: str = ""
    """The directory of the journals, which outlives machine and engine; below Jupyter's data directory unless set."""
    journal_wait: float = 0.01
    """Seconds that updates are gathered for before they are written to disk, which makes them safe."""
    journal_growth: int = 4
    """How many times as large as when it was written anew a journal grows before it is written anew again."""

    @property
    def max_message(self) -> int:
        """Bytes of one message from a client: a whole document, and what an update says beside it."""
        return self.max_document + 16 * MIB


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """The limits of one engine."""

    linger: float = 300.0
    """Seconds that terminals live on with no server and no kernel attached."""
    idle_exit: float = 10.0
    """Seconds after which an engine ends that holds nothing and has nobody attached."""
    max_terminals: int = 1000
    """Programs at once."""
    keep_exited: int = 32
    """Ended terminals that are held, with their output, for those who come late; the oldest go first."""
    max_message: int = 1 * MIB
    """Bytes of one message from a client."""
    ack_wait: float = 0.010
    """Seconds that an acknowledgement of input may wait for output to travel with."""
    rate: int = 2000
    """Messages a second, from one client, that are neither input nor acknowledgements; who sends more is sent away."""
    input_rate: int = 64 * MIB
    """Bytes of input a second, from one client, and as many at once, with 64 for each message; who sends more is read
    from later. 0 is no limit."""
    max_clients: int = 256
    """Clients of one terminal."""
    max_connections: int = 4096
    """Clients of all terminals together."""
    send_high: int = 256 * KIB
    """Bytes in a socket's send buffer of ours above which no more is put into it."""
    cull_idle_timeout: float = 0.0
    """Seconds after which a terminal is ended in which nothing happened; 0 for never."""
    cull_interval: float = 300.0
    """Seconds between two looks at one that is spared although it is due."""
    cull_connected: bool = False
    """Whether terminals are culled that have clients."""
    cull_busy: bool = False
    """Whether terminals are culled in which something runs; programs that are no shells always count as busy."""
    terminal: TerminalSettings = field(default_factory=TerminalSettings)
    files: FilesSettings = field(default_factory=FilesSettings)
    documents: DocumentsSettings = field(default_factory=DocumentsSettings)


def to_dict(settings: EngineSettings) -> dict[str, Any]:
    """The settings as JSON values, for the command line of an engine."""
    return asdict(settings)


def from_dict(values: dict[str, Any], kind: type[Any] = EngineSettings) -> Any:
    """Settings of `kind` from JSON values; what is not named keeps its default.

    Raises `InvalidRequestError` for a name that is no setting.
    """
    known = {f.name: f for f in fields(kind)}
    unknown = sorted(values.keys() - known.keys())
    if unknown:
        raise InvalidRequestError(f"no such setting: {', '.join(unknown)}; there are {', '.join(known)}")
    given: dict[str, Any] = {}
    for name, value in values.items():
        kind_of_field = known[name].type
        given[name] = from_dict(value, kind_of_field) if is_dataclass(kind_of_field) else value  # type: ignore[arg-type]
    return kind(**given)
