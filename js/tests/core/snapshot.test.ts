// A snapshot's parts: together they are the whole, and the second one alone brings the screen and what lies just above it.
import headless from "@xterm/headless";
import { describe, expect, test } from "vitest";
import { KEPT, splitSnapshot } from "../../src/core/snapshot.ts";

const COLS = 40;
const ROWS = 5;
const bytes = (text: string) => new TextEncoder().encode(text);
const words = (data: Uint8Array) => new TextDecoder().decode(data);
const log = (count: number) => Array.from({ length: count }, (_, n) => `\x1b[0m\x1b[3${n % 8}m${n}\x1b[0m a line — 漢字\r\n`).join("");
/** What the engine ends a snapshot with. */
const END = "\x1b[0m\x1b(B\x1b)B\x0f\x1b[?6l\x1b[r\x1b[5;3H\x1b[0m";

async function shown(...pieces: Uint8Array[]) {
  const term = new headless.Terminal({ cols: COLS, rows: ROWS, scrollback: 10_000, allowProposedApi: true });
  for (const piece of pieces) await new Promise<void>((resolve) => term.write(piece, resolve));
  const { normal, active } = term.buffer;
  const lines = Array.from({ length: normal.length }, (_, y) => {
    const line = normal.getLine(y)!;
    return Array.from({ length: COLS }, (_, x) => `${line.getCell(x)!.getChars()}/${line.getCell(x)!.getFgColor()}`).join("|");
  });
  return { lines, cursor: [active.cursorX, active.cursorY], type: active.type, modes: term.modes };
}

describe("of one that is long", () => {
  test.each([
    ["a log", `${log(3000)}last${END}`],
    ["the program's own colours before it", `\x1b]4;1;rgb:ff/00/00\x07\x1b]11;rgb:00/00/00\x07${log(3000)}last${END}`],
    ["a screen that is empty below", `${log(3000)}last\x1b[0m${"\r\n".repeat(ROWS - 1)}${END}`],
    ["lines that go on over rows", `${log(1000)}${`${"wide ".repeat(40)}\r\n`.repeat(300)}last${END}`],
    ["an alternate screen", `${log(3000)}last${END}\x1b7\x1b[?1049h\x1b[0m\x1b[2J\x1b[Hfull\r\nscreen${END}\x1b[?2004h`],
    ["a colour that holds over many lines", `${log(2000)}\x1b[0m\x1b[1m\x1b[35m${"pink\r\n".repeat(7000)}last${END}`],
  ])("%s", async (_name, text) => {
    const parts = splitSnapshot(bytes(text), ROWS)!;
    const whole = await shown(bytes(text));
    const rest = await shown(parts.rest);
    expect(rest.lines).toEqual(whole.lines.slice(-rest.lines.length));
    expect(rest.lines.length).toBeGreaterThan(ROWS + KEPT);
    expect(rest.lines.length).toBeLessThan(ROWS + 6 * KEPT);
    expect({ ...rest, lines: [] }).toEqual({ ...whole, lines: [] });
    const above = await shown(parts.above);
    const many = whole.lines.length - rest.lines.length;
    expect(above.lines.slice(0, many)).toEqual(whole.lines.slice(0, many));
  });
});

describe("in one piece is", () => {
  test.each([
    ["one that is short", log(20) + END],
    ["one of long lines, hardly more than a screen", `${"x".repeat(1000)}\r\n`.repeat(ROWS + KEPT) + END],
    ["one of few lines above an alternate screen", `${log(20) + END}\x1b7\x1b[?1049h${log(3000)}`],
    ["one without lines", "x".repeat(100_000)],
  ])("%s", (_name, text) => {
    expect(splitSnapshot(bytes(text), ROWS)).toBeNull();
  });
});

test("no byte is lost", () => {
  const text = log(3000) + END;
  const { above, rest } = splitSnapshot(bytes(text), ROWS)!;
  expect(words(above) + words(rest)).toBe(text.replace(words(above), `${words(above)}\x1b[0m`));
});
