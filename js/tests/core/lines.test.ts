// What a program that reads line by line would lose.
import { expect, test } from "vitest";
import { lossOf, MAX_LINE, TypedLine } from "../../src/core/lines.ts";
import { bytes } from "./fakes.ts";

test.each([
  ["just enough", "x".repeat(MAX_LINE), 0, 0],
  ["one too many", "x".repeat(MAX_LINE + 1), 0, 1],
  ["many lines, each short", "x\n".repeat(10_000), 0, 0],
  ["two long ones", `${"x".repeat(5000)}\r\nshort\r${"y".repeat(4096)}\n`, 0, 5000 - MAX_LINE + 1],
  ["bytes, not characters", "é".repeat(2048), 0, 1],
  ["a line that has something already", "x".repeat(MAX_LINE), 7, 7],
  ["one that is full already", "x", 10_000, 1],
  ["only the first one has it", `x\n${"y".repeat(MAX_LINE)}`, 10_000, 1],
])("%s", (_, text, before, loss) => expect(lossOf(text, before)).toBe(loss));

test("the line grows with what is typed, until it ends or is thrown away", () => {
  const line = new TypedLine();
  for (const [typed, length] of [["ab", 2], ["c", 3], ["\r", 0], ["x\rabc", 3], ["\x03", 0], ["é", 2], ["\x15", 0]] as const) {
    line.typed(bytes(typed));
    expect(line.length).toBe(length);
  }
});
