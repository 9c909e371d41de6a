// Every state of the metrics widget, with made-up figures. `?dark`, `?width=400`, `?only=<state>`.
import { mount } from "svelte";
import { RefusedError, type Figures } from "../src/core/metrics.ts";
import { MetricsState } from "../src/state/metrics.svelte.ts";
import Metrics from "../src/ui/Metrics.svelte";
import tokens from "../src/ui/tokens.css?inline";

const query = new URLSearchParams(location.search);
if (query.has("dark")) document.body.dataset["jpThemeLight"] = "false";
const style = document.createElement("style");
style.textContent = tokens;
document.head.append(style);

const BOUNDS = Array.from({ length: 61 }, (_, index) => 1e-5 * 10 ** (index / 10));
const histogram = (buckets = new Array<number>(62).fill(0)) => ({ count: buckets.reduce((a, b) => a + b, 0), sum: 0, p50: null, p95: null, p99: null, buckets });
const empty = (): Figures => ({
  boot: "b", root: "/home/ada/project", uptime: 12, operations: 2, bytes_in: 0, bytes_out: 0, bounds: BOUNDS, echo: histogram(), output: histogram(),
  calls: {}, errors: {}, open: 0, connections: { opened: 0, dropped: 0 }, terminals: { running: 0, exited: 0 },
  memory: { private: 15_800_000, resident: 24_100_000 }, cpu: { user: 0.2, system: 0.1 }, each: [],
});

/** A clock of its own, so that two minutes pass at once. */
class Hands {
  time = 0;
  waiting: (() => void) | null = null;
  now = () => this.time;
  wall = () => this.time;
  epoch = () => 0;
  random = () => 0.5;
  after = (delay: number, call: () => void) => {
    this.waiting = () => ((this.time += delay), call());
    return () => (this.waiting = null);
  };
}

function busy(): Figures {
  const one = (name: string, state: "running" | "exited", p50: number | null, clients: number) => ({
    id: name, name, state, inputs: 0, bytes_in: 0, bytes_out: 0, clients, gaps: 0, echo: { count: 1, p50, p95: p50, p99: p50 === null ? null : p50 * 4 },
    cpu: state === "exited" ? null : 12.5, resident: state === "exited" ? null : 14_300_000,
  });
  return {
    ...empty(), uptime: 7260, operations: 81_204, bytes_in: 120_400, bytes_out: 88_000_000, connections: { opened: 14, dropped: 1 }, open: 3,
    terminals: { running: 3, exited: 1 }, errors: { not_found: 2 },
    each: [one("build", "running", 0.000_12, 2), one("deploy", "exited", 0.000_31, 0), one("shell", "running", 0.000_24, 1), one("worker with quite a long name", "running", null, 0)],
  };
}
function work(figures: Figures, second: number): Figures {
  const next = structuredClone(figures);
  const wave = 1 + Math.sin(second / 9) + (second % 37 === 0 ? 4 : 0);
  next.uptime += 1;
  next.operations += Math.round(20 + 40 * wave + (second * 7919) % 13);
  next.bytes_in += Math.round(120 * wave);
  next.bytes_out += Math.round(220_000 * wave + ((second * 104_729) % 40_000));
  for (const [index, one] of next.each.entries()) if (one.cpu !== null) one.cpu += 0.31 / (1 + index);
  next.cpu.user += 0.004 + 0.012 * wave;
  next.memory.private = 21_000_000 + 40_000 * Math.sqrt(second);
  if (second > 20 && second < 100)
    for (let key = 0; key < 6; key++) {
      next.echo.buckets[10 + ((second * 31 + key * 17) % 6)]!++;
      next.output.buckets[6 + ((second * 13 + key * 7) % 5)]!++;
    }
  if (second === 80) next.errors["too_many"] = 1;
  next.open = second > 60 ? 3 : 2;
  next.each.forEach((one, index) => {
    if (one.state === "running") ((one.bytes_out += Math.round(30_000 * wave * index)), (one.bytes_in += index === 0 ? 40 : 0), (one.inputs += 3));
  });
  return next;
}

interface Scenario {
  heading: string;
  start: () => Figures;
  seconds: number;
  change: (figures: Figures, second: number) => Figures;
  then?: (state: MetricsState, fail: (error: Error) => void) => void;
  error?: Error;
}
const still = (figures: Figures) => ({ ...figures, uptime: figures.uptime + 1, operations: figures.operations });
const SCENARIOS: Record<string, Scenario> = {
  busy: { heading: "at work", start: busy, seconds: 118, change: work },
  chosen: { heading: "a moment pointed at", start: busy, seconds: 118, change: work, then: (state) => (state.cursor = state.points[60]!.at) },
  empty: { heading: "nothing yet", start: empty, seconds: 3, change: still },
  one: { heading: "one key just now", start: busy, seconds: 30, change: (figures, second) => (second < 31 ? still(figures) : work(figures, 30)) },
  restarted: { heading: "another engine just now", start: busy, seconds: 30, change: (figures, second) => (second < 31 ? work(figures, second) : { ...empty(), boot: "c" }) },
  gone: { heading: "engine gone", start: busy, seconds: 60, change: work, then: (_state, fail) => fail(new Error("The engine ended, and another is being started.")) },
  paused: { heading: "paused", start: busy, seconds: 30, change: work, then: (state) => state.pause(true) },
  refused: { heading: "refused", start: empty, seconds: 0, change: still, error: new RefusedError("You are not authorized to read orchflow:terminals.") },
  asking: { heading: "no answer yet", start: empty, seconds: -1, change: still },
  silent: { heading: "the kernel does not answer", start: empty, seconds: 0, change: still, error: new Error("The kernel does not answer.") },
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
  const hands = new Hands();
  let error = scenario.error ?? null;
  let figures = scenario.start();
  let second = 0;
  const state = new MetricsState(() => {
    if (scenario.seconds < 0) return new Promise(() => {});
    if (error !== null) return Promise.reject(error);
    return Promise.resolve((figures = scenario.change(figures, second++)));
  }, hands);
  mount(Metrics, { target: box, props: { state, theme: "auto", via: () => "server" as const } });
  void (async () => {
    state.show(true);
    for (let step = 0; step < scenario.seconds; step++) {
      await new Promise((done) => setTimeout(done));
      hands.waiting?.();
    }
    await new Promise((done) => setTimeout(done));
    scenario.then?.(state, (said) => (error = said));
    hands.waiting?.();
  })();
}
