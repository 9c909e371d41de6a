// The question before a paste of several lines, and the progress of a long one.
import { beforeEach, describe, expect, test } from "vitest";
import { MAX_LINE } from "../../src/core/lines.ts";
import { Paste, SHOWN_AFTER, type PasteHabits } from "../../src/state/paste.svelte.ts";
import { FakeClock, settled } from "../core/fakes.ts";

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

describe("a line that is too long for a program that reads line by line", () => {
  const long = "x".repeat(MAX_LINE + 100);

  test("is asked about before it goes, and says what would be lost", async () => {
    paste.canonical = () => Promise.resolve(true);
    paste.offer(long, true);
    await settled();
    expect([given, paste.loss, paste.sure, paste.lines]).toEqual([[], 100, true, 1]);
    paste.accept();
    expect([given, paste.loss, paste.lines]).toEqual([[long], 0, 0]);
  });

  test("goes at once where the program reads keys", async () => {
    paste.offer(long, true);
    await settled();
    expect([given, paste.lines]).toEqual([[long], 0]);
  });

  test("is asked about where nobody can say how the program reads", async () => {
    paste.canonical = () => Promise.reject(new Error("no answer"));
    paste.offer(long, true);
    await settled();
    expect([given, paste.loss, paste.sure]).toEqual([[], 100, false]);
    paste.decline();
    expect([given, paste.loss, paste.lines]).toEqual([[], 0, 0]);
  });

  test("what is pasted meanwhile waits behind it, and counts", async () => {
    paste.canonical = () => Promise.resolve(true);
    paste.offer(long, true);
    paste.offer("behind", true);
    await settled();
    expect(paste.loss).toBe(106);
    paste.accept();
    expect(given).toEqual([`${long}behind`]);
  });

  test("of several lines only the one question is asked", async () => {
    paste.canonical = () => Promise.resolve(true);
    paste.offer(`a\n${long}\nb`, false);
    await settled();
    paste.accept();
    expect(given).toEqual([`a\n${long}\nb`]);
  });

  test("what is meant for a terminal that is shown no more goes nowhere", async () => {
    paste.canonical = () => Promise.resolve(true);
    paste.offer(long, true);
    paste.decline();
    await settled();
    expect([given, paste.lines]).toEqual([[], 0]);
  });
});
