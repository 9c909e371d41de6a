// Paths with line numbers in what programs print.
import { expect, test } from "vitest";
import { belowRoot, placesIn } from "../../src/state/places.ts";

test.each([
  ["src/train.py:42: error", ["src/train.py", 42, "src/train.py:42"]],
  ["at src/train.py:42:7", ["src/train.py", 42, "src/train.py:42:7"]],
  ["(./a.ts:3:4)", ["./a.ts", 3, "./a.ts:3:4"]],
  ['  File "/home/ada/my dir/x.py", line 7, in f', ["/home/ada/my dir/x.py", 7, 'File "/home/ada/my dir/x.py", line 7']],
  ["x.ts(3,4): error TS2304", ["x.ts", 3, "x.ts(3,4)"]],
  ["Makefile:12: *** missing separator", ["Makefile", 12, "Makefile:12"]],
  ["tests/test_a.py:5: AssertionError", ["tests/test_a.py", 5, "tests/test_a.py:5"]],
])("%s", (text, expected) => {
  const [place, ...others] = placesIn(text);
  expect(others).toEqual([]);
  expect([place!.path, place!.line, text.slice(place!.start, place!.end)]).toEqual(expected);
});

test.each(["it is 12:30", "http://localhost:8888/lab", "https://a.b/x.py:3", "a:b:c", "::1", "f(1)(2)", "3.5:1"])("%s has none", (text) => {
  expect(placesIn(text).filter(({ path }) => path !== "f")).toEqual([]);
});

test("several in a line come in order", () => {
  expect(placesIn("a.py:1 b.py:2").map(({ path }) => path)).toEqual(["a.py", "b.py"]);
});

test.each([
  ["a.py", "/r/src", "/r", "src/a.py"],
  ["../a.py", "/r/src", "/r", "a.py"],
  ["./x/../a.py", "/r", "/r", "a.py"],
  ["/r/a.py", "/elsewhere", "/r", "a.py"],
  ["/root2/a.py", "/r", "/root", null],
  ["../../a.py", "/r/src", "/r", null],
  ["a.py", "/r", "", null],
  [".", "/r", "/r", null],
])("%s of a program in %s below %s is %s", (path, directory, root, expected) => {
  expect(belowRoot(path, directory, root)).toBe(expected);
});
