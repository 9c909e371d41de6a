"""What a Jupyter server's configuration may say about us: `--OrchFlow.name=value`, or `c.OrchFlow.name = value`."""

import socket

from traitlets import Bool, CaselessStrEnum, Int, Unicode
from traitlets.config import Configurable

from orchflow_jupyter.rendezvous import journal_directory
from orchflow_jupyter.settings import KIB, MIB, DocumentsSettings, EngineSettings, FilesSettings, TerminalSettings
from orchflow_jupyter.traits import Finite

__all__ = ["OrchFlow"]

GIB = 1024 * MIB

_DEFAULT = EngineSettings()


class OrchFlow(Configurable):
    """The engine that this server starts, and the way that connections take to it."""

    engine = CaselessStrEnum(
        ["process", "embedded"],
        "process" if hasattr(socket, "send_fds") else "embedded",
        help="Where the engine runs: in a 'process' of its own, which outlives the server and is never held up by it; "
        "or 'embedded' in the server, where the system cannot pass sockets between processes.",
    ).tag(config=True)

    relay = CaselessStrEnum(
        ["auto", "always", "never"],
        "auto",
        help="Whether the server passes the bytes of a terminal's connection on to the engine, instead of the "
        "connection itself. 'auto': where the server ends TLS. With 'never', such connections are refused.",
    ).tag(config=True)

    compression = CaselessStrEnum(
        ["auto", "off"],
        "auto",
        help="Whether connections may be compressed (permessage-deflate). 'auto': where the client is on another "
        "machine.",
    ).tag(config=True)

    linger = Finite(
        _DEFAULT.linger,
        min=0.0,
        help="Seconds that terminals live on with no server and no kernel attached to their engine.",
    ).tag(config=True)

    max_terminals = Int(
        _DEFAULT.max_terminals,
        min=1,
        help="Programs that may run at once; more are refused.",
    ).tag(config=True)

    max_clients = Int(
        _DEFAULT.max_clients,
        min=1,
        help="Clients that one terminal may have at once, one for each view; more are refused.",
    ).tag(config=True)

    max_connections = Int(
        _DEFAULT.max_connections,
        min=1,
        help="Clients that all terminals together may have at once; more are refused.",
    ).tag(config=True)

    rate = Int(
        _DEFAULT.rate,
        min=10,
        help="Messages a second that a client may send that are neither input nor acknowledgements, and twice as many "
        "at once; who sends more is sent away.",
    ).tag(config=True)

    input_rate = Int(
        _DEFAULT.input_rate,
        min=0,
        help="Bytes of input a second that a client may send, and as many at once, each message counted with 64 more; "
        "who sends more is read from later. 0 is no limit.",
    ).tag(config=True)

    snapshots = Bool(
        _DEFAULT.terminal.snapshots,
        help="Whether clients that come late or were too slow get a snapshot of the terminal's screen, where "
        "pyghostty is installed; without it, the last output from a safe place on.",
    ).tag(config=True)

    keep_exited = Int(
        _DEFAULT.keep_exited,
        min=0,
        help="Ended terminals that are held, with their output, for those who come late; the oldest go first.",
    ).tag(config=True)

    ring_bytes = Int(
        _DEFAULT.terminal.ring_bytes,
        min=64 * KIB,
        max=GIB,
        help="Bytes of a terminal's output that are held for clients that come late or come back.",
    ).tag(config=True)

    window = Int(
        _DEFAULT.terminal.window,
        min=64 * KIB,
        max=GIB,
        help="Bytes of output under way to a client beyond what it has acknowledged; at most half of ring_bytes is "
        "taken.",
    ).tag(config=True)

    input_bytes = Int(
        _DEFAULT.terminal.input_high,
        min=64 * KIB,
        max=GIB,
        help="Bytes of input that may wait for a terminal's program; then its senders are read from later.",
    ).tag(config=True)

    scrollback = Int(
        _DEFAULT.terminal.scrollback,
        min=0,
        max=1_000_000,
        help="Lines above the screen that a snapshot holds.",
    ).tag(config=True)

    scrollback_bytes = Int(
        _DEFAULT.terminal.scrollback_bytes,
        min=0,
        max=GIB,
        help="Bytes that these lines may take in a terminal's emulator; the oldest go first.",
    ).tag(config=True)

    cull_idle_timeout = Finite(
        _DEFAULT.cull_idle_timeout,
        min=0.0,
        help="Seconds after which a terminal is ended in which nothing happened: no input, and no output of anything "
        "that runs in it. 0, the default, is never.",
    ).tag(config=True)

    cull_interval = Finite(
        _DEFAULT.cull_interval,
        min=1.0,
        help="Seconds between two looks at a terminal that is due, and spared because it is connected or busy.",
    ).tag(config=True)

    cull_connected = Bool(
        _DEFAULT.cull_connected,
        help="Whether terminals are culled, too, that have clients.",
    ).tag(config=True)

    cull_busy = Bool(
        _DEFAULT.cull_busy,
        help="Whether terminals are culled, too, in which something runs; what is no shell always counts as busy.",
    ).tag(config=True)

    files_window = Finite(
        _DEFAULT.files.window,
        min=0.001,
        max=10.0,
        help="Seconds that changes of files are gathered for, from the first one on, before their clients are told.",
    ).tag(config=True)

    files_keep = Finite(
        _DEFAULT.files.keep,
        min=0.0,
        help="Seconds that a directory is watched on when nobody listens, for clients that come back with a clock.",
    ).tag(config=True)

    files_ring_bytes = Int(
        _DEFAULT.files.ring_bytes,
        min=64 * KIB,
        max=GIB,
        help="Characters of file events that are held of one directory for clients that come back, or read late.",
    ).tag(config=True)

    files_polling = Bool(
        _DEFAULT.files.polling,
        help="Whether directories are looked at again and again even where the system would tell of changes: for file "
        "systems of other machines that are not recognised as such.",
    ).tag(config=True)

    max_documents = Int(
        _DEFAULT.documents.max_rooms,
        min=1,
        help="Documents that may be open at once; more are refused.",
    ).tag(config=True)

    max_document = Int(
        _DEFAULT.documents.max_document,
        min=1,
        max=GIB,
        help="Bytes that a file may have to be edited; larger ones are refused.",
    ).tag(config=True)

    documents_clients = Int(
        _DEFAULT.documents.max_members,
        min=1,
        help="Clients that one document may have at once; more are refused.",
    ).tag(config=True)

    documents_save_after = Finite(
        _DEFAULT.documents.save_after,
        min=0.0,
        help="Seconds after the last edit in which a document is saved.",
    ).tag(config=True)

    documents_save_within = Finite(
        _DEFAULT.documents.save_within,
        min=0.0,
        help="Seconds after the first edit in which a document is saved, however steadily it is edited.",
    ).tag(config=True)

    documents_keep = Finite(
        _DEFAULT.documents.keep,
        min=0.0,
        help="Seconds that a document stays open when its last client has left.",
    ).tag(config=True)

    documents_remember = Finite(
        _DEFAULT.documents.remember,
        min=0.0,
        help="Seconds that the history of a document is kept on disk after that, so that who edited it without a "
        "connection is merged. 0 keeps that of none whose file has everything.",
    ).tag(config=True)

    documents_journal = Unicode(
        _DEFAULT.documents.journal,
        help="The directory of the journals in which edits are safe before they are saved. It must outlive the engine "
        "and the machine. By default it is orchflow/documents below Jupyter's data directory.",
    ).tag(config=True)

    def engine_settings(self) -> EngineSettings:
        """What the engine is started with."""
        return EngineSettings(
            linger=self.linger,
            max_terminals=self.max_terminals,
            keep_exited=self.keep_exited,
            cull_idle_timeout=self.cull_idle_timeout,
            cull_interval=self.cull_interval,
            cull_connected=self.cull_connected,
            cull_busy=self.cull_busy,
            rate=self.rate,
            input_rate=self.input_rate,
            max_clients=self.max_clients,
            max_connections=self.max_connections,
            files=FilesSettings(
                window=self.files_window,
                keep=self.files_keep,
                ring_bytes=self.files_ring_bytes,
                polling=self.files_polling,
            ),
            documents=DocumentsSettings(
                max_rooms=self.max_documents,
                max_document=self.max_document,
                max_members=self.documents_clients,
                save_after=self.documents_save_after,
                save_within=self.documents_save_within,
                keep=self.documents_keep,
                remember=self.documents_remember,
                journal=self.documents_journal or journal_directory(),
            ),
            terminal=TerminalSettings(
                ring_bytes=self.ring_bytes,
                window=self.window,
                input_high=self.input_bytes,
                input_low=self.input_bytes // 4,
                snapshots=self.snapshots,
                scrollback=self.scrollback,
                scrollback_bytes=self.scrollback_bytes,
            ),
        )
