// What size a view says it would have, and when the terminal's is somebody else's.
import { beforeEach, expect, test } from "vitest";
import { FOREIGN_AFTER, SETTLE, Sizing, type Size } from "../../src/core/sizing.ts";
import { FakeClock } from "./fakes.ts";

let clock: FakeClock;
let told: Size[];
let foreign: (Size | null)[];
let sizing: Sizing;
const wide = { cols: 120, rows: 30 };
const narrow = { cols: 60, rows: 30 };
const usual = { cols: 80, rows: 24 };

beforeEach(() => {
  clock = new FakeClock();
  told = [];
  foreign = [];
  sizing = new Sizing(clock, (size) => told.push(size) > 0, (size) => foreign.push(size));
});

test("the size is told with each HELLO, even where the terminal has it", () => {
  sizing.fits(wide);
  sizing.sized(usual, true);
  expect(told).toEqual([wide]);
  sizing.sized(wide, true);
  expect(told).toEqual([wide, wide]);
});

test("an edge that is dragged tells once, when it has settled", () => {
  sizing.sized(usual, true);
  for (let cols = 60; cols < 120; cols++) {
    sizing.fits({ cols, rows: 30 });
    sizing.seen({ shown: true });
    clock.pass(SETTLE / 4);
  }
  expect(told).toEqual([]);
  clock.pass(SETTLE);
  expect(told).toEqual([{ cols: 119, rows: 30 }]);
});

test("nothing is told while nobody can see it; it is told when somebody can, once", () => {
  sizing.seen({ visible: false });
  sizing.fits(wide);
  sizing.sized(usual, true);
  clock.pass(1000);
  sizing.seen({ shown: false });
  sizing.seen({ visible: true });
  expect(told).toEqual([]);
  sizing.seen({ shown: true });
  sizing.seen({ visible: false });
  sizing.seen({ visible: true });
  expect(told).toEqual([wide]);
});

test("what was not sent is told anew", () => {
  let connected = false;
  sizing = new Sizing(clock, (size) => connected && told.push(size) > 0, () => {});
  sizing.fits(wide);
  clock.pass(1000);
  connected = true;
  sizing.sized(usual, true);
  expect(told).toEqual([wide]);
});

test("the terminal's size is somebody else's once it has stayed so; one that is on its way shows nothing", () => {
  sizing.fits(wide);
  sizing.sized(usual, true);
  clock.pass(FOREIGN_AFTER / 2);
  sizing.sized(wide, false);
  clock.pass(1000);
  expect(foreign.every((size) => size === null)).toBe(true);
  sizing.sized(narrow, false);
  expect(foreign.at(-1)).toBeNull();
  clock.pass(FOREIGN_AFTER);
  expect(foreign.at(-1)).toEqual(narrow);
});

test("a size that is somebody else's is shown until it is this view's again, and follows it meanwhile", () => {
  sizing.fits(wide);
  sizing.sized(narrow, true);
  clock.pass(FOREIGN_AFTER);
  sizing.sized(usual, false);
  expect(foreign.at(-1)).toEqual(usual);
  sizing.sized(wide, false);
  expect(foreign.at(-1)).toBeNull();
});

test("another terminal: the last one's size is nobody's", () => {
  sizing.fits(wide);
  sizing.sized(narrow, true);
  clock.pass(FOREIGN_AFTER);
  sizing.reset();
  expect(foreign.at(-1)).toBeNull();
  expect(clock.pending).toBe(0);
});
