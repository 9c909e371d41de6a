// How far a terminal is scrolled that is higher than its view.
import { expect, test } from "vitest";
import { scrollFor } from "../../src/ui/cursor.ts";

test("down to the cursor, up to it, and not at all where it is in sight", () => {
  expect(scrollFor({ top: 800, row: 16 }, 0, 128)).toBe(704);
  expect(scrollFor({ top: 32, row: 16 }, 704, 128)).toBe(32);
  expect(scrollFor({ top: 40, row: 16 }, 10, 128)).toBe(10);
  expect(scrollFor({ top: 0, row: 16 }, 0, 8)).toBe(24);
});
