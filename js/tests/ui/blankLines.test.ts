// Lines that are made with less: like those of xterm.js in all that can be seen of them.
import headless from "@xterm/headless";
import type { Terminal } from "@xterm/xterm";
import { expect, test } from "vitest";
import { cloneQuickly } from "../../src/ui/blankLines.ts";

const make = () => new headless.Terminal({ cols: 20, rows: 4, scrollback: 100, allowProposedApi: true });
const TEXT = `${Array.from({ length: 30 }, (_, n) => `\x1b[4${n % 8}m\x1b[4:3mline e\u0301 ${n} 漢字\x1b[0m and so on until it wraps\r\n`).join("")}\x1b[2;3r\x1b[3Hx\n\n\ny`;

async function after(text: string) {
  const term = make();
  const write = (data: string) => new Promise<void>((resolve) => term.write(data, resolve));
  await write(text);
  // Lines grow, shrink and grow again, each for itself.
  for (const [cols, rows] of [[31, 4], [9, 6], [24, 5]] as const) {
    term.resize(cols, rows);
    await write(`\r\n${cols} columns \x1b[42mfilled to the end\x1b[K\x1b[0m\r\n`);
  }
  const { active } = term.buffer;
  return Array.from({ length: active.length }, (_, y) => {
    const line = active.getLine(y)!;
    const cells = Array.from({ length: line.length }, (_, x) => {
      const cell = line.getCell(x)!;
      return [cell.getChars(), cell.getWidth(), cell.getBgColor(), cell.isUnderline()];
    });
    return [line.isWrapped, line.length, cells];
  });
}

test("a screen is the same with them", async () => {
  const before = await after(TEXT);
  expect(cloneQuickly(make() as unknown as Terminal)).toBe(true);
  expect(await after(TEXT)).toEqual(before);
});

test("an emulator that is built otherwise is left as it is", () => {
  expect(cloneQuickly({ _core: {} } as unknown as Terminal)).toBe(false);
  expect(cloneQuickly({} as unknown as Terminal)).toBe(false);
});
