// Every state of the widget of file events, with made-up changes. `?dark`, `?width=400`, `?only=<state>`.
import { mount } from "svelte";
import type { FilesListener } from "../src/core/filesWays.ts";
import { FilesState, type FilesSettings } from "../src/state/files.svelte.ts";
import type { Rerun } from "../src/state/filesStrip.ts";
import Files from "../src/ui/Files.svelte";
import tokens from "../src/ui/tokens.css?inline";

const query = new URLSearchParams(location.search);
if (query.has("dark")) document.body.dataset["jpThemeLight"] = "false";
const style = document.createElement("style");
style.textContent = tokens;
document.head.append(style);

const RERUN: Rerun = {
  kind: "command", name: "pytest -q", state: "passed", how: "", duration: 3.2, after: "src/engine/session.py", others: 0, runs: 3, queued: false, terminal: "t1",
};
const FEW = [
  ["deleted", "src/old.py", 31],
  ["moved", "src/terminals/ring.py", 14, "src/ring.py"],
  ["created", "src/engine/screen.py", 9],
  ["modified", "src/engine/session.py", 4],
  ["modified", "src/engine/session.py", 3],
  ["modified", "src/engine/session.py", 2],
] as const;
const MANY = Array.from({ length: 12_000 }, (_, file) => ["created", `src/node_${file % 40}/lib/module_with_a_rather_long_name_${file}/index.js`, (12_000 - file) / 200] as const);

interface Scenario {
  heading: string;
  settings?: Partial<FilesSettings>;
  events?: readonly (readonly [string, string, number, string?])[];
  mode?: string;
  hello?: boolean;
  then?: (state: FilesState, listener: FilesListener) => void;
}
const failed = { ...RERUN, state: "failed", how: "exit code 1" } as const;
const SCENARIOS: Record<string, Scenario> = {
  rerun: { heading: "with a command that reruns", settings: { rerun: RERUN }, events: FEW },
  running: { heading: "running", settings: { rerun: { ...RERUN, state: "running", queued: true } }, events: FEW },
  failed: { heading: "failed", settings: { rerun: failed }, events: FEW },
  stopped: { heading: "stopped", settings: { rerun: { ...RERUN, state: "stopped" } }, events: FEW },
  cell: { heading: "a cell", settings: { path: "data.csv", rerun: { ...RERUN, kind: "cell", name: "The cell", state: "failed", how: "NameError: name 'frame' is not defined", after: "data.csv", terminal: "" } }, events: [["modified", "data.csv", 2]] },
  tree: { heading: "as a tree", events: FEW, then: (state) => (state.asTree = true) },
  filter: { heading: "filtered", events: FEW, then: (state) => ((state.filtering = true), (state.filter = "engine")) },
  busy: { heading: "12,000 files", events: MANY },
  busytree: { heading: "the same as a tree", events: MANY, then: (state) => ((state.asTree = true), (state.closed = new Set(["node_0"]))) },
  empty: { heading: "nothing yet", mode: "polling" },
  wait: { heading: "nothing run yet", settings: { rerun: { ...RERUN, state: "waiting", runs: 0, terminal: "" } } },
  paused: { heading: "paused", events: FEW, then: (state, listener) => (state.pause(true), setTimeout(() => say(listener, [["modified", "src/late.py", 0]]), 300)) },
  missed: { heading: "something was missed", events: FEW, then: (_state, listener) => listener.message(JSON.stringify({ type: "resync", clock: "c", reason: "limit", path: "src/big", message: "Raise it: sudo sysctl fs.inotify.max_user_watches=1048576" })) },
  lost: { heading: "connection lost", events: FEW, then: (_state, listener) => listener.close(1006, "") },
  gone: { heading: "not there", hello: false, then: (_state, listener) => listener.close(4404, "") },
  refused: { heading: "not allowed", hello: false, then: (_state, listener) => listener.close(4403, "You are not authorized to read orchflow:files.") },
  error: { heading: "the kernel cannot", settings: { error: "/etc is outside of the server's directory /home/ada/project, and cannot be watched." } },
  connecting: { heading: "connecting", hello: false },
};

let clock = 0;
function say(listener: FilesListener, events: readonly (readonly [string, string, number, string?])[]): void {
  for (const [kind, path, age, from] of events) {
    const event = { kind, path, is_dir: false, ...(from === undefined ? {} : { from }) };
    listener.message(JSON.stringify({ type: "batch", clock: String(++clock), events: [event], first_seen: 0, sent: age * 1e6 }));
  }
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
  const settings: FilesSettings = { path: "src", also: [], error: "", theme: "auto", height: 260, rerun: null, ...scenario.settings };
  let listener: FilesListener | null = null;
  const state = new FilesState(settings, {
    webSocket: { kind: "websocket", open: (_request, given) => ((listener ??= given), { send: () => {}, close: () => {} }) },
    comm: null,
    probe: () => Promise.resolve({ kind: "unreachable" }),
    recursive: true,
    ignore: [],
    frame: (call) => {
      const request = requestAnimationFrame(call);
      return () => cancelAnimationFrame(request);
    },
  });
  mount(Files, { target: box, props: { state, address: (path) => `#${path}`, open: () => false, ask: () => {}, showOutput: () => () => {} } });
  setTimeout(() => {
    if (listener === null) return;
    if (scenario.hello !== false) listener.message(JSON.stringify({ type: "hello", clock: "c", path: settings.path, mode: scenario.mode ?? "native", window_ms: 50 }));
    say(listener, scenario.events ?? []);
    setTimeout(() => scenario.then?.(state, listener!), 100);
  });
}
