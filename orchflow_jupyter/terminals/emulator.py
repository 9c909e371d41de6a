"""The library that parses output (libghostty-vt, by pyghostty): looked for without loading it, loaded once."""

import importlib.util
import logging
from typing import TYPE_CHECKING

from orchflow_jupyter.settings import TerminalSettings

if TYPE_CHECKING:
    from orchflow_jupyter.terminals.screen import Screen

__all__ = ["emulator"]

log = logging.getLogger(__name__)


class _Emulator:
    def __init__(self) -> None:
        self.there = importlib.util.find_spec("pyghostty") is not None

    def start(self, cols: int, rows: int, settings: TerminalSettings) -> "Screen | None":
        """A screen of this size; None where the library does not load here."""
        try:
            from orchflow_jupyter.terminals.screen import Screen
        except (ImportError, OSError) as error:
            log.warning("no snapshots: pyghostty does not load: %s", error)
            self.there = False
            return None
        return Screen(cols, rows, settings.scrollback, settings.scrollback_bytes)

    @property
    def name(self) -> str | None:
        """What makes the snapshots; None where nothing does."""
        return "libghostty-vt" if self.there else None


emulator = _Emulator()
