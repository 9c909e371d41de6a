"""A file in the editor: how soon it is painted, and how soon a key is, in headless Chromium, as the widget."""

import json
import statistics
import time

from benchmarks.browser import Browser, driven, program
from benchmarks.figures import Amounts, Figures
from benchmarks.servers import Ours, Place

__all__ = ["editor_keys", "editor_open"]

LINE = "    loss = model(batch) * scale  # the {:08d}th of many lines of a long program\n"
MIB = 1024 * 1024
APART = 0.1
"""Seconds between two keys, as one types."""
PAGE = """<!doctype html><link rel="icon" href="data:,">
<title>editor</title><body style="margin:0"><div id="cell"></div>
<script id="jupyter-config-data" type="application/json">%s</script>
<script>
globalThis.measured = { keys: [] };
const painted = (then) => requestAnimationFrame(() => setTimeout(() => then(performance.now())));
addEventListener("keydown", (event) => {
  const began = event.timeStamp;
  painted((now) => measured.keys.push(now - began));
}, true);
</script>
<script type="module">
import { render } from "/orchflow/static/editor.js";
// What a page loads once is not the opening of a file.
await import(%s);
const files = %s;
const took = JSON.parse(sessionStorage.took ?? "[]");
const path = files[took.length];
const traits = { path, line: 0, height: 500, readonly: false, theme: "light", error: "", user: "bench", root: "" };
const nothing = () => {};
const get = (name) => traits[name];
const model = { get, set: nothing, save_changes: nothing, send: nothing, on: nothing, off: nothing };
const began = performance.now();
render({ model, el: document.getElementById("cell") });
let first = null;
new MutationObserver((_, observer) => {
  const lines = document.querySelector(".orchflow-editor .lines, .cm-content");
  if (lines?.textContent.length > 0) first ??= new Promise((then) => painted(then));
  if (document.querySelector(".orchflow-editor[data-state=live]") === null) return;
  observer.disconnect();
  painted(async (whole) => {
    took.push([(await first) - began, whole - began]);
    sessionStorage.took = JSON.stringify(took);
    if (took.length < files.length) setTimeout(() => location.reload(), 300);
    else document.title = `said ${sessionStorage.took}`;
  });
}).observe(document.body, { childList: true, subtree: true, attributeFilter: ["data-state"] });
</script>
"""
"""Where the widget is mounted alone: what JupyterLab takes to load is not ours."""


def editor_open(place: Place, amounts: Amounts) -> Figures:
    """A file of 1 MiB that nobody has open, until its first lines are painted, and until all of it is there."""
    chromium = program()
    if chromium is None or not isinstance(place, Ours):
        return {}
    files = [_file(place, f"open-{n}.py", MIB) for n in range(2 * amounts.repeats + 1)]
    with Browser(chromium) as browser:
        _, *took = browser.told(_address(place, "open.html", files))  # with the first one the browser is only starting
    return {
        "p50": statistics.median(first for first, _ in took),
        "all of it, p50": statistics.median(whole for _, whole in took),
    }


def editor_keys(place: Place, amounts: Amounts) -> Figures:
    """Keys in the middle of a file of 10 MiB, each until it is painted."""
    if not isinstance(place, Ours):
        return {}
    with driven() as page:
        if page is None:
            return {}
        page.goto(_address(place, "keys.html", [_file(place, "keys.py", 10 * MIB)]))
        page.wait_for_function("document.title.startsWith('said')")
        page.evaluate(
            "[...globalThis[Symbol.for('orchflow.editors')].values()].map(({ view }) => { view.focus(); "
            "view.dispatch({ selection: { anchor: view.state.doc.length >> 1 }, scrollIntoView: true }); })"
        )
        for _ in range(amounts.slow_keys):
            page.keyboard.press("x")
            time.sleep(APART)
        page.wait_for_function("count => measured.keys.length >= count", arg=amounts.slow_keys)
        keys = sorted(page.evaluate("measured.keys"))
    return {"p50": statistics.median(keys), "p99": keys[min(len(keys) - 1, int(len(keys) * 0.99))]}


def _file(place: Ours, name: str, size: int) -> str:
    lines = size // len(LINE.format(0))
    (place.server.root / name).write_text("".join(LINE.format(n) for n in range(lines)))
    return name


def _address(place: Ours, name: str, files: list[str]) -> str:
    """A page that opens these files, one after another, each with a page of its own, and tells how long that took."""
    config = json.dumps({"baseUrl": "/", "wsUrl": "", "token": place.server.token})
    entry = place.server.request("GET", "/orchflow/static/editor.js").decode()
    program = "/orchflow/static/" + entry.split("import(")[1].split(")")[0].strip("`\"'").removeprefix("./")
    return place.server.page(name, PAGE % (config, json.dumps(program), json.dumps(files)))
