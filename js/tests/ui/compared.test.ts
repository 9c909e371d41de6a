// Two texts beside one another.
import { expect, test } from "vitest";
import { compared, type Line } from "../../src/ui/compared.ts";

const told = (lines: Line[]) =>
  lines.map(({ parts, changed, gap }) => (gap ? "…" : changed ? "! " : "  ") + parts.map((part) => (part.changed ? `[${part.text}]` : part.text)).join(""));

test("what differs in a line is marked in it", () => {
  const { before, after } = compared("lr = 0.01\nepochs = 20\n", "lr = 0.003\nepochs = 20\n");
  expect(told(before)).toEqual(["! lr = 0.0[1]", "  epochs = 20"]);
  expect(told(after)).toEqual(["! lr = 0.0[03]", "  epochs = 20"]);
});

test("what is only in one of them is marked there", () => {
  const { after } = compared("", "seed = 1\n");
  expect(told(after)).toEqual(["! [seed = 1]"]);
});

test("what lies far from a difference is left out", () => {
  const lines = Array.from({ length: 100 }, (_, at) => `line ${at}`);
  const { after } = compared(lines.join("\n"), lines.map((line, at) => (at === 50 ? `${line}!` : line)).join("\n"));
  expect(told(after)).toEqual(["…47 lines", "  line 47", "  line 48", "  line 49", "! line 50[!]", "  line 51", "  line 52", "  line 53", "…46 lines"]);
});

test("the text of both is all there", () => {
  const [one, other] = ["a\nb\n\nc", "a\nx\n\nc\nd"];
  const { before, after } = compared(one, other);
  const text = (lines: Line[]) => lines.map(({ parts }) => parts.map((part) => part.text).join("")).join("\n");
  expect([text(before), text(after)]).toEqual([one, other]);
});
