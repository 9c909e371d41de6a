// When the figures are read, and what is kept of them.
import { expect, test } from "vitest";
import { RefusedError, type Figures } from "../../src/core/metrics.ts";
import { MetricsState } from "../../src/state/metrics.svelte.ts";
import { FakeClock, settled } from "../core/fakes.ts";
import { figures } from "./figures.ts";

function shown() {
  const clock = new FakeClock();
  const engine = { boot: "b", reads: 0, error: null as Error | null };
  const state = new MetricsState((): Promise<Figures> => {
    engine.reads++;
    return engine.error === null ? Promise.resolve(figures({ boot: engine.boot, uptime: clock.time / 1000 })) : Promise.reject(engine.error);
  }, clock);
  const pass = async (seconds: number) => {
    for (let step = 0; step < seconds * 4; step++) {
      clock.pass(250);
      await settled();
    }
  };
  return { clock, engine, state, pass };
}

test("nothing is read while nobody sees it", async () => {
  const { engine, state, pass, clock } = shown();
  await pass(5);
  expect([engine.reads, state.condition]).toEqual([0, "connecting"]);
  state.show(true);
  await pass(3);
  const { reads } = engine;
  expect(reads).toBeGreaterThan(2);
  expect(state.condition).toBe("live");
  state.show(false);
  await pass(10);
  expect([engine.reads, clock.pending]).toEqual([reads, 0]);
});

test("it reads once a second, and the second time sooner", async () => {
  const { engine, state, pass } = shown();
  state.show(true);
  await pass(0.5);
  expect([engine.reads, state.points.length]).toEqual([2, 1]);
  await pass(10);
  expect(engine.reads).toBe(12);
});

test("a pause keeps what is shown, and the line is broken where it was", async () => {
  const { engine, state, pass } = shown();
  state.show(true);
  await pass(5);
  state.pause(true);
  const { reads } = engine;
  await pass(20);
  expect([engine.reads, state.condition]).toEqual([reads, "paused"]);
  state.pause(false);
  await pass(3);
  expect(state.points.filter((point) => point.first).length).toBe(2);
});

test("no answer is told, what was measured stays, and it tries again ever more slowly", async () => {
  const { engine, state, pass } = shown();
  state.show(true);
  await pass(5);
  const before = state.points.length;
  engine.error = new Error("The server does not answer.");
  engine.reads = 0;
  await pass(30);
  expect([state.condition, state.reason]).toEqual(["lost", "The server does not answer."]);
  expect(state.points.length).toBe(before);
  expect(engine.reads).toBeLessThan(11);
  engine.error = null;
  state.retry();
  await settled();
  expect(state.condition).toBe("live");
});

test("a refusal is not asked for again unless wanted", async () => {
  const { engine, state, pass } = shown();
  engine.error = new RefusedError("No.");
  state.show(true);
  await pass(30);
  expect([engine.reads, state.condition, state.reason]).toEqual([1, "refused", "No."]);
  state.retry();
  await settled();
  expect(engine.reads).toBe(2);
});

test("two minutes are kept", async () => {
  const { state, pass } = shown();
  state.show(true);
  await pass(200);
  expect(state.points.length).toBeLessThanOrEqual(121);
  expect(state.readings.length).toBeLessThanOrEqual(122);
  expect(state.points.at(-1)!.at - state.points[0]!.at).toBeGreaterThan(110_000);
});

test("another engine's totals are not compared with the last one's", async () => {
  const { engine, state, pass } = shown();
  state.show(true);
  await pass(5);
  engine.boot = "c";
  await pass(1);
  expect(state.readings.length).toBeLessThanOrEqual(2);
  const input = () => state.cells.find(({ key }) => key === "input")!.value;
  expect(input()).toBe("–");
  await pass(1);
  expect(input()).toBe("0");
  await pass(3);
  expect(state.points.filter((point) => point.first).length).toBe(2);
});

test("a moment is pointed at, and the arrows go from there", async () => {
  const { state, pass } = shown();
  state.show(true);
  await pass(10);
  state.step(-1);
  expect(state.chosen).toBe(state.points.at(-1));
  state.step(-1);
  expect(state.chosen).toBe(state.points.at(-2));
  state.step(1);
  state.step(1);
  expect(state.chosen).toBeNull();
});
