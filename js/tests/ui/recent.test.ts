// History of nothing but text: its end is there at once, and all of it in the end, as if it had come byte for byte.
import headless from "@xterm/headless";
import type { Terminal } from "@xterm/xterm";
import { describe, expect, test, vi } from "vitest";
import { atOnce } from "../../src/ui/atOnce.ts";
import { Backlog } from "../../src/ui/backlog.ts";
import { PATIENCE } from "../../src/ui/patience.ts";
import { XtermEmulator } from "../../src/ui/emulator.ts";

const COLS = 40;
const ROWS = 6;
const SCROLLBACK = 10_000;
const bytes = (text: string) => new TextEncoder().encode(text);
const log = (count: number, line: (n: number) => string) => Array.from({ length: count }, (_, n) => `${line(n)}\r\n`).join("");
const coloured = (n: number) => `\x1b[3${n % 8}m${n}\x1b[0m a line of the log — 漢字`;
/** What the engine ends a snapshot with, the cursor in the middle of the screen. */
const END = "\x1b[0m\x1b(B\x1b)B\x0f\x1b[?6l\x1b[r\x1b[3;5H\x1b[0m";
const SNAPSHOT = `${log(2000, (n) => `\x1b[0m\x1b[1mearlier\x1b[0m ${n}`)}$ ${END}`;
const LOG = log(3000, coloured);

const make = () => new headless.Terminal({ cols: COLS, rows: ROWS, scrollback: SCROLLBACK, allowProposedApi: true }) as unknown as Terminal;
const written = (term: Terminal, data: string) => new Promise<void>((resolve) => term.write(data, resolve));

function all(term: Terminal) {
  const { normal, active } = term.buffer;
  const lines = Array.from({ length: normal.length }, (_, y) => {
    const line = normal.getLine(y)!;
    const cells = Array.from({ length: line.length }, (_, x) => {
      const cell = line.getCell(x)!;
      return [cell.getChars(), cell.getWidth(), cell.getFgColor(), cell.getBgColor(), cell.isBold()].join("/");
    });
    return `${line.isWrapped} ${cells.join(" ")}`;
  });
  return { lines, cursor: [active.cursorX, active.cursorY], base: [active.baseY, active.viewportY], type: active.type, modes: term.modes };
}

function terminal() {
  const term = Object.assign(make(), { hasSelection: () => false, clearSelection: () => {} });
  const emulator = new XtermEmulator(term);
  const backlog = new Backlog(term, make, () => {});
  emulator.above = backlog;
  emulator.atOnce = atOnce(term);
  /** All of `history` in pieces of that size. */
  const send = (history: string, size = 64 * 1024) => {
    const data = bytes(history);
    let done = 0;
    for (let at = 0; at < data.length; at += size) emulator.write(data.subarray(at, at + size), true, () => done++, at + size < data.length);
    return done === Math.ceil(data.length / size);
  };
  const restore = (snapshot = SNAPSHOT) => (emulator.reset(), emulator.snapshot(bytes(snapshot), () => {}));
  return { term, emulator, backlog, send, restore };
}

async function direct(...pieces: string[]) {
  const term = make();
  for (const piece of pieces) await written(term, piece);
  return term;
}

describe("the end is there at once, and in the end all of it", () => {
  test.each([
    ["a log", LOG],
    ["a log whose last line goes on", `${LOG}and so on`],
    ["lines that are wrapped", log(2000, (n) => `${n} ${"word ".repeat(n % 30)}`)],
    ["tabs, bells and backspaces", log(3000, (n) => `\ta\x07\tb\b${n}`)],
    ["lines that are written over", log(2500, (n) => `\rprogress ${n}\x1b[K\rdone ${n}`)],
    ["a background that holds", log(5000, (n) => (n % 7 === 0 ? `\x1b[4${n % 8}m` : "") + `line ${n}`)],
    ["a pen that is never reset", `\x1b[1m\x1b[35m${log(4000, (n) => `pink ${n}`)}`],
    ["a prompt at the end", `${LOG}\x1b[?2004h\x1b]0;title\x07$ \x1b[6n`],
    ["a full screen at the end", `${LOG}\x1b[?1049h\x1b[2J\x1b[2;2Hfull`],
    ["more than the scrollback holds", log(13_000, (n) => `line ${n}`)],
  ])("%s", async (_name, history) => {
    const { term, backlog, send, restore } = terminal();
    const whole = await direct(SNAPSHOT, history);
    restore();
    expect(send(history)).toBe(true);
    const soon = all(term);
    expect(soon.lines.length).toBeLessThan(600);
    const expected = all(whole);
    expect(soon.lines).toEqual(expected.lines.slice(-soon.lines.length));
    expect({ ...soon, lines: [], base: [] }).toEqual({ ...expected, lines: [], base: [] });
    backlog.finish();
    expect(all(term)).toEqual(expected);
    await Promise.all([written(term, "\r\nmore\x1b8x"), written(whole, "\r\nmore\x1b8x")]);
    expect(all(term)).toEqual(all(whole));
  });
});

test("so it is for output since birth", async () => {
  const { term, emulator, backlog, send } = terminal();
  emulator.reset();
  expect(send(LOG)).toBe(true);
  expect(term.buffer.normal.length).toBeLessThan(600);
  backlog.finish();
  expect(all(term)).toEqual(all(await direct(LOG)));
});

test("pieces that cut characters and sequences anywhere make no difference", async () => {
  const history = `${log(1200, coloured)}\x1b[?25l$ `;
  const expected = all(await direct(SNAPSHOT, history));
  for (const size of [4001, 4003, 7919, 16_411]) {
    const { term, backlog, send, restore } = terminal();
    restore();
    send(history, size);
    expect(term.buffer.normal.length).toBeLessThan(600);
    backlog.finish();
    expect(all(term)).toEqual(expected);
  }
});

describe("everything is parsed in its turn", () => {
  test.each([
    ["with a scrolling region", SNAPSHOT.replace("\x1b[r", "\x1b[2;5r"), LOG],
    ["on the alternate screen", `${SNAPSHOT}\x1b[?1049h`, LOG],
    ["with links, which are another terminal's", SNAPSHOT.replace("$ ", "\x1b]8;;https://jupyter.org\x07$ \x1b]8;;\x07"), LOG],
    ["where there is little of it", SNAPSHOT, log(300, coloured)],
    ["where it has few lines", SNAPSHOT, `${"x".repeat(60_000)}\r\n`],
    ["where it moves the cursor", SNAPSHOT, log(3000, (n) => `\x1b[2;3H${n}`)],
    ["where it changes the character set", SNAPSHOT, `\x0e${LOG}`],
    ["where it has control codes beyond ASCII", SNAPSHOT, `\u009b2;3H${LOG}`],
    ["where a sequence turns out to be another one in the next piece", SNAPSHOT, `${"y".repeat(64 * 1024 - 2)}\x1b[2J\x1b[2;3H${LOG}`],
  ])("%s", async (_name, snapshot, history) => {
    const { term, backlog, send, restore } = terminal();
    restore(snapshot);
    expect(send(history)).toBe(true);
    backlog.finish();
    expect(all(term)).toEqual(all(await direct(snapshot, history)));
  });
});

test("a mark and a size have their place in it", async () => {
  const { term, emulator, backlog, send, restore } = terminal();
  const marked: string[] = [];
  emulator.marked = () => void marked.push(term.buffer.active.getLine(term.buffer.active.baseY + term.buffer.active.cursorY)!.translateToString(true));
  restore();
  emulator.write(bytes(`${LOG}mark`), true, () => {}, true);
  emulator.mark({ kind: "B", nonce: "", start: 0, end: 0 });
  expect(marked).toEqual(["mark"]);
  send(LOG);
  emulator.resize(COLS - 10, ROWS + 2);
  const whole = await direct(SNAPSHOT, `${LOG}mark${LOG}`);
  whole.resize(COLS - 10, ROWS + 2);
  backlog.finish();
  expect(all(term)).toEqual(all(whole));
});

test("where the rest does not come, what has come is shown after a while", () => {
  vi.useFakeTimers();
  try {
    const { term, emulator, restore } = terminal();
    restore();
    emulator.write(bytes(`${LOG}so far`), true, () => {}, true);
    const { active } = term.buffer;
    const line = () => active.getLine(active.baseY + active.cursorY)!.translateToString(true);
    expect(line()).not.toContain("so far");
    vi.advanceTimersByTime(PATIENCE);
    expect(line()).toBe("so far");
  } finally {
    vi.useRealTimers();
  }
});

test("a reset forgets what waits", async () => {
  const { term, emulator, restore, send } = terminal();
  restore();
  emulator.write(bytes(LOG), true, () => {}, true);
  restore();
  send(`${LOG}new`);
  expect(all(term).lines.at(-1)).toContain("n/1");
  expect(all(term).lines.slice(-ROWS)).toEqual(all(await direct(SNAPSHOT, `${LOG}new`)).lines.slice(-ROWS));
});
