// The scrollbar of a terminal that prints much: told of once a turn, and of what a user does at once.
import { readFileSync } from "node:fs";
import type { Terminal } from "@xterm/xterm";
import { expect, test } from "vitest";
import { Scrollbar } from "../../src/ui/scrollbar.ts";

function terminal() {
  const synced: (number | undefined)[] = [];
  const viewport = { _sync: (position?: number) => void synced.push(position) };
  const css = { canvas: { height: 180 }, cell: { height: 18 } };
  let drawn = () => {};
  const core = { _viewport: viewport, _renderService: { dimensions: { css } } };
  const term = { _core: core, rows: 10, onRender: (listener: () => void) => (drawn = listener) };
  return { viewport, synced, css, draw: () => drawn(), rows: (rows: number) => (term.rows = rows), term: term as unknown as Terminal };
}

test("many lines that scroll in one turn bring it up to date once, behind them", async () => {
  const { viewport, synced, term } = terminal();
  new Scrollbar(term);
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
  new Scrollbar(term);
  viewport._sync(7);
  expect(synced).toEqual([7]);
});

test("while nothing is drawn it stays as it is, and then it shows where things have come to", async () => {
  const { viewport, synced, term } = terminal();
  const scrollbar = new Scrollbar(term);
  scrollbar.hold();
  for (let turn = 0; turn < 3; turn++) {
    viewport._sync();
    await Promise.resolve();
  }
  expect(synced).toEqual([]);
  scrollbar.release();
  await Promise.resolve();
  expect(synced).toEqual([undefined]);
  scrollbar.hold();
  scrollbar.release();
  await Promise.resolve();
  expect(synced).toHaveLength(1);
});

test.each([undefined, 7])("a size that is not measured yet is waited for, until it is drawn, whatever was asked for (%s)", async (position) => {
  const { viewport, synced, css, draw, rows, term } = terminal();
  new Scrollbar(term);
  rows(6);
  for (let turn = 0; turn < 2; turn++) {
    viewport._sync(position);
    await Promise.resolve();
  }
  expect(synced).toEqual([]);
  css.canvas.height = 108;
  draw();
  draw();
  expect(synced).toEqual([undefined]);
});

test("an emulator that is built otherwise is left as it is", () => {
  for (const term of [{ _core: {} }, {}]) {
    const scrollbar = new Scrollbar(term as unknown as Terminal);
    scrollbar.hold();
    scrollbar.release();
  }
});

test("xterm.js is built as is supposed here", () => {
  const source = (name: string) => readFileSync(new URL(`../../node_modules/@xterm/xterm/src/browser/${name}`, import.meta.url), "utf8");
  expect(source("CoreBrowserTerminal.ts")).toContain("this._viewport = ");
  expect(source("CoreBrowserTerminal.ts")).toContain("private _renderService: IRenderService");
  expect(source("Viewport.ts")).toContain("onScroll(() => this._sync())");
  expect(source("Viewport.ts")).toContain("height: this._renderService.dimensions.css.canvas.height");
});
