// A shell's marks are found wherever the output is cut, and nothing else is taken for one.
import { expect, test } from "vitest";
import { MarkScanner } from "../../src/core/marks.ts";
import { OutputStream, type Emulator } from "../../src/core/output.ts";
import { bytes, text } from "./fakes.ts";

const OUTPUT = "$ \x1b]633;B;n1\x07make\r\n\x1b]633;E;make;n1\x07\x1b]633;C;n1\x07\x1b[31mone\x1b[m\r\n\x1b]633;D;2;n1\x1b\\\x1b]633;A;n1\x07$ \x1b]633;B;n1\x07";
const at = (part: string, from = 0) => OUTPUT.indexOf(part, from);
const MARKS = [
  { kind: "B", nonce: "n1", start: at("\x1b]633;B"), end: at("make\r") },
  { kind: "C", nonce: "n1", start: at("\x1b]633;C"), end: at("\x1b[31m") },
  { kind: "D", nonce: "n1", start: at("\x1b]633;D"), end: at("\x1b]633;A") },
  { kind: "B", nonce: "n1", start: OUTPUT.lastIndexOf("\x1b]633;B"), end: OUTPUT.length },
];

test("marks are found at every cut", () => {
  const whole = bytes(OUTPUT);
  for (let cut = 0; cut <= whole.length; cut++) {
    const scanner = new MarkScanner();
    expect([...scanner.feed(whole.subarray(0, cut), 0), ...scanner.feed(whole.subarray(cut), cut)]).toEqual(MARKS);
  }
  const scanner = new MarkScanner();
  expect([...whole].flatMap((byte, offset) => scanner.feed(Uint8Array.of(byte), offset))).toEqual(MARKS);
});

test.each([
  ["no nonce", "\x1b]633;B\x07"],
  ["another letter", "\x1b]633;Z;n\x07"],
  ["another sequence", "\x1b]133;B;n\x07"],
  ["cancelled", "\x1b]633;B;n\x18\x07"],
  ["too long", `\x1b]633;B;${"n".repeat(100_000)}\x07`],
  ["cut off by another sequence", "\x1b]633;B;n\x1b[m\x07"],
])("what is none is passed over: %s", (_, output) => {
  const scanner = new MarkScanner();
  expect(scanner.feed(bytes(output), 0)).toEqual([]);
  expect(scanner.feed(bytes("\x1b]633;C;n\x07"), 100)).toEqual([{ kind: "C", nonce: "n", start: 100, end: 110 }]);
});

test("an escape that ends no string may begin a mark", () => {
  expect(new MarkScanner().feed(bytes("\x1b]633;B;n\x1b]633;C;n\x07\x1b\x1b]633;D;0;n\x07"), 0).map(({ kind }) => kind)).toEqual(["C", "D"]);
});

test("the emulator is told of a mark after the bytes up to it and before any beyond it", () => {
  const log: string[] = [];
  const emulator: Emulator = {
    write: (data) => log.push(text(data)),
    snapshot: () => {},
    reset: () => log.push("reset"),
    resize: () => {},
    mark: ({ kind, end }) => log.push(`${kind} ${end}`),
  };
  const stream = new OutputStream(emulator, () => {});
  stream.hello(0, 0);
  const whole = bytes(OUTPUT);
  stream.output(0, whole.subarray(0, 6));
  stream.output(6, whole.subarray(6));
  const [b, c, d, last] = MARKS.map(({ end }) => end) as [number, number, number, number];
  expect(log).toEqual([
    OUTPUT.slice(0, 6), OUTPUT.slice(6, b), `B ${b}`, OUTPUT.slice(b, c), `C ${c}`, OUTPUT.slice(c, d), `D ${d}`, OUTPUT.slice(d), `B ${last}`,
  ]);
});
