// Every state of the editor, with a made-up engine. `?dark`, `?width=400`, `?only=<state>`.
import { openSearchPanel } from "@codemirror/search";
import { mount } from "svelte";
import * as Y from "yjs";
import { EditorState, type EditorSettings } from "../src/state/editor.svelte.ts";
import { openGoTo } from "../src/ui/editorPanels.ts";
import { registry } from "../src/ui/editors.ts";
import Editor from "../src/ui/Editor.svelte";
import colours from "../src/ui/editor.css?inline";
import tokens from "../src/ui/tokens.css?inline";
import type { Refusal } from "../src/core/documentsWays.ts";
import { FakeDocumentsWay, type FakeRoom } from "../tests/core/documentsFakes.ts";

const query = new URLSearchParams(location.search);
if (query.has("dark")) document.body.dataset["jpThemeLight"] = "false";
const style = document.createElement("style");
style.textContent = `${tokens}\n${colours}`;
document.head.append(style);

const PYTHON = `"""Trains the model."""

import torch

SCALE = 65_536  # for fp16


@torch.compile
def step(batch: dict[str, torch.Tensor], *, scale: float = 1.0) -> torch.Tensor:
    loss = model(batch)
    # scaled for fp16
    return loss * scale


class Trainer:
    def __init__(self, name: str = "base") -> None:
        self.name = f"{name}-{SCALE}"
        self.done = False
`;
const PICTURE = `"""Fit a line to measurements."""

from pathlib import Path

import numpy as np


def load(path: Path) -> tuple[np.ndarray, np.ndarray]:
    table = np.genfromtxt(path, delimiter=",", skip_header=1)
    return table[:, 0], table[:, 1]


def fit(x: np.ndarray, y: np.ndarray, *, rounds: int = 500, rate: float = 0.01) -> tuple[float, float]:
    slope, start = 0.0, float(y.mean())
    for _ in range(rounds):
        wrong = slope * x + start - y
        slope -= rate * 2 * (wrong * x).mean()
        start -= rate * 2 * wrong.mean()
    return slope, start
`;
const TOML = 'name = "demo"\nlr = 0.01\nepochs = 20\nseed = 1\n';
const now = () => Date.now();
const saved = (room: FakeRoom, ago = 4000) => room.state.set("save", { status: "saved", reason: null, at: now() - ago });
const conflict = (room: FakeRoom, id: string, ours: string, theirs: string, base: string) => {
  const at = room.text.toString().indexOf(ours);
  const place = (index: number) => Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(room.text, index));
  return { id, at: now(), base, ours, theirs, start: place(at), end: place(at + ours.length) };
};

interface Scenario {
  heading: string;
  path?: string;
  text?: string;
  settings?: Partial<EditorSettings>;
  refusal?: Refusal;
  type?: string;
  room?: (room: FakeRoom) => void;
  then?: (room: FakeRoom, host: HTMLElement, way: FakeDocumentsWay) => void;
}
const SCENARIOS: Record<string, Scenario> = {
  saved: { heading: "saved", room: (room) => (saved(room), room.show(7, "guest", "#d6287f", 190), room.show(8, "agent", "#15803d", 240, 262)) },
  picture: {
    heading: "the picture in README.md",
    text: PICTURE.trimEnd(),
    path: "src/fit.py",
    settings: { height: 500, line: 15 },
    room: (room) => saved(room, 800),
    then: (room, host) => {
      registry.get(host)!.view.focus();
      room.show(7, "Grace", "#d6287f", PICTURE.indexOf("slope -= rate"), PICTURE.indexOf("\n        start -="));
      room.show(8, "Linus", "#0e7490", PICTURE.indexOf(" as np") + 6);
    },
  },
  busy: {
    heading: "busy",
    room: (room) => {
      saved(room, 100);
      const names = ["Grace Hopper", "Ada", "agent", "somebody with a rather long name", "Linus", "Guido"];
      names.forEach((name, at) => room.show(10 + at, name, `#${["d6287f", "2563eb", "15803d", "b45309", "7c3aed", "0e7490"][at]}`, 6 + at * 68, 6 + at * 68 + (at % 2) * 120));
    },
  },
  unsaved: { heading: "not saved yet", room: (room) => room.state.set("save", { status: "unsaved", reason: null, at: now() - 9000 }) },
  saving: { heading: "saving", room: (room) => room.state.set("save", { status: "saving", reason: null, at: now() - 9000 }) },
  edge: {
    heading: "somebody at the end of a line, and of the text",
    text: "# a line that is as long as the text is wide ab\n\nlast",
    room: (room) => (saved(room), room.show(7, "somebody with a rather long name", "#d6287f", 44), room.show(8, "Grace Hopper", "#15803d", 53)),
  },
  failed: { heading: "a save failed", room: (room) => room.state.set("save", { status: "failed", reason: "no space is left on the device", at: now() - 60_000 }) },
  waiting: { heading: "the server is away", room: (room) => room.state.set("save", { status: "waiting", reason: "the Jupyter server is away", at: now() - 60_000 }) },
  readonly: { heading: "read only", settings: { readonly: true }, room: (room) => saved(room) },
  lost: { heading: "connection lost", room: (room) => saved(room), then: (room, host) => (room.cut(1006), registry.get(host)!.view.dispatch({ changes: { from: 0, insert: "# typed offline\n" } })) },
  conflict: {
    heading: "changed here and in the file",
    path: "config.toml",
    text: TOML,
    room: (room) => {
      room.state.set("save", { status: "unsaved", reason: null, at: now() });
      room.state.set("conflicts", [conflict(room, "c1", "lr = 0.01\nepochs = 20\n", "lr = 0.003\nwarmup = 100\nepochs = 20\n", "lr = 0.1\nepochs = 20\n"), conflict(room, "c2", "seed = 1\n", "", "seed = 0\n")]);
    },
  },
  offer: {
    heading: "edits of another history",
    text: PYTHON,
    room: (room) => room.state.set("offers", [{ id: "o1", at: now(), author: "Grace", base: PYTHON, text: PYTHON.replace("loss = model(batch)", "loss = model(batch).mean()").replace("fp16", "bf16") }]),
  },
  deleted: { heading: "deleted", room: (room) => room.state.set("file", { status: "deleted", encoding: "utf-8", bom: false, line_end: "\n", writable: true, message: null }) },
  find: { heading: "finding and replacing", room: (room) => saved(room), then: (_room, host) => find(host) },
  goto: { heading: "going to a line", room: (room) => saved(room), settings: { line: 9 }, then: (_room, host) => void openGoTo(registry.get(host)!.view) },
  empty: { heading: "an empty file", text: "", path: "notes.md", room: (room) => saved(room) },
  markdown: { heading: "Markdown", path: "docs/a-rather-long-name-of-a-file-in-a-narrow-place.md", text: "# Title\n\nSome *emphasis*, some **strength**, a [link](https://jupyter.org) and `code`.\n\n- one\n- two\n\n```python\nprint('hello')\n```\n", room: (room) => saved(room, 3_700_000) },
  big: { heading: "10 MB", path: "log.py", text: "x = 1  # a line that is there many times\n".repeat(256_000), room: (room) => saved(room) },
  gone: { heading: "not there", refusal: { kind: "gone", reason: "there is no file 'src/train.py'" } },
  binary: { heading: "no text", path: "model.bin", refusal: { kind: "failed", reason: "model.bin is no text: its byte 4 is 0" } },
  refused: { heading: "not allowed", refusal: { kind: "refused", reason: "You are not authorized to read orchflow:documents." } },
  notebook: { heading: "a notebook", path: "analysis.ipynb", type: "notebook" },
  error: { heading: "the kernel cannot", settings: { error: "/etc/passwd is outside of /home/ada/project, the engine's root, and cannot be edited." } },
  connecting: { heading: "connecting", refusal: { kind: "unreachable" } },
};

function find(host: HTMLElement): void {
  const { view } = registry.get(host)!;
  view.dispatch({ selection: { anchor: PYTHON.indexOf("scale"), head: PYTHON.indexOf("scale") + 5 } });
  openSearchPanel(view);
  setTimeout(() => host.querySelector<HTMLElement>('[aria-label="Replace"]')?.click());
}

const only = query.get("only");
for (const [name, scenario] of Object.entries(SCENARIOS)) {
  if (only !== null && !only.split(",").includes(name)) continue;
  const heading = document.createElement("h2");
  heading.textContent = scenario.heading;
  const box = document.createElement("div");
  box.id = name;
  box.style.width = query.has("width") ? `${query.get("width")}px` : "100%";
  document.body.append(heading, box);
  const path = scenario.path ?? "src/train.py";
  const settings: EditorSettings = { path, line: 0, readonly: false, height: 260, theme: "auto", error: "", ...scenario.settings };
  const way = new FakeDocumentsWay();
  const room = way.make(path, "r1", scenario.text ?? PYTHON);
  way.refusal = scenario.refusal ?? null;
  if (scenario.type !== undefined) way.opened = { type: scenario.type };
  scenario.room?.(room);
  const state = new EditorState(settings, { webSocket: way, comm: null, name: "Ada", seed: 0 });
  mount(Editor, { target: box, props: { state, openInJupyter: () => {} } });
  const { then } = scenario;
  if (then !== undefined)
    setTimeout(() => {
      const host = box.querySelector<HTMLElement>(".orchflow-editor")!;
      if (name === "lost") way.refusal = { kind: "unreachable" };
      then(room, host, way);
    }, 500);
}
