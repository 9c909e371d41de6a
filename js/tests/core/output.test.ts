// Where the output is, against where the terminal was when the stream began: until then nobody needs to see it go by.
import { expect, test } from "vitest";
import { OutputStream, type Emulator } from "../../src/core/output.ts";

function stream() {
  const told: string[] = [];
  const undone: (() => void)[] = [];
  const emulator: Emulator = {
    write: (bytes, _history, done) => undone.push(() => (told.push(`parsed ${bytes.length}`), done())),
    snapshot: (bytes, done) => undone.push(() => (told.push(`parsed ${bytes.length}`), done())),
    reset: () => {},
    resize: () => {},
    behind: (behind) => told.push(behind ? "behind" : "there"),
  };
  const parse = () => {
    for (const step of undone.splice(0)) step();
    return told.splice(0);
  };
  return { output: new OutputStream(emulator, () => {}), parse };
}

test("it is behind until history has been parsed, and not with what follows", () => {
  const { output, parse } = stream();
  output.hello(100, 130);
  output.snapshot(100, new Uint8Array(50));
  output.output(100, new Uint8Array(20));
  expect(parse()).toEqual(["behind", "parsed 50", "parsed 20"]);
  output.output(120, new Uint8Array(40));
  expect(parse()).toEqual(["parsed 10", "there", "parsed 30"]);
});

test("a snapshot of now ends it, and where there is no history it never begins", () => {
  const { output, parse } = stream();
  output.hello(0, 100);
  output.snapshot(100, new Uint8Array(50));
  expect(parse()).toEqual(["behind", "parsed 50", "there"]);
  output.hello(100, 100);
  output.output(100, new Uint8Array(5));
  expect(parse()).toEqual(["parsed 5"]);
});

test("a gap beyond the history ends it with the next output", () => {
  const { output, parse } = stream();
  output.hello(0, 100);
  output.output(0, new Uint8Array(10));
  output.gap(500);
  output.output(500, new Uint8Array(1));
  expect(parse()).toEqual(["behind", "parsed 10", "parsed 1", "there"]);
});

test("a stream that begins anew is as far as it says", () => {
  const { output, parse } = stream();
  output.hello(0, 100);
  output.output(0, new Uint8Array(100));
  output.hello(100, 100);
  expect(parse()).toEqual(["behind", "there", "parsed 100"]);
});
