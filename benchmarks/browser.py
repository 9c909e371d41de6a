"""A headless Chromium: with a driver where keys are to be typed, and without, for what a driver would slow down.

A driver is sent a copy of each WebSocket message, and that would be measured, too. Without one, a page tells what it
measured by its title, which the browser's list of pages shows.
"""

import contextlib
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

__all__ = ["Browser", "driven", "program"]

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    "--disable-features=LocalNetworkAccessChecks",  # a driver's page comes from nowhere, and may not ask this machine
]
ALONE = [
    *("--headless=new", "--remote-debugging-port=0", "--no-default-browser-check", "--disable-extensions"),
    *("--disable-component-update", "--disable-sync", "--window-size=1000,700", "--hide-scrollbars"),
]
PATIENCE = 60.0
"""Seconds for a page to tell something."""
LOOK = 0.2
"""Seconds between two looks at the pages' titles."""
SAID = "said "


def program() -> str | None:
    """The browser; None where there is none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextlib.contextmanager
def driven() -> Iterator[Any]:
    """An empty page that Playwright drives; None without it, or without Chromium."""
    chromium = program()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        yield None
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            page = browser.new_page(viewport={"width": 1000, "height": 600})
            page.set_default_timeout(PATIENCE * 1000)
            yield page
        finally:
            browser.close()


class Browser:
    """The browser `executable`, with a profile of its own."""

    def __init__(self, executable: str) -> None:
        self._executable = executable
        self._folder = tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True)
        self._process: subprocess.Popen[bytes] | None = None

    def told(self, address: str) -> Any:
        """What the page at `address` tells, as `document.title = "said " + JSON.stringify(it)`."""
        self._process = subprocess.Popen(
            [self._executable, *FLAGS, *ALONE, f"--user-data-dir={self._folder.name}", address],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            time.sleep(LOOK)
            for title in self._titles():
                if title.startswith(SAID):
                    return json.loads(title.removeprefix(SAID))
        raise TimeoutError(f"the page told nothing for {PATIENCE} s")

    def _titles(self) -> list[str]:
        try:
            port = Path(self._folder.name, "DevToolsActivePort").read_text().splitlines()[0]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=PATIENCE) as answer:
                return [page["title"] for page in json.load(answer)]
        except OSError:  # it is only just starting
            return []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
        self._folder.cleanup()
