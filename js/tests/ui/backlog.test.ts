// Lines that come above all others: there as if they had come first, and not where they would be gone by now.
import headless from "@xterm/headless";
import type { Terminal } from "@xterm/xterm";
import { beforeEach, expect, test } from "vitest";
import { Backlog } from "../../src/ui/backlog.ts";
import { XtermEmulator } from "../../src/ui/emulator.ts";

const COLS = 20;
const ROWS = 5;
const SCROLLBACK = 5000;
const LINES = 4000;
const bytes = (text: string) => new TextEncoder().encode(text);
const line = (n: number) => `line ${n}`;
const log = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => `${line(from + n)}\r\n`).join("");
const snapshot = bytes(`${log(0, LINES)}$ \x1b[0m\x1b[r\x1b[5;3H`);

const make = () => new headless.Terminal({ cols: COLS, rows: ROWS, scrollback: SCROLLBACK, allowProposedApi: true }) as unknown as Terminal;
const texts = (term: Terminal) => Array.from({ length: term.buffer.normal.length }, (_, y) => term.buffer.normal.getLine(y)!.translateToString(true));

let due: (() => void)[];
beforeEach(() => void (due = []));

function terminal() {
  const term = Object.assign(make(), { hasSelection: () => false, clearSelection: () => {} });
  const emulator = new XtermEmulator(term);
  const backlog = new Backlog(term, make, (step) => due.push(step));
  expect(backlog.able).toBe(true);
  emulator.above = backlog;
  const write = (text: string) => new Promise<void>((resolve) => emulator.write(bytes(text), false, resolve));
  const restore = () => new Promise<void>((resolve) => (emulator.reset(), emulator.snapshot(snapshot, resolve)));
  const later = async () => {
    for (const step of due.splice(0)) step();
    await new Promise((resolve) => setTimeout(resolve)); // the terminal aside has begun
    await new Promise<void>((resolve) => void (function look() { seen() ? resolve() : setTimeout(look); })());
  };
  let seen = () => texts(term)[0] === line(0);
  const until = (condition: () => boolean) => void (seen = condition);
  return { term, emulator, backlog, write, restore, later, until };
}

async function whole(...after: string[]) {
  const term = make();
  for (const piece of [snapshot, ...after.map(bytes)]) await new Promise<void>((resolve) => term.write(piece, resolve));
  return term;
}

test("first the screen is there, and then all that lies above it", async () => {
  const { term, restore, later } = terminal();
  await restore();
  expect(term.buffer.active.length).toBeLessThan(200);
  expect(texts(term).at(-1)).toBe("$ ");
  await later();
  expect(texts(term)).toEqual(texts(await whole()));
  expect(term.buffer.active.viewportY).toBe(term.buffer.active.baseY);
});

test("what was written meanwhile lies below, and markers stay with their lines", async () => {
  const { term, restore, write, later } = terminal();
  await restore();
  const marker = term.registerMarker(0)!;
  await write(`marked\r\n${log(LINES, LINES + 50)}`);
  const text = () => term.buffer.active.getLine(marker.line)!.translateToString(true);
  expect(text()).toBe("$ marked");
  await later();
  expect(text()).toBe("$ marked");
  expect(texts(term)).toEqual(texts(await whole(`marked\r\n${log(LINES, LINES + 50)}`)));
});

test("who has scrolled up looks at the same lines", async () => {
  const { term, restore, later } = terminal();
  await restore();
  term.scrollToTop();
  const top = () => term.buffer.active.getLine(term.buffer.active.viewportY)!.translateToString(true);
  const before = top();
  await later();
  expect(top()).toBe(before);
});

test("of more lines than there is room for the oldest are left out", async () => {
  const { term, restore, write, later, until } = terminal();
  await restore();
  await write(log(LINES, LINES + 2000));
  until(() => term.buffer.normal.length === SCROLLBACK + ROWS);
  await later();
  expect(texts(term)).toEqual(texts(await whole(log(LINES, LINES + 2000))));
});

test.each([
  ["the scrollback is full", log(LINES, LINES + SCROLLBACK + 10)],
  ["the scrollback was cleared", "\x1b[3J"],
  ["the terminal was reset by the program", "\x1bc"],
])("none come where %s", async (_name, after) => {
  const { term, restore, write, backlog } = terminal();
  await restore();
  await write(after);
  backlog.finish();
  expect(texts(term)).toEqual(texts(await whole(after)));
});

test("none come after another reset, or where the view is gone", async () => {
  const { term, emulator, restore, write } = terminal();
  await restore();
  emulator.reset();
  await write("new");
  for (const step of due.splice(0)) step();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(texts(term)[0]).toBe("new");
});

test("before the size changes they are there, for lines are wrapped anew", async () => {
  const { term, emulator, restore, write } = terminal();
  await restore();
  emulator.resize(6, 9);
  await write("x");
  const other = await whole();
  other.resize(6, 9);
  await new Promise<void>((resolve) => other.write("x", resolve));
  expect(texts(term)).toEqual(texts(other));
});

test("they come below an alternate screen, too", async () => {
  const { term, restore, write, later } = terminal();
  await restore();
  await write("\x1b[?1049hfull");
  await later();
  await write("\x1b[?1049l");
  expect(texts(term)).toEqual(texts(await whole("\x1b[?1049hfull\x1b[?1049l")));
});

test("they wait while something more urgent is parsed", async () => {
  const { backlog, restore } = terminal();
  backlog.waits = true;
  await restore();
  expect(due).toHaveLength(0);
  backlog.waits = false;
  expect(due).toHaveLength(1);
});
