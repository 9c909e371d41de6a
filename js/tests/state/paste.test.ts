// The question before a paste of several lines, and the progress of a long one.
import { beforeEach, expect, test } from "vitest";
import { Paste, SHOWN_AFTER, type PasteHabits } from "../../src/state/paste.svelte.ts";
import { FakeClock } from "../core/fakes.ts";

let clock: FakeClock;
let habits: PasteHabits;
let given: string[];
let paste: Paste;
const another = () => {
  const other = new Paste(clock, habits);
  other.give = (text) => void given.push(text);
  return other;
};

beforeEach(() => {
  clock = new FakeClock();
  habits = { asks: true };
  given = [];
  paste = another();
});

test.each(["one line", "one line\n", "one line\r\n"])("a single line goes at once: %j", (text) => {
  paste.offer(text, false);
  expect([given, paste.lines]).toEqual([[text], 0]);
});

test("several lines go at once where the program knows a paste when it gets one", () => {
  paste.offer("a\nb\n", true);
  expect(given).toEqual(["a\nb\n"]);
});

test.each([
  ["a\nb", 2],
  ["a\r\nb\r\nc\r\n", 3],
  ["a\rb", 2],
  ["\n\n", 2],
])("several lines are asked about: %j", (text, lines) => {
  paste.offer(text, false);
  expect([given, paste.lines]).toEqual([[], lines]);
  paste.accept();
  expect([given, paste.lines]).toEqual([[text], 0]);
});

test("declined: nothing goes, and the next one is asked about again", () => {
  paste.offer("a\nb", false);
  paste.decline();
  paste.offer("c\nd", false);
  expect([given, paste.lines]).toEqual([[], 2]);
});

test("what is pasted while a question is open waits behind it", () => {
  paste.offer("a\nb\n", false);
  paste.offer("c", false);
  expect([given, paste.lines]).toEqual([[], 3]);
  paste.accept();
  expect(given).toEqual(["a\nb\nc"]);
});

test("not to be asked again holds for the page's other terminals too", () => {
  paste.offer("a\nb", false);
  paste.acceptAlways();
  another().offer("c\nd", false);
  expect(given).toEqual(["a\nb", "c\nd"]);
});

test("the progress shows once it is worth a word, and goes when the paste is through", () => {
  paste.read({ arrived: 1, total: 9 });
  clock.pass(SHOWN_AFTER / 2);
  paste.read({ arrived: 2, total: 9 });
  expect(paste.progress).toBeNull();
  clock.pass(SHOWN_AFTER);
  expect(paste.progress).toEqual({ arrived: 2, total: 9 });
  paste.read({ arrived: 3, total: 9 });
  expect(paste.progress).toEqual({ arrived: 3, total: 9 });
  paste.read(null);
  expect(paste.progress).toBeNull();
});

test("a paste that is over soon shows nothing, and leaves no timer", () => {
  paste.read({ arrived: 1, total: 9 });
  paste.read(null);
  expect(clock.pending).toBe(0);
  clock.pass(1000);
  expect(paste.progress).toBeNull();
});
