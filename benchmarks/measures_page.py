"""A page that is reloaded: how soon its terminal is painted again, in headless Chromium, with the widget's bundle."""

import json
import shutil
import statistics
from typing import Any

from benchmarks.figures import Amounts, Figures
from benchmarks.servers import Ours, Place

__all__ = ["page_reload"]

EARLIER = 8_000_000
"""Bytes that the terminal has printed before."""
LAST = "the last line"
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    "--disable-features=LocalNetworkAccessChecks",  # the page itself comes from nowhere, so it may not ask this machine
]
PATIENCE = 60_000
PAGE = """<!doctype html><title>terminal</title><body style="margin:0"><div id="cell"></div>
<script id="jupyter-config-data" type="application/json">%s</script>
<script>
globalThis.measured = { opened: 0, painted: 0 };
globalThis.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener("open", () => (measured.opened ||= performance.now()));
  }
};
</script>
<script type="module">
import { render } from "/orchflow/static/terminal.js";
const traits = { terminal: %s, name: "", rows: 24, command: null, cwd: "", error: "", theme: "light", size: null };
const nothing = () => {};
const get = (name) => traits[name];
const model = { get, set: nothing, save_changes: nothing, send: nothing, on: nothing, off: nothing };
render({ model, el: document.getElementById("cell") });
const look = ({ term }) => {
  const { active } = term.buffer;
  const row = active.getLine(active.baseY + active.cursorY);
  if (measured.painted === 0 && row?.translateToString(true).startsWith(%s)) measured.painted = performance.now();
};
const find = () => {
  const [view] = globalThis[Symbol.for("orchflow.terminals")].values();
  if (view === undefined) setTimeout(find);
  else view.term.onRender(() => look(view));
};
find();
</script>
"""
"""Where the widget is mounted alone: what JupyterLab takes to load is not ours."""


def page_reload(place: Place, amounts: Amounts) -> Figures:
    """From the opening of a reloaded page's WebSocket until the last line of 8 MB of output is painted."""
    if not isinstance(place, Ours):
        return {}
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        program = None
    if program is None:
        return {}
    with place.create("log", EARLIER) as made, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            page = browser.new_page(viewport={"width": 1000, "height": 600})
            page.set_default_timeout(PATIENCE)
            _open(page, place, made)
            page.locator(".xterm-screen").click()
            page.keyboard.press("x")  # the program begins, in a terminal of this page's size
            _painted(page)
            took = [_reloaded(page) for _ in range(2 * amounts.repeats)]
        finally:
            browser.close()
    return {"p50": statistics.median(took)}


def _open(page: Any, place: Ours, terminal: str) -> None:
    config = json.dumps({"baseUrl": "/", "wsUrl": "", "token": place.server.token})
    body = PAGE % (config, json.dumps(terminal), json.dumps(LAST))
    page.route("**/page", lambda route: route.fulfill(content_type="text/html", body=body))
    page.goto(f"http://127.0.0.1:{place.server.port}/page")


def _reloaded(page: Any) -> float:
    page.reload()
    return _painted(page)


def _painted(page: Any) -> float:
    """Milliseconds from the socket's opening until the last line is painted."""
    page.wait_for_function("measured.painted > 0")
    return float(page.evaluate("measured.painted - measured.opened"))
