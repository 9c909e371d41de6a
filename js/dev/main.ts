// Every state of a terminal's view, with made-up content. `?dark`, `?width=400`, `?only=<state>`.
import xtermCss from "@xterm/xterm/css/xterm.css?inline";
import { mount } from "svelte";
import type { Verdict } from "../src/core/route.ts";
import type { Connector } from "../src/core/transport.ts";
import { encode, type Hello } from "../src/protocol/terminal.ts";
import type { Settings } from "../src/state/settings.ts";
import { TerminalState } from "../src/state/terminal.svelte.ts";
import Terminal from "../src/ui/Terminal.svelte";
import tokens from "../src/ui/tokens.css?inline";
import { View } from "../src/ui/view.svelte.ts";

const query = new URLSearchParams(location.search);
if (query.has("dark")) document.body.dataset["jpThemeLight"] = "false";
const style = document.createElement("style");
style.textContent = `.orchflow{${xtermCss}}\n${tokens}`;
document.head.append(style);

const B = "\x1b]633;B;n\x07";
const C = "\x1b]633;C;n\x07";
const D = "\x1b]633;D;0;n\x07";
const WORK =
  `$ ${B}git pull\r\n${C}Already up to date.\r\n${D}$ ${B}make lint\r\n${C}` +
  "\x1b[34msrc/engine.py:41\x1b[m: \x1b[31merror\x1b[m: name 'ring' is not defined\r\n" +
  `${D}$ ${B}pytest -q\r\n${C}` +
  "\x1b[32m........................................\x1b[m [ 61%]\r\n\x1b[32m..........\x1b[m";
const COLOURS =
  "\x1b[1mnormal\x1b[m  " + [0, 1, 2, 3, 4, 5, 6, 7].map((n) => `\x1b[3${n}mcolour ${n}\x1b[m`).join(" ") +
  "\r\n\x1b[1mbright\x1b[m  " + [0, 1, 2, 3, 4, 5, 6, 7].map((n) => `\x1b[9${n}mcolour ${n}\x1b[m`).join(" ") +
  "\r\n\x1b[30;42m  black on green  \x1b[m \x1b[37;44m white on blue \x1b[m \x1b[7m reversed \x1b[m \x1b[4munderlined\x1b[m \x1b[1mbold\x1b[m \x1b[3mitalic\x1b[m" +
  "\r\nwide 日本語 한국어 · family 👨‍👩‍👧‍👦 · flag 🇨🇭 · link https://jupyter.org/about\r\n$ ";

interface Scenario {
  heading: string;
  settings?: Partial<Settings>;
  hello?: Partial<Hello>;
  content?: string;
  /** What happens after the content. */
  then?(engine: FakeEngine, state: TerminalState, view: View): void;
  verdict?: Verdict;
  silent?: boolean;
  /** Its size is somebody else's. */
  stubborn?: boolean;
}

class FakeEngine {
  #send: (bytes: Uint8Array) => void = () => {};
  #close: (code: number, reason: string) => void = () => {};
  #opened = 0;
  readonly scenario: Scenario;
  constructor(scenario: Scenario) {
    this.scenario = scenario;
  }
  connector(state: () => TerminalState, view: () => View): Connector {
    return {
      kind: "websocket",
      open: (_request, events) => {
        this.#send = (bytes) => events.message(bytes);
        this.#close = (code, reason) => events.close(code, reason);
        const first = this.#opened++ === 0;
        setTimeout(() => {
          if (!first || this.scenario.silent) return this.close(1006);
          this.hello();
          this.output(this.scenario.content ?? WORK);
          setTimeout(() => this.scenario.then?.(this, state(), view()), 100);
        });
        return {
          send: (bytes) => {
            if (bytes[0] === 5) setTimeout(() => this.#send(Uint8Array.from(bytes, (byte, at) => (at === 0 ? 0x88 : byte))));
            if (bytes[0] === 2 && !this.scenario.stubborn) setTimeout(() => this.#send(Uint8Array.from(bytes, (byte, at) => (at === 0 ? 0x83 : byte))));
          },
          close: () => {},
        };
      },
    };
  }
  hello(): void {
    const now = Date.now();
    const model: Hello = {
      id: "t1", name: "build", command: ["bash", "-l"], cwd: "/home/ada/project", pid: 4242, cols: 80, rows: 24,
      created: new Date(now - 133_000).toISOString(), last_activity: new Date(now).toISOString(), state: "running", exit: null,
      clients: 1, offset: 0, busy: true, title: "", attachment: "a", writable: true, window: 524_288, input: 0, protocol: 1,
      ...this.scenario.hello,
    };
    this.#send(encode({ op: "HELLO", sequence: 0, timestamp: now * 1000, model: { ...model } }));
  }
  content = "";
  output(text: string): void {
    this.content += text;
    this.#send(encode({ op: "OUTPUT", sequence: 0, timestamp: 0, data: new TextEncoder().encode(text) }));
  }
  /** A command that began `ago` ms ago and has ended with `exit_code`, or runs. Its output is where its marks are in the content. */
  command(nth: number, command: string, ago: number, exit_code: number | null = null, duration = 0): void {
    const places = [...this.content.matchAll(/\x1b\]633;([CD]);[^\x07]*\x07/g)];
    const bytes = (text: string) => new TextEncoder().encode(text).length;
    const start = places.filter(([, kind]) => kind === "C")[nth]!;
    const end = places.filter(([, kind]) => kind === "D")[nth];
    const event = {
      kind: exit_code === null ? "command_started" : "command_finished",
      command, cwd: "/home/ada/project", started: new Date(Date.now() - ago).toISOString(), ended: null, exit_code,
      duration: exit_code === null ? null : duration,
      start: bytes(this.content.slice(0, start.index)) + start[0].length,
      end: exit_code === null ? null : bytes(this.content.slice(0, end!.index)),
    };
    this.#send(encode({ op: "EVENT", sequence: event.end ?? event.start, timestamp: 0, event }));
  }
  exit(code: number | null, signal: string | null = null): void {
    this.#send(encode({ op: "EXIT", sequence: 0, timestamp: Date.now() * 1000, code, signal }));
    this.close(1000);
  }
  close(code: number, reason = ""): void {
    this.#close(code, reason);
  }
}

function atWork(engine: FakeEngine): void {
  engine.command(0, "git pull", 90_000, 0, 0.4);
  engine.command(1, "make lint", 60_000, 2, 3.1);
  engine.command(2, "pytest -q", 12_000);
}

const deploy = { name: "deploy", command: ["./deploy.sh", "staging"] };
const SCENARIOS: Record<string, Scenario> = {
  live: { heading: "at work", then: atWork, hello: { title: "pytest -q" } },
  colours: { heading: "colours", content: COLOURS },
  long: { heading: "long name", settings: { name: "integration tests of the payment service, eu-central-1, nightly run" }, hello: { title: "vim a/very/long/path/to/some/file/that/never/ends.py" } },
  lost: {
    heading: "connection lost (content stays, keys are kept)",
    then(engine, state) {
      engine.close(1006);
      for (const key of "abc") state.input(new TextEncoder().encode(key));
    },
  },
  ended: { heading: "ended with an error", settings: deploy, content: "$ ./deploy.sh staging\r\n\x1b[31mrollout failed: 1 of 4 pods not ready\x1b[m\r\n", then: (engine) => engine.exit(1) },
  done: { heading: "ended well", settings: deploy, content: "$ ./deploy.sh staging\r\ndone\r\n", then: (engine) => engine.exit(0) },
  killed: { heading: "killed", settings: deploy, then: (engine) => engine.exit(null, "KILL") },
  gone: { heading: "gone", then: (engine) => engine.close(4404) },
  refused: { heading: "refused", then: (engine) => engine.close(4403, "You may watch this terminal, not type in it. Its owner can allow it.") },
  taken: { heading: "taken over", then: (engine) => engine.close(4408) },
  error: { heading: "error from the kernel", settings: { terminal: "", error: "There is no directory /home/ada/projct. Name one that exists, or leave cwd out." } },
  connecting: { heading: "no answer yet", silent: true },
  failed: { heading: "no extension", silent: true, verdict: { kind: "foreign" } },
  asking: { heading: "several lines to paste", then: (_engine, state) => state.pasted("make lint\nmake test\n".repeat(6), false) },
  cut: { heading: "a line too long for the program", then: (_engine, state) => state.pasted("x".repeat(16_395), true) },
  pasting: { heading: "a long paste", then: (_engine, state) => state.input(new Uint8Array(10_000_000)) },
  search: { heading: "search", content: WORK + "\r\n", then: (_engine, state) => (state.searching = true) },
  follows: { heading: "another view's size", hello: { cols: 44, rows: 3, clients: 2 }, stubborn: true },
  larger: { heading: "another view's larger size", hello: { cols: 250, rows: 6, clients: 2 }, stubborn: true },
  watched: { heading: "another view's size, only to watch", hello: { cols: 44, rows: 3, clients: 2, writable: false } },
};

const only = query.get("only");
for (const [name, scenario] of Object.entries(SCENARIOS)) {
  if (only !== null && only !== name) continue;
  const heading = document.createElement("h2");
  heading.textContent = scenario.heading;
  const box = document.createElement("div");
  box.id = name;
  box.style.width = query.has("width") ? `${query.get("width")}px` : "100%";
  document.body.append(heading, box);
  const engine = new FakeEngine(scenario);
  const state: TerminalState = new TerminalState(
    { terminal: "t1", name: "build", rows: name === "live" || name === "colours" ? 7 : 4, command: null, cwd: "", error: "", theme: "auto", size: null, marks: true, ...scenario.settings },
    {
      webSocket: engine.connector(() => state, () => view),
      comm: null,
      probe: () => Promise.resolve(scenario.verdict ?? { kind: "unreachable" }),
      create: () => Promise.resolve("t2"),
      remove: () => Promise.resolve(),
      canonical: () => Promise.resolve(true),
      rename: () => {},
    },
  );
  const view: View = new View(state);
  mount(Terminal, { target: box, props: { view } });
}
