// What happened between two readings.
import { expect, test } from "vitest";
import { pointOf, quantile, quantiles, terminalRates } from "../../src/state/rates.ts";
import { BOUNDS, figures, reading, terminal } from "./figures.ts";

test("quantiles lie within their bucket, and those of the last one are its lower end", () => {
  expect(quantile(BOUNDS, [0, 0, 0, 0], 0.5)).toBeNull();
  expect(quantile(BOUNDS, [0, 10, 0, 0], 0.5)).toBeCloseTo(0.001 * Math.SQRT2);
  expect(quantile(BOUNDS, [0, 10, 0, 0], 1)).toBeCloseTo(0.002);
  expect(quantile(BOUNDS, [98, 0, 0, 2], 0.99)).toBe(0.004);
});

test("only what was timed between the readings counts", () => {
  const told = quantiles(figures({}, [1000, 0, 0, 0]), figures({}, [1000, 0, 4, 0]), ({ echo }) => echo);
  expect(told!.p50).toBeGreaterThan(0.002);
  expect(quantiles(figures(), figures(), ({ echo }) => echo)).toBeNull();
});

test("rates are per second of the engine's own time, without our own readings", () => {
  const before = figures({ operations: 10, bytes_in: 5, calls: { metrics: reading(3) } });
  const after = figures({
    uptime: 102, operations: 30, bytes_in: 25, bytes_out: 400, cpu: { user: 0.5, system: 0.1 }, calls: { metrics: reading(5) },
    errors: { not_found: 2 }, connections: { opened: 1, dropped: 1 }, open: 4,
  });
  const point = pointOf(7, true, before, before, after);
  expect(point).toMatchObject({ at: 7, first: true, operations: 9, bytesIn: 10, bytesOut: 200, memory: 1000, connections: 4, errors: 3, echo: null });
  expect(point.cpu).toBeCloseTo(0.3);
});

test("memory that is not told apart is all that there is", () => {
  const after = figures({ memory: { private: null, resident: 2000 } });
  expect(pointOf(0, true, after, after, after).memory).toBe(2000);
});

test("a terminal that is new has no rates yet", () => {
  const rates = terminalRates(figures({ each: [terminal("a", 100)] }), figures({ uptime: 101, each: [terminal("a", 300), terminal("b", 50)] }));
  expect([...rates]).toEqual([["a", { bytesIn: 0, bytesOut: 200, cpu: 0 }]]);
});
