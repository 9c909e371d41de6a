// What the cells say.
import { expect, test } from "vitest";
import { cellsOf } from "../../src/state/cells.ts";
import { pointOf } from "../../src/state/rates.ts";
import { figures } from "./figures.ts";

const first = figures();
const last = figures({ uptime: 101, operations: 1204, errors: { too_many: 2 } }, [0, 100, 0, 0]);
const point = pointOf(1000, true, first, first, last);
const said = (chosen: boolean, now = point) =>
  Object.fromEntries(cellsOf({ first, last, point: now, chosen }).map((cell) => [cell.key, cell]));

test("quantiles are of all that is shown, until a moment is pointed at", () => {
  expect(said(false)["echo"]).toMatchObject({ value: "1.99", unit: "ms p99", notes: ["p50 1.41", "p95 1.93"] });
  expect(said(true, { ...point, echo: null })["echo"]).toMatchObject({ value: "–", unit: "", notes: ["no keys"] });
});

test("rates are those of the moment, totals of all time", () => {
  expect(said(false)["operations"]).toMatchObject({ value: "1,204", unit: "/s", notes: ["1,204 in all"] });
});

test("what is resident is none of the totals", () => {
  expect(said(false)["memory"]!.notes).toEqual(["2.00 kB resident"]);
});

test("errors are counted over what is shown, and named", () => {
  expect(said(false)["errors"]).toMatchObject({ value: "2", bad: true, notes: ["2 in all"] });
  expect(said(false)["errors"]!.about).toContain("2 too many");
});
