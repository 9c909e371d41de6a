// Changes as rows of a tree.
import { expect, test } from "vitest";
import type { Change } from "../../src/state/changes.ts";
import { listRows, treeRows } from "../../src/state/tree.ts";

const change = (path: string, at = 0, isDir = false): Change => ({ path, kind: "modified", from: null, isDir, count: 1, at });
const drawn = (rows: ReturnType<typeof treeRows>) => rows.map(({ text, depth, count, open }) => `${"  ".repeat(depth)}${text}${open === null ? "" : open ? " v" : " >"} ${count}`);

const CHANGES = [change("src/b.py", 5), change("src/engine/deep/er/x.py", 9), change("src/engine/deep/er/y.py", 1), change("src/a.py", 2)];

test("directories first, lone ones in one row, with the counts of what is below", () => {
  expect(drawn(treeRows(CHANGES, "src", new Set()))).toEqual(["engine/deep/er v 2", "  x.py 1", "  y.py 1", "a.py 1", "b.py 1"]);
});

test("a closed one hides what is below and still tells of it", () => {
  const rows = treeRows(CHANGES, "src", new Set(["engine/deep/er"]));
  expect(drawn(rows)).toEqual(["engine/deep/er > 2", "a.py 1", "b.py 1"]);
  expect(rows[0]!.at).toBe(9);
});

test("a directory that changed itself keeps its row", () => {
  expect(drawn(treeRows([change("src/d", 0, true), change("src/d/e/f")], "src", new Set()))).toEqual(["d v 2", "  e v 1", "    f 1"]);
});

test("a list has them as they are given", () => {
  expect(listRows(CHANGES, "src").map(({ text }) => text)).toEqual(["b.py", "engine/deep/er/x.py", "engine/deep/er/y.py", "a.py"]);
});

test("a thousand levels are no trouble", () => {
  const rows = treeRows([change(`${"d/".repeat(1000)}a`), ...Array.from({ length: 300 }, (_, level) => change(`${"d/".repeat(level)}f`))], "", new Set());
  expect(rows).toHaveLength(300 + 300 + 1);
});
