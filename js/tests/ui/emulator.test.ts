// xterm.js' own parser behind our order of things: questions in history stay unanswered, resets wait their turn.
import headless from "@xterm/headless";
import { expect, test } from "vitest";
import { atOnce } from "../../src/ui/atOnce.ts";
import { XtermEmulator } from "../../src/ui/emulator.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
function terminal(leads = true) {
  const term = new headless.Terminal({ cols: 20, rows: 5, allowProposedApi: true });
  const emulator = new XtermEmulator(term as unknown as ConstructorParameters<typeof XtermEmulator>[0]);
  emulator.leads = leads;
  const answers: string[] = [];
  term.onData((data) => answers.push(data));
  const write = (text: string, history: boolean) => new Promise<void>((resolve) => emulator.write(bytes(text), history, resolve));
  const line = (row: number) => term.buffer.active.getLine(row)?.translateToString(true);
  return { term, emulator, answers, write, line };
}

const QUESTIONS = "\x1b[c\x1b[>c\x1b[=c\x1b[5n\x1b[6n\x1b[?6n\x1b[4$p\x1b[?25$p\x1b[>q\x1bP$qm\x1b\\\x1b]10;?\x07\x1b]4;1;?\x07\x1b[18t";

test("questions in history are not answered, and the same ones afterwards are", async () => {
  const { answers, write } = terminal();
  await write(QUESTIONS, true);
  expect(answers).toEqual([]);
  await write(QUESTIONS, false);
  expect(answers.length).toBeGreaterThanOrEqual(6);
});

test("history and live bytes that are written together are told apart", async () => {
  const { answers, write } = terminal();
  await Promise.all([write("old\x1b[6n", true), write("new\x1b[6n", false), write("\x1b[6n", true)]);
  expect(answers).toEqual(["\x1b[1;7R"]);
});

test("a view that does not lead answers nothing", async () => {
  const { answers, write } = terminal(false);
  await write(QUESTIONS, false);
  expect(answers).toEqual([]);
});

test("everything else goes through while questions are swallowed", async () => {
  const { write, line } = terminal(false);
  await write("a\x1b[c\x1b[5Cb\x1b[6n\r\n\x1b[2;3Hc", true);
  expect(line(0)).toBe("a     b");
  expect(line(1)).toBe("  c");
});

test("a reset and a size take effect in the order of the output", async () => {
  const { term, emulator, write, line } = terminal();
  const first = write("x".repeat(30), false);
  emulator.reset();
  emulator.resize(10, 4);
  const last = write("y".repeat(12), false);
  await Promise.all([first, last]);
  expect([term.cols, term.rows]).toEqual([10, 4]);
  expect(line(0)).toBe("yyyyyyyyyy");
  expect(line(1)).toBe("yy");
});

test("history is parsed at once where nothing is before it, and in its turn otherwise", async () => {
  const { term, emulator, answers, write, line } = terminal();
  emulator.atOnce = atOnce(term as never);
  const order: string[] = [];
  const note = (text: string) => () => void order.push(text);
  emulator.write(bytes("first\x1b[6n\r\n"), true, note("first"));
  expect(order).toEqual(["first"]);
  expect(line(0)).toBe("first");
  emulator.write(bytes("live\x1b[6n\r\n"), false, note("live"));
  emulator.write(bytes("old\x1b[6n\r\n"), true, note("old"));
  emulator.inOrder(note("then"));
  expect(order).toEqual(["first"]);
  await write("last", false);
  expect(order).toEqual(["first", "live", "old", "then"]);
  expect([0, 1, 2, 3].map(line)).toEqual(["first", "live", "old", "last"]);
  expect(answers).toEqual(["\x1b[2;5R"]);
  emulator.write(bytes(" and more"), true, note("more"));
  expect(line(3)).toBe("last and more");
});

test("a character whose bytes come in two pieces of history is whole", () => {
  const { term, emulator, line } = terminal();
  emulator.atOnce = atOnce(term as never);
  for (const byte of bytes("€…")) emulator.write(Uint8Array.of(byte), true, () => {});
  expect(line(0)).toBe("€…");
});

test("a terminal to which nothing was written is not reset", async () => {
  const { term, emulator, write } = terminal();
  let resets = 0;
  const reset = term.reset.bind(term);
  term.reset = () => (resets++, reset());
  emulator.reset();
  expect(resets).toBe(0);
  await write("text", false);
  emulator.reset();
  expect(resets).toBe(1);
});
