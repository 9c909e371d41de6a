// Where a menu lies.
import { expect, test } from "vitest";
import { menuPlace } from "../../src/ui/menuPlace.ts";

const WINDOW = { width: 800, height: 600 };
const MENU = { width: 200, height: 300 };

test("below what opened it, where there is room", () => {
  expect(menuPlace({ top: 100, bottom: 120, x: 50 }, MENU, WINDOW)).toEqual({ left: 50, top: 124 });
  expect(menuPlace({ top: 100, bottom: 120, x: 700, ends: true }, MENU, WINDOW)).toEqual({ left: 500, top: 124 });
});

test("above it, where there is room there only", () => {
  expect(menuPlace({ top: 500, bottom: 520, x: 50 }, MENU, WINDOW).top).toBe(196);
});

test("within the window, where there is room on neither side, and scrolled from its top where it is too high", () => {
  expect(menuPlace({ top: 290, bottom: 310, x: 50 }, { width: 200, height: 400 }, WINDOW).top).toBe(196);
  expect(menuPlace({ top: 100, bottom: 120, x: 50 }, { width: 200, height: 592 }, WINDOW).top).toBe(4);
});

test("within the window's sides", () => {
  expect(menuPlace({ top: 100, bottom: 120, x: 700 }, MENU, WINDOW).left).toBe(596);
  expect(menuPlace({ top: 100, bottom: 120, x: 90, ends: true }, MENU, WINDOW).left).toBe(4);
});
