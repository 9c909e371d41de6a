// What is drawn while history goes by: nothing, and then all of it at once.
import { readFileSync } from "node:fs";
import type { Terminal } from "@xterm/xterm";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Curtain } from "../../src/ui/curtain.ts";
import { PATIENCE } from "../../src/ui/patience.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function terminal() {
  const drawn: [number, number][] = [];
  const service = { refreshRows: (start: number, end: number) => void drawn.push([start, end]) };
  const refresh = (start: number, end: number) => service.refreshRows(start, end);
  return { drawn, service, term: { rows: 24, refresh, _core: { _renderService: service } } as unknown as Terminal };
}

test("nothing is drawn behind it, and everything when it opens", () => {
  const { drawn, service, term } = terminal();
  const curtain = new Curtain(term);
  service.refreshRows(0, 1);
  curtain.close();
  service.refreshRows(2, 3);
  service.refreshRows(4, 5);
  expect(drawn).toEqual([[0, 1]]);
  curtain.open();
  expect(drawn).toEqual([[0, 1], [0, 23]]);
  service.refreshRows(6, 7);
  expect(drawn).toHaveLength(3);
});

test("what nobody wanted drawn is not drawn when it opens", () => {
  const { drawn, term } = terminal();
  const curtain = new Curtain(term);
  curtain.close();
  curtain.open();
  expect(drawn).toEqual([]);
});

test("it opens by itself when history takes long", () => {
  const { drawn, service, term } = terminal();
  const curtain = new Curtain(term);
  curtain.close();
  service.refreshRows(2, 3);
  curtain.close();
  vi.advanceTimersByTime(PATIENCE);
  expect(drawn).toEqual([[0, 23]]);
});

test("a selection is drawn, and its going away; where there was none, nothing is", () => {
  const { service, term } = terminal();
  const drawn: unknown[] = [];
  const selectable = Object.assign(service, { handleSelectionChanged: (start: unknown) => void drawn.push(start) });
  new Curtain(term);
  for (const start of [undefined, [1, 2], [3, 4], undefined, undefined]) selectable.handleSelectionChanged(start);
  expect(drawn).toEqual([[1, 2], [3, 4], undefined]);
});

test("an emulator that is built otherwise draws as before", () => {
  const curtain = new Curtain({} as unknown as Terminal);
  curtain.close();
  curtain.open();
});

test("xterm.js is built as is supposed here", () => {
  const source = (name: string) => readFileSync(new URL(`../../node_modules/@xterm/xterm/src/browser/${name}`, import.meta.url), "utf8");
  expect(source("CoreBrowserTerminal.ts")).toContain("this._renderService?.refreshRows(");
  expect(source("services/RenderService.ts")).toContain("public refreshRows(start: number, end: number, isRedrawOnly");
  expect(source("CoreBrowserTerminal.ts")).toContain("this._renderService!.handleSelectionChanged(e.start, e.end,");
});
