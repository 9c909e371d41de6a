// How many in the last minute.
import { expect, test } from "vitest";
import { Minute } from "../../src/state/minute.ts";

test("what is older than a minute does not count", () => {
  const minute = new Minute();
  minute.add(1_000, 3);
  minute.add(30_500, 2);
  expect([minute.sum(31_000), minute.sum(62_000), minute.sum(95_000)]).toEqual([5, 2, 0]);
});

test("it stays small however long it goes on", () => {
  const minute = new Minute();
  for (let at = 0; at < 10_000_000; at += 500) minute.add(at, 1);
  expect(minute.sum(10_000_000)).toBe(118);
});
