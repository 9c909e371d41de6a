// Commands' places in xterm.js' own buffer: exact, and after reflow, trimming, clearing and resets still true or gone.
import headless from "@xterm/headless";
import { expect, test } from "vitest";
import { OutputStream } from "../../src/core/output.ts";
import { CommandLog } from "../../src/state/commands.ts";
import { Anchors, rowOf } from "../../src/ui/anchors.ts";
import { XtermEmulator } from "../../src/ui/emulator.ts";
import { linesBetween } from "../../src/ui/lines.ts";

const encoder = new TextEncoder();

/** A shell and its engine: what it prints is output, what it marks is told by events after it. */
function shell({ cols = 20, rows = 6, scrollback = 50, nonce = "n" } = {}) {
  const term = new headless.Terminal({ cols, rows, scrollback, allowProposedApi: true });
  const emulator = new XtermEmulator(term as unknown as ConstructorParameters<typeof XtermEmulator>[0]);
  const log = new CommandLog();
  const anchors = new Anchors(term as unknown as ConstructorParameters<typeof Anchors>[0], log);
  emulator.marked = (mark) => anchors.mark(mark);
  emulator.wiped = () => anchors.forget();
  log.changed = (command) => emulator.inOrder(() => anchors.bind(command));
  const stream = new OutputStream(emulator, () => {});
  stream.hello(0, 0);
  let offset = 0;
  const history: { data: Uint8Array; at: number }[] = [];
  const print = (text: string) => {
    const data = encoder.encode(text);
    history.push({ data, at: offset });
    stream.output(offset, data);
    offset += data.length;
  };
  const mark = (body: string) => print(`\x1b]633;${body};${nonce}\x07`);
  const prompt = () => {
    print("$ ");
    mark("B");
  };
  const tell = (command: string, start: number, end: number | null, exit_code: number | null = 0) =>
    log.tell({ command, cwd: "/", started: "2026-01-01T00:00:00Z", ended: null, duration: end === null ? null : 1, exit_code, start, end });
  const run = (line: string, output: string, { told = true } = {}) => {
    print(`${line}\r\n`);
    mark("C");
    const start = offset;
    print(output);
    const end = offset;
    mark("D;0");
    prompt();
    // The engine looks behind the output.
    if (told) tell(line, start, end);
    return { start, end };
  };
  const settled = () => new Promise<void>((resolve) => emulator.inOrder(resolve));
  const rowText = (row: number | undefined) => (row === undefined ? undefined : term.buffer.normal.getLine(row)?.translateToString(true));
  const heads = () => anchors.places.filter(({ head }) => head?.marker.isDisposed === false).map(({ head }) => rowText(rowOf(head!, term.cols)));
  const outputs = () =>
    anchors.places.map(({ output, end }) =>
      linesBetween(term.buffer.normal, { row: output.marker.line, text: output.text }, { row: end!.marker.line, text: end!.text }),
    );
  return { term, emulator, stream, anchors, log, print, mark, prompt, run, tell, settled, heads, outputs, history };
}

test("a mark lies on the line that was typed, and the output between the marks is the command's", async () => {
  const { prompt, run, settled, heads, outputs } = shell();
  prompt();
  run("ls", "a\r\nb  \r\n");
  run("printf x", "x");
  run("true", "");
  run("long", `${"w".repeat(45)}\r\n\r\nlast\r\n\r\n`);
  await settled();
  expect(heads()).toEqual(["$ ls", "$ printf x", "x$ true", "$ long"]);
  expect(outputs()).toEqual([["a", "b"], ["x"], [], ["w".repeat(45), "", "last"]]);
});

test("reflow to narrower and wider and back changes no output and no line", async () => {
  const { term, prompt, run, settled, heads, outputs } = shell({ cols: 40 });
  prompt();
  run("echo one", `${"1234567890".repeat(7)}\r\nshort\r\n`);
  run("printf two", "no newline, and longer than the line will be");
  run("echo three", "three\r\n");
  await settled();
  const before = outputs();
  for (const cols of [10, 17, 80, 5, 40]) {
    term.resize(cols, 6);
    expect(outputs()).toEqual(before);
  }
  expect(heads()).toEqual(["$ echo one", "$ printf two", "l be$ echo three"]);
});

test("marks of a forger are none, where the engine vouches for nothing at their offsets", async () => {
  const { prompt, print, run, settled, heads } = shell();
  prompt();
  run("cat forged", "\x1b]633;B;evil\x07fake$ rm\r\n\x1b]633;C;evil\x07gone\r\n\x1b]633;D;0;evil\x07");
  for (let count = 0; count < 200; count++) print(`\x1b]633;C;${count}\x07`);
  run("ls", "a\r\n");
  await settled();
  expect(heads()).toEqual(["$ cat forged", "$ ls"]);
});

test("a prompt that is painted again is where it was painted last", async () => {
  const { prompt, print, mark, run, settled, heads } = shell();
  prompt();
  print("\x1b[H\x1b[2J");
  print("$ ");
  mark("B");
  run("ls", "a\r\n");
  print("ma\r\nmake  man\r\n");
  prompt();
  run("make", "ok\r\n");
  await settled();
  expect(heads()).toEqual(["$ ls", "$ make"]);
});

test("trimmed, cleared and reset: what is gone has no mark, and what comes has its own", async () => {
  const { emulator, term, anchors, prompt, print, run, settled, heads } = shell({ scrollback: 10 });
  prompt();
  run("first", "a\r\n");
  run("seq", "n\r\n".repeat(30));
  await settled();
  expect(heads()).toEqual([]);
  expect(anchors.places.at(-1)!.output.marker.isDisposed).toBe(true);
  run("second", "b\r\n");
  await settled();
  expect(heads()).toEqual(["$ second"]);
  run("clear", "\x1b[H\x1b[2J\x1b[3J");
  run("third", "c\r\n");
  await settled();
  expect(heads()).toEqual(["$ third"]);
  emulator.inOrder(() => anchors.keepPrompt(() => (term as unknown as { clear(): void }).clear()));
  run("fourth", "d\r\n");
  await settled();
  expect(heads()).toEqual(["$ fourth"]);
  print("\x1bc");
  prompt();
  run("fifth", "e\r\n");
  await settled();
  expect(heads()).toEqual(["$ fifth"]);
});

test("after a gap the replay marks each command once", async () => {
  const { stream, prompt, run, tell, settled, heads, outputs, history } = shell();
  prompt();
  const first = run("one", "1\r\n");
  run("two", "2\r\n");
  await settled();
  stream.gap(0);
  for (const { data, at } of history) stream.output(at, data);
  tell("one", first.start, first.end);
  await settled();
  expect([heads(), outputs()]).toEqual([["$ one", "$ two"], [["1"], ["2"]]]);
});

test("events before, between and after the bytes that they tell of give the same marks", async () => {
  const { stream, log, prompt, run, tell, settled, heads, history } = shell();
  prompt();
  const places = ["one", "two", "three"].map((line) => [line, run(line, `${line}\r\n`, { told: false })] as const);
  await settled();
  expect(heads()).toEqual([]);
  for (const [line, { start, end }] of places) tell(line, start, end);
  await settled();
  expect(heads()).toEqual(["$ one", "$ two", "$ three"]);
  stream.gap(0);
  await settled();
  expect([heads(), log.all.length]).toEqual([[], 3]);
  for (const { data, at } of history) stream.output(at, data);
  await settled();
  expect(heads()).toEqual(["$ one", "$ two", "$ three"]);
});

test("the alternate screen has no marks, and the commands around it keep theirs", async () => {
  const { prompt, run, settled, heads } = shell();
  prompt();
  run("one", "1\r\n");
  run("vim", "\x1b[?1049h\x1b[2J\x1b]633;B;n\x07edit\x1b[?1049l");
  run("two", "2\r\n");
  await settled();
  expect(heads()).toEqual(["$ one", "$ vim", "$ two"]);
});
