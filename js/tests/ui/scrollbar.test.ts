// The scrollbar of a terminal that prints much: told of once a turn, and of what a user does at once.
import { readFileSync } from "node:fs";
import type { Terminal } from "@xterm/xterm";
import { expect, test } from "vitest";
import { calmScrollbar } from "../../src/ui/scrollbar.ts";

function terminal() {
  const synced: (number | undefined)[] = [];
  const viewport = { _sync: (position?: number) => void synced.push(position) };
  return { viewport, synced, term: { _core: { _viewport: viewport } } as unknown as Terminal };
}

test("many lines that scroll in one turn bring it up to date once, behind them", async () => {
  const { viewport, synced, term } = terminal();
  expect(calmScrollbar(term)).toBe(true);
  for (let line = 0; line < 1000; line++) viewport._sync();
  expect(synced).toEqual([]);
  await Promise.resolve();
  expect(synced).toEqual([undefined]);
  viewport._sync();
  await Promise.resolve();
  expect(synced).toHaveLength(2);
});

test("a position that is asked for is taken at once", () => {
  const { viewport, synced, term } = terminal();
  calmScrollbar(term);
  viewport._sync(7);
  expect(synced).toEqual([7]);
});

test("an emulator that is built otherwise is left as it is", () => {
  expect(calmScrollbar({ _core: {} } as unknown as Terminal)).toBe(false);
  expect(calmScrollbar({} as unknown as Terminal)).toBe(false);
});

test("xterm.js is built as is supposed here", () => {
  const source = (name: string) => readFileSync(new URL(`../../node_modules/@xterm/xterm/src/browser/${name}`, import.meta.url), "utf8");
  expect(source("CoreBrowserTerminal.ts")).toContain("this._viewport = ");
  expect(source("Viewport.ts")).toContain("onScroll(() => this._sync())");
});
