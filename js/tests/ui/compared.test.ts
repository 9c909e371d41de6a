// Two texts beside one another.
import { expect, test } from "vitest";
import { compared, type Row } from "../../src/ui/compared.ts";

const line = (parts: Row["before"]) => parts?.map((part) => (part.changed ? `[${part.text}]` : part.text)).join("") ?? "-";
const told = (rows: Row[]) =>
  rows.map(({ before, after, changed, left }) => (left > 0 ? `…${left}` : changed ? `! ${line(before)} | ${line(after)}` : `  ${line(before)}`));

test("what differs in a line is marked in it", () => {
  expect(told(compared("lr = 0.01\nepochs = 20\n", "lr = 0.003\nepochs = 20\n"))).toEqual(["! lr = 0.0[1] | lr = 0.0[03]", "  epochs = 20"]);
});

test("what is only in one of them is marked there", () => {
  expect(told(compared("", "seed = 1\n"))).toEqual(["! - | [seed = 1]"]);
  expect(told(compared("a\nb\n", "a\n"))).toEqual(["  a", "! [b] | -"]);
});

test("equal lines stand beside one another, whatever was put between them", () => {
  expect(told(compared("a\nb\nc\n", "a\nnew\nb\nc!\n"))).toEqual(["  a", "! - | [new]", "  b", "! c | c[!]"]);
});

test("what lies far from a difference is left out, if that is more than a line", () => {
  const lines = Array.from({ length: 100 }, (_, at) => `line ${at}`);
  const changed = (where: number) => told(compared(lines.join("\n"), lines.map((text, at) => (at === where ? `${text}!` : text)).join("\n")));
  expect(changed(50)).toEqual(["…47", "  line 47", "  line 48", "  line 49", "! line 50 | line 50[!]", "  line 51", "  line 52", "  line 53", "…46"]);
  expect(changed(4).slice(0, 2)).toEqual(["  line 0", "  line 1"]);
});

test.each([
  ["a\nb\n\nc", "a\nx\n\nc\nd"],
  ["a\nb", "a\nb\n"],
  ["one two\nthree\n", "one\ntwo three\n"],
  ["\n\n", ""],
  ["x", "\n\nx\ny\n"],
  ["a\nb\nc\nd\n", "c\nd\na\nb\n"],
])("the text of both is all there: %j, %j", (one, other) => {
  const rows = compared(one, other);
  const text = (lines: Row["before"][]) => lines.filter((parts) => parts !== null).map((parts) => `${parts.map((part) => part.text).join("")}\n`).join("");
  const ended = (whole: string) => (whole === "" || whole.endsWith("\n") ? whole : `${whole}\n`);
  expect([text(rows.map(({ before }) => before)), text(rows.map(({ after }) => after))]).toEqual([ended(one), ended(other)]);
  for (const { before, after, changed } of rows) if (!changed) expect(line(before)).toBe(line(after));
});
