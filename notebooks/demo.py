"""`make demo HEADLESS=1`: run the first notebook in headless Chromium, type into it, say how fast it was.

Starts a JupyterLab of its own in `build/demo`, isolated from yours, and leaves a screenshot under `build/`.
"""

import shutil
import statistics
import sys
from pathlib import Path

from tests.support.browser import Notebook, browsable, chromium

BUILD = Path(__file__).parents[1] / "build"
NOTEBOOK = Path(__file__).with_name("01-terminal.ipynb")
KEYS = 300
BETWEEN_KEYS = 20
"""Milliseconds between two keys: a fast typist's."""


def main():
    """Run it; the exit code says whether all went well."""
    shutil.rmtree(BUILD / "demo", ignore_errors=True)
    server = browsable(BUILD / "demo")
    shutil.copy(NOTEBOOK, server.root)
    with server, chromium() as context:
        notebook = Notebook(context, server, NOTEBOOK.name)
        notebook.run_all()
        terminal = notebook.terminal(0).wait_for_state("live")
        terminal.run("stty size; echo it is $((6 * 7))")
        terminal.wait_for_text("it is 42")
        terminal.type("#" + "x" * KEYS, delay=BETWEEN_KEYS)
        terminal.page.keyboard.press("Enter")
        terminal.wait_for_text("x" * KEYS)
        notebook.page.wait_for_timeout(500)
        picture = BUILD / "demo.png"
        notebook.page.screenshot(path=str(picture))
        keys = [key for key in terminal.keystrokes() if key["painted"]][-KEYS:]
        how = f"by {terminal.attribute('transport')}, drawn with {terminal.attribute('renderer')}"
        print(f"terminal: {terminal.state}, {how}")
        tell("key sent to echo received", [key["echoed"] - key["sent"] for key in keys])
        tell("key sent to echo painted", [key["painted"] - key["sent"] for key in keys])
        print(f"screenshot: {picture.relative_to(BUILD.parent)}")
        if context.complaints:
            print("the page complained:", *context.complaints, sep="\n  ", file=sys.stderr)
    return 1 if context.complaints or len(keys) < KEYS else 0


def tell(what, times):
    """One line of figures in milliseconds."""
    cuts = statistics.quantiles(times, n=100)
    print(f"{what}: p50 {cuts[49]:.2f} ms, p95 {cuts[94]:.2f} ms, p99 {cuts[98]:.2f} ms ({len(times)} keys)")


if __name__ == "__main__":
    sys.exit(main())
