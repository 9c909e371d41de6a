"""Pages in headless Chromium, with the widget's bundle: how soon a reloaded one is painted, and a flood's end is."""

import json
import statistics
import time
from typing import Any

from benchmarks.browser import Browser, driven, program
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
PAGE = """<!doctype html><link rel="icon" href="data:,">
<title>terminal</title><body style="margin:0"><div id="cell"></div>
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
import { render } from "/orchflow/static/terminal.js?v=kept";
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
  said(painted - began);
};
const find = () => {
  const [view] = globalThis[Symbol.for("orchflow.terminals")].values();
  if (view === undefined) setTimeout(find);
  else view.term.onRender(() => look(view));
};
find();
%s
</script>
"""
"""Where the widget is mounted alone: what JupyterLab takes to load is not ours."""
TELL = "const said = (took) => console.log(`painted ${took}`);"
"""To ask it by a script would cost it some 15 ms in the meantime."""
RELOAD = """
const took = JSON.parse(sessionStorage.took ?? "null");
// The program begins with a key, in a terminal of this page's size, and its end is not measured the first time.
const said = (time) => {
  sessionStorage.took = JSON.stringify(took === null ? [] : [...took, time]);
  if ((took?.length ?? 0) + 1 < %d) setTimeout(() => location.reload(), 300);
  else document.title = `said ${sessionStorage.took}`;
};
if (took === null) {
  const begin = () => {
    const [{ connection }] = globalThis[Symbol.for("orchflow.terminals")].values();
    if (connection?.phase !== "live") setTimeout(begin, 100);
    else connection.input(new TextEncoder().encode("x"));
  };
  setTimeout(begin, 1000);
}
"""


def page_reload(place: Place, amounts: Amounts) -> Figures:
    """From the opening of a reloaded page's WebSocket until the last line of 8 MB of output is painted."""
    chromium = program()
    if chromium is None or not isinstance(place, Ours):
        return {}
    with place.create("log", EARLIER) as made, Browser(chromium) as browser:
        body = _body(place, made, LAST, RELOAD % (2 * amounts.repeats + 1))
        took = browser.told(place.server.page("reload.html", body))
    return {"p50": statistics.median(took)}


def interrupt(place: Place, amounts: Amounts) -> Figures:
    """From Ctrl-C in a flood until the prompt behind it is painted."""
    if not isinstance(place, Ours):
        return {}
    took: dict[str, list[float]] = {name: [] for name in FLOODS}
    body = {"command": SHELL, "env": {"PS1": f"{PROMPT} "}}
    made = json.loads(place.server.request("POST", "/orchflow/api/terminals", body))["id"]
    try:
        with driven() as page:
            if page is None:
                return {}
            page.goto(place.server.page("terminal.html", _body(place, made, PROMPT, TELL)))
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


def _body(place: Ours, terminal: str, text: str, said: str) -> str:
    config = json.dumps({"baseUrl": "/", "wsUrl": "", "token": place.server.token})
    return PAGE % (config, json.dumps(terminal), json.dumps(text), said)


def _painted(page: Any) -> Any:
    """What the page says of the next painting. Asking it by a script would cost it some 15 ms in the meantime."""
    return page.expect_console_message(lambda message: message.text.startswith("painted"))


def _milliseconds(said: Any) -> float:
    return float(said.value.text.split()[1])
