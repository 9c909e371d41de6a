// What is drawn of some moments.
import { expect, test } from "vitest";
import type { Point } from "../../src/state/rates.ts";
import { plotPath } from "../../src/ui/plotPath.ts";

const drawn = (...values: (number | null)[]) => {
  const points = values.map((cpu, at) => ({ at, cpu, first: at === 0 }) as unknown as Point);
  return plotPath(points, ({ cpu }) => cpu as number | null, (at) => at, (value) => value);
};

test("moments beside one another are a line, and one alone is a dot", () => {
  expect(drawn(1, 2, 3)).toEqual({ lines: "M0 1L1 2L2 3", dots: "" });
  expect(drawn(1, null, 2, 3, null, 4)).toEqual({ lines: "M2 2L3 3", dots: "M0 1h0M5 4h0" });
});

test("a line that begins anew does not go on from the last one", () => {
  const points = [0, 1, 2].map((at) => ({ at, cpu: at, first: at === 1 }) as unknown as Point);
  expect(plotPath(points, ({ cpu }) => cpu, (at) => at, (value) => value)).toEqual({ lines: "M1 1L2 2", dots: "M0 0h0" });
});
