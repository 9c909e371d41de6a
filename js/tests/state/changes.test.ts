// What changed lately, path by path.
import { expect, test } from "vitest";
import type { FileEvent } from "../../src/protocol/files.ts";
import { Changes, filterOf, relative } from "../../src/state/changes.ts";

const event = (kind: FileEvent["kind"], path: string, from?: string, is_dir = false): FileEvent => ({ kind, path, is_dir, ...(from === undefined ? {} : { from }) });
function after(...events: FileEvent[]) {
  const changes = new Changes();
  events.forEach((one, index) => changes.add(one, index));
  return changes.newestFirst().map(({ kind, path, count, from }) => `${kind} ${from === null ? "" : `${from} `}${path} ${count}`);
}

test("newest first, each path once with its count", () => {
  expect(after(event("modified", "a"), event("modified", "b"), event("modified", "a"))).toEqual(["modified a 2", "modified b 1"]);
});

test("what is new stays new while it is written, until it is deleted", () => {
  expect(after(event("created", "a"), event("modified", "a"))).toEqual(["created a 2"]);
  expect(after(event("created", "a"), event("modified", "a"), event("deleted", "a"))).toEqual(["deleted a 3"]);
});

test("a move takes the count of the old name along", () => {
  expect(after(event("modified", "a"), event("moved", "b", "a"), event("modified", "b"))).toEqual(["moved a b 3"]);
});

test("a directory that is moved takes what is below along, and one that is deleted too", () => {
  expect(after(event("created", "d/x"), event("created", "dx"), event("moved", "e", "d", true))).toEqual(["moved d e 1", "created e/x 1", "created dx 1"]);
  expect(after(event("created", "d/x"), event("created", "dx"), event("deleted", "d", undefined, true))).toEqual(["deleted d 1", "created dx 1"]);
});

test("only so many are kept, the newest, and how many went is known", () => {
  const changes = new Changes(10);
  for (let i = 0; i < 100_000; i++) changes.add(event("created", `f${i}`), i);
  expect([changes.size, changes.forgotten]).toEqual([10, 99_990]);
  expect(changes.newestFirst()[0]!.path).toBe("f99999");
});

test("a filter wants all its words, in any case, also where something was before", () => {
  const changes = new Changes();
  changes.add(event("moved", "src/New.py", "src/old.py"), 0);
  const finds = (text: string) => changes.newestFirst().filter(filterOf(text)).length;
  expect([finds(""), finds("new"), finds("py OLD"), finds("new txt")]).toEqual([1, 1, 1, 0]);
});

test("paths are shown from what is watched on", () => {
  expect([relative("src/a/b", "src"), relative("srcs/a", "src"), relative("a", ""), relative("a/b.txt", "a/b.txt")]).toEqual(["a/b", "srcs/a", "a", "b.txt"]);
});
