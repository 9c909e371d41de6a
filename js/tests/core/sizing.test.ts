// Whose size a terminal has.
import { beforeEach, expect, test } from "vitest";
import { SETTLE, Sizing, type Size } from "../../src/core/sizing.ts";
import { FakeClock } from "./fakes.ts";

let clock: FakeClock;
let asked: Size[];
let sizing: Sizing;
const wide = { cols: 120, rows: 30 };
const narrow = { cols: 60, rows: 30 };

beforeEach(() => {
  clock = new FakeClock();
  asked = [];
  sizing = new Sizing(clock, (size) => asked.push(size) > 0);
});

test("a view that is alone has the terminal fit it", () => {
  sizing.fits(wide);
  expect(asked).toEqual([]);
  sizing.attached(1);
  expect(asked).toEqual([wide]);
});

test("a view that is one of several follows until it is used", () => {
  sizing.fits(wide);
  sizing.attached(2);
  clock.pass(1000);
  expect(asked).toEqual([]);
  sizing.used();
  expect(asked).toEqual([wide]);
});

test("an edge that is dragged asks once, when it has settled", () => {
  sizing.attached(1);
  for (let cols = 60; cols < 120; cols++) {
    sizing.fits({ cols, rows: 30 });
    clock.pass(SETTLE / 4);
  }
  expect(asked).toEqual([]);
  clock.pass(SETTLE);
  expect(asked).toEqual([{ cols: 119, rows: 30 }]);
});

test("a size that it never asked for tells that it is not alone; its own echo does not", () => {
  sizing.fits(wide);
  sizing.attached(1);
  sizing.resized(wide);
  sizing.fits(narrow);
  clock.pass(SETTLE);
  expect(asked).toEqual([wide, narrow]);
  sizing.resized({ cols: 33, rows: 11 });
  sizing.fits(wide);
  clock.pass(SETTLE);
  expect(asked).toEqual([wide, narrow]);
});

test("a view that another one has overruled takes its size back when it is used again", () => {
  sizing.fits(wide);
  sizing.attached(2);
  sizing.used();
  sizing.resized(wide);
  sizing.resized(narrow);
  expect(asked).toEqual([wide]);
  sizing.used();
  expect(asked).toEqual([wide, wide]);
});

test("a view that was left has no say any more", () => {
  sizing.attached(2);
  sizing.used();
  sizing.left();
  sizing.fits(wide);
  clock.pass(SETTLE);
  expect(asked).toEqual([]);
});

test("its echo comes once: the same size again is another view's", () => {
  sizing.fits(wide);
  sizing.attached(1);
  sizing.resized(wide);
  sizing.resized(narrow);
  sizing.resized(wide);
  sizing.fits(narrow);
  clock.pass(SETTLE);
  expect(asked).toEqual([wide]);
});

test("a size that was not sent, since the terminal has it, is no size that this view asked for", () => {
  sizing = new Sizing(clock, (size) => asked.push(size) > 1);
  sizing.fits(wide);
  sizing.attached(1);
  sizing.resized(wide);
  sizing.fits(narrow);
  clock.pass(SETTLE);
  expect(asked).toEqual([wide]);
});

test("two views of different sizes do not fight, whichever is used and whoever comes back", () => {
  const size: Size = { cols: 80, rows: 24 };
  let resizes = 0;
  const views: Sizing[] = [wide, narrow].map((fit) => {
    const view = new Sizing(clock, (wish) => {
      if (wish.cols === size.cols && wish.rows === size.rows) return false;
      Object.assign(size, wish);
      resizes++;
      // RESIZED comes later, and to all.
      clock.after(5, () => views.forEach((each) => each.resized(wish)));
      return true;
    });
    view.fits(fit);
    return view;
  });
  const [one, two] = views as [Sizing, Sizing];
  // Both come back to a restarted engine: the first is alone for a moment.
  one.attached(1);
  two.attached(2);
  clock.pass(1000);
  expect([size, resizes]).toEqual([wide, 1]);
  two.used();
  clock.pass(1000);
  expect([size, resizes]).toEqual([narrow, 2]);
  // The unused one's window is dragged: it has no say.
  for (let cols = 90; cols < 120; cols++) one.fits({ cols, rows: 30 });
  clock.pass(1000);
  expect([size, resizes]).toEqual([narrow, 2]);
  // Keys in turn: each takes it once, not with each key.
  for (const view of [one, one, two, two, two, one]) {
    view.used();
    clock.pass(1000);
  }
  expect(resizes).toBe(5);
  clock.pass(60_000);
  expect(resizes).toBe(5);
});
