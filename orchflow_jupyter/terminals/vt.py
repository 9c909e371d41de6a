"""A terminal of libghostty-vt with what pyghostty leaves to the C interface: places, text with its styles, forks."""

import weakref
from collections.abc import Sequence
from typing import Any

from orchflow_jupyter.terminals.ghostty import Terminal, ffi, lib

__all__ = ["Vt", "types"]

CONTINUATION = 64 * 1024
"""Bytes of a sequence in progress that a fork takes over."""
ALL = 1 << 62
NEAR = (3, 8, ALL)
"""Pieces of a snapshot, as the library writes them, that hold all that lies not far above the screen: what the terminal
is, its rows in one piece or, where they lie in several, in two each, and that it can be shown. Older rows come last."""
ACTIVE, WITH_SCROLLBACK = lib.GHOSTTY_POINT_TAG_ACTIVE, lib.GHOSTTY_POINT_TAG_SCREEN
"""The screen; all rows, counted from the oldest."""
DEL, NUL = b"\x7f", b"\0"
EXTRAS = ("cursor", "style", "hyperlink", "protection", "charsets")


def types(*names: str) -> Sequence[Any]:
    """Pointers to these types, for `ffi.new`: where pyghostty parses its declarations, each name takes it 10 ms."""
    return ffi.typeof(f"void(*)({', '.join(names)})").args  # type: ignore[no-any-return]


POINT, PLACE, SELECTION, OPTIONS, FORMATTER, TEXT, SIZE, SIZE64, WRITER, DECODER, TERMINAL = types(
    "GhosttyPointS*",
    "GhosttyGridRef*",
    "GhosttySelection*",
    "GhosttyFormatterTerminalOptions*",
    "GhosttyFormatter*",
    "uint8_t**",
    "size_t*",
    "uint64_t*",
    "GhosttyWriter*",
    "GhosttySnapshotDecoder*",
    "GhosttyTerminal*",
)
REF = ffi.cast(
    "GhosttyResult(*)(GhosttyTerminal, GhosttyPointS, GhosttyGridRef*)", ffi.addressof(lib, "ghostty_terminal_grid_ref")
)


class Vt(Terminal):  # type: ignore[misc]
    """A terminal of the library's. Everything is for one thread, and a place in it holds until the next call."""

    def __init__(self, cols: int, rows: int, scrollback: int, scrollback_bytes: int) -> None:
        super().__init__(cols, rows, scrollback)
        self._prepare()
        for name, kind, value in (
            ("SCROLLBACK_MAX_BYTES", SIZE, scrollback_bytes),
            ("KITTY_IMAGE_STORAGE_LIMIT", SIZE64, 0),
            ("CONTINUATION_MAX_BYTES", SIZE, CONTINUATION),
        ):
            lib.ghostty_terminal_set(self.handle, getattr(lib, f"GHOSTTY_TERMINAL_OPT_{name}"), ffi.new(kind, value))

    def feed(self, data: bytes) -> None:
        """Parse output. DEL, which takes no place on a terminal (DEC STD 070) and which the library shows, is none."""
        super().feed(data.replace(DEL, NUL) if DEL in data else data)

    def feed_until_ground(self, data: bytes) -> int | None:
        """Parse as little as ends the sequence in progress; bytes taken, None where all were and none ended."""
        return super().feed_until_ground(data.replace(DEL, NUL))  # type: ignore[no-any-return]

    def _prepare(self) -> None:
        # Made once: their making takes longer than what they are for.
        self._point, self._ref, self._area, self._options = map(_copied, PREPARED)

    @property
    def handle(self) -> Any:
        """The library's own name of it."""
        return self._t[0]

    def read(self, name: str, out: Any) -> bool:
        """Put a `GHOSTTY_TERMINAL_DATA_*` value where `out` points to; whether there is one."""
        key = getattr(lib, f"GHOSTTY_TERMINAL_DATA_{name}")
        return int(lib.ghostty_terminal_get(self.handle, key, out)) == 0

    def place(self, x: int, y: int) -> Any:
        """Where a cell of the screen lies; above it `y` is negative."""
        self._point.tag = ACTIVE
        if y < 0:
            self._point.tag = WITH_SCROLLBACK
            y += int(self.get("total_rows", "size_t")) - int(self.size[1])
        self._point.value.x, self._point.value.y = x, y
        REF(self.handle, self._point[0], self._ref)
        return self._ref

    def rows(self, first: int, last: int) -> Any:
        """These rows of the screen, to be formatted."""
        self._area.start = self.place(0, first)[0]
        self._area.end = self.place(self.size[0] - 1, last)[0]
        return self._area

    def format(
        self,
        rows: Any = None,
        *,
        unwrap: bool = False,
        extras: bool = False,
        region: bool = False,
        tabs: bool = False,
    ) -> bytes:
        """What paints these rows, or the whole screen with all that lies above it."""
        options = self._options
        options.unwrap = unwrap
        options.extra.scrolling_region = region
        options.extra.tabstops = tabs
        for name in EXTRAS:
            setattr(options.extra.screen, name, extras)
        options.selection = ffi.NULL if rows is None else rows
        formatter = ffi.new(FORMATTER)
        if lib.ghostty_formatter_terminal_new(ffi.NULL, formatter, self.handle, options[0]):
            raise MemoryError
        text, size = ffi.new(TEXT), ffi.new(SIZE)
        try:
            if lib.ghostty_formatter_format_alloc(formatter[0], ffi.NULL, text, size):
                raise MemoryError
            data = bytes(ffi.buffer(text[0], size[0])) if size[0] else b""
            lib.ghostty_free(ffi.NULL, text[0], size[0])
            return data
        finally:
            lib.ghostty_formatter_free(formatter[0])

    # -- forks

    def fork(self, *, scrollback: bool) -> "Vt | None":
        """Another one in this state, within a sequence or not; what lies far above the screen only with `scrollback`.

        None within a sequence that is longer than what is remembered of it.
        """
        if scrollback:
            return _decoded(self._encoded(ALL), lib.ghostty_snapshot_decoder_decode)
        tries = (_decoded(self._encoded(pieces), lib.ghostty_snapshot_decoder_ready) for pieces in NEAR)
        return next((made for made in tries if made is not None), None)

    def _encoded(self, pieces: int) -> bytearray:
        data = bytearray()
        left = pieces

        @ffi.callback("bool(void*, const uint8_t*, size_t)")  # type: ignore[untyped-decorator]
        def write(_: Any, piece: Any, size: int) -> bool:
            nonlocal left
            data.extend(ffi.buffer(piece, size))
            left -= 1
            return left > 0  # the screen comes first, and the oldest lines last

        writer = ffi.new(WRITER, {"write": write})
        lib.ghostty_snapshot_encode(self.handle, writer[0])
        return data


def _decoded(data: bytearray, decode: Any) -> Vt | None:
    decoder, made = ffi.new(DECODER), ffi.new(TERMINAL)
    held = ffi.from_buffer(data)
    if not data or lib.ghostty_snapshot_decoder_new_buf(ffi.NULL, decoder, held, len(data)):
        return None
    failed = decode(decoder[0], made)
    lib.ghostty_snapshot_decoder_free(decoder[0])
    if failed:
        return None
    fork = Vt.__new__(Vt)
    fork._t, fork._unknown_cb, fork._reply_cb, fork._cb_err = made, None, None, None
    fork._free = weakref.finalize(fork, lib.ghostty_terminal_free, made[0])
    fork._prepare()
    return fork


def _copied(structure: Any) -> Any:
    kind = ffi.typeof(structure)
    made = ffi.new(kind)
    ffi.memmove(made, structure, ffi.sizeof(kind.item))
    return made


def _sized(pointer: Any) -> Any:
    """A new structure that says its size, and so do those in it, where they have a place for that."""
    made = ffi.new(pointer)
    _say_size(made)
    return made


def _say_size(structure: Any) -> None:
    kind = ffi.typeof(structure).item
    for name, field in kind.fields:
        if name == "size":
            structure.size = ffi.sizeof(kind)
        elif field.type.kind == "struct":
            _say_size(ffi.addressof(structure[0], name))


PREPARED = tuple(map(_sized, (POINT, PLACE, SELECTION, OPTIONS)))
"""What a terminal asks and is answered with, empty."""
PREPARED[-1].emit = lib.GHOSTTY_FORMATTER_FORMAT_VT
