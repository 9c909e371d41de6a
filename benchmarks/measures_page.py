"""Pages in headless Chromium, with the widget's bundle: how soon a reloaded one is painted, and a flood's end is."""

import contextlib
import json
import shutil
import statistics
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.figures import Amounts, Figures
from benchmarks.servers import Ours, Place

__all__ = ["interrupt", "page_reload"]

EARLIER = 8_000_000
"""Bytes that the terminal has printed before."""
LAST = "the last line"
SHELL = ["bash", "--norc", "--noprofile"]
PROMPT = "done>"
FLOODS = {"yes": "yes", "random": "base64 /dev/urandom"}
FLOODED = 1.0
"""Seconds of flood before it is interrupted."""
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    "--disable-features=LocalNetworkAccessChecks",  # the page itself comes from nowhere, so it may not ask this machine
]
PATIENCE = 60_000
PAGE = """<!doctype html><title>terminal</title><body style="margin:0"><div id="cell"></div>
<script id="jupyter-config-data" type="application/json">%s</script>
<script>
// From the socket's opening, or from Ctrl-C.
let began = 0, painted = 0;
globalThis.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener("open", () => (began ||= performance.now()));
  }
};
addEventListener("keydown", ({ key, ctrlKey, timeStamp }) => {
  if (ctrlKey && key === "c") [began, painted] = [timeStamp, 0];
}, true);
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
  if (painted !== 0 || row?.translateToString(true).trimEnd() !== %s) return;
  painted = performance.now();
  console.log(`painted ${painted - began}`);
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
    with place.create("log", EARLIER) as made, _page(place, made, LAST) as page:
        if page is None:
            return {}
        page.locator(".xterm-screen").click()
        with _painted(page):
            page.keyboard.press("x")  # the program begins, in a terminal of this page's size
        took = []
        for _ in range(2 * amounts.repeats):
            with _painted(page) as said:
                page.reload()
            took.append(_milliseconds(said))
    return {"p50": statistics.median(took)}


def interrupt(place: Place, amounts: Amounts) -> Figures:
    """From Ctrl-C in a flood until the prompt behind it is painted."""
    if not isinstance(place, Ours):
        return {}
    took: dict[str, list[float]] = {name: [] for name in FLOODS}
    body = {"command": SHELL, "env": {"PS1": f"{PROMPT} "}}
    made = json.loads(place.server.request("POST", "/orchflow/api/terminals", body))["id"]
    try:
        with _page(place, made, PROMPT) as page:
            if page is None:
                return {}
            page.locator(".xterm-screen").click()
            for name, command in list(FLOODS.items()) * amounts.repeats:
                page.keyboard.type(f"{command}\n")
                time.sleep(FLOODED)
                with _painted(page) as said:
                    page.keyboard.press("Control+c")
                took[name].append(_milliseconds(said))
    finally:
        place.server.request("DELETE", f"/orchflow/api/terminals/{made}")
    return {f"{name}, p50": statistics.median(times) for name, times in took.items()}


@contextlib.contextmanager
def _page(place: Ours, terminal: str, text: str) -> Iterator[Any]:
    """A page with that terminal, which tells when a line that is `text` is painted; None without Chromium."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        program = None
    if program is None:
        yield None
        return
    config = json.dumps({"baseUrl": "/", "wsUrl": "", "token": place.server.token})
    body = PAGE % (config, json.dumps(terminal), json.dumps(text))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            page = browser.new_page(viewport={"width": 1000, "height": 600})
            page.set_default_timeout(PATIENCE)
            page.route("**/page", lambda route: route.fulfill(content_type="text/html", body=body))
            page.goto(f"http://127.0.0.1:{place.server.port}/page")
            yield page
        finally:
            browser.close()


def _painted(page: Any) -> Any:
    """What the page says of the next painting. Asking it by a script would cost it some 15 ms in the meantime."""
    return page.expect_console_message(lambda message: message.text.startswith("painted"))


def _milliseconds(said: Any) -> float:
    return float(said.value.text.split()[1])
