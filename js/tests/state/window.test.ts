// Which rows of a long list are there.
import { expect, test } from "vitest";
import { sliceOf } from "../../src/state/window.ts";

test("the rows that are seen and a few around them, and the room of the others", () => {
  expect(sliceOf(1000, 20, 400, 100, 2)).toEqual({ first: 18, end: 27, before: 360, after: 19_460 });
});

test("a short list is there as a whole", () => {
  expect(sliceOf(3, 20, 0, 60)).toEqual({ first: 0, end: 3, before: 0, after: 0 });
});

test("a list that shrank under its scroll position shows its end", () => {
  expect(sliceOf(10, 20, 5000, 100, 0)).toEqual({ first: 5, end: 10, before: 100, after: 0 });
});
