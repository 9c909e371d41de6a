// What was typed, on its way: long pastes, and what becomes of one that is cancelled.
import { expect, test } from "vitest";
import { INPUT_SIZE, INPUT_WINDOW, InputQueue, KEYS_BEYOND } from "../../src/core/input.ts";
import { bytes, text } from "./fakes.ts";

/** Takes and acknowledges everything; what the program got. */
function drain(queue: InputQueue): string {
  const got: number[] = [];
  for (let ready = queue.take(); ready.length > 0; ready = queue.take())
    for (const { number, data } of ready) {
      got.push(...data);
      queue.arrived(number);
    }
  return text(Uint8Array.from(got));
}
const long = "x".repeat(10 * INPUT_WINDOW);

test("a key and a short paste are no progress to tell of", () => {
  const queue = new InputQueue();
  queue.push(bytes("a"));
  queue.push(bytes("x".repeat(INPUT_WINDOW)));
  expect(queue.paste).toBeNull();
});

test("a long paste says how much of it has arrived, until all has", () => {
  const queue = new InputQueue();
  queue.push(bytes(long));
  expect(queue.paste).toEqual({ arrived: 0, total: long.length });
  queue.take();
  queue.arrived(3);
  expect(queue.paste).toEqual({ arrived: 3 * INPUT_SIZE, total: long.length });
  drain(queue);
  expect(queue.paste).toBeNull();
});

test("cancelled: what is under way arrives, the rest does not, and what was typed behind it does", () => {
  const queue = new InputQueue();
  queue.push(bytes(long));
  queue.push(bytes("key"));
  const sent = queue.take();
  queue.cancelPaste();
  expect([queue.paste, queue.waiting]).toEqual([null, 2]);
  queue.arrived(sent.at(-1)!.number);
  expect(drain(queue)).toBe("key");
  expect(queue.waiting).toBe(0);
});

test("cancelled within brackets: the program is told that the paste is over", () => {
  const queue = new InputQueue();
  queue.push(bytes(`\x1b[200~${long}\x1b[201~`));
  queue.push(bytes("key"));
  queue.take();
  queue.cancelPaste();
  queue.arrived(4);
  expect(drain(queue)).toBe("\x1b[201~key");
});

test("cancelled before any of it went: nothing is left of it", () => {
  const queue = new InputQueue();
  queue.push(bytes(`\x1b[200~${long}\x1b[201~`));
  queue.cancelPaste();
  expect(drain(queue)).toBe("");
});

test("of two long pastes the first is cancelled, and the second goes on", () => {
  const queue = new InputQueue();
  queue.push(bytes(long));
  queue.push(bytes("y".repeat(long.length)));
  queue.cancelPaste();
  expect(queue.paste).toEqual({ arrived: 0, total: long.length });
  expect(drain(queue)).toBe("y".repeat(long.length));
});

test("cancelled while the connection is lost: what the engine has is not sent again, nor is the rest", () => {
  const queue = new InputQueue();
  queue.push(bytes(long));
  queue.take();
  queue.cancelPaste();
  queue.resume(2);
  expect(drain(queue)).toBe("x".repeat(2 * INPUT_SIZE));
});

test("Ctrl-C cancels pastes, and reaches the engine when the program takes nothing", () => {
  const queue = new InputQueue();
  queue.push(bytes(`\x1b[200~${long}\x1b[201~`));
  queue.push(bytes(long));
  queue.take();
  expect(queue.take()).toEqual([]);
  queue.push(bytes("\x03"));
  expect(queue.paste).toBeNull();
  expect(queue.take().map(({ data }) => text(data))).toEqual(["\x1b[201~", "\x03"]);
});

test("keys behind a paste that nobody takes are bounded, too", () => {
  const queue = new InputQueue();
  queue.push(bytes("x".repeat(INPUT_WINDOW)));
  for (let key = 0; key < 2 * KEYS_BEYOND; key++) queue.push(bytes("k"));
  expect(queue.take().reduce((sum, { data }) => sum + data.length, 0)).toBe(INPUT_WINDOW + KEYS_BEYOND);
});

test("no character is cut where a paste can end", () => {
  for (const character of ["é", "語", "👩"]) {
    const queue = new InputQueue();
    const paste = `a${character.repeat(30_000)}`;
    queue.push(bytes(paste));
    for (const { data } of queue.take()) expect(text(data)).not.toContain("\ufffd");
    queue.resume(0);
    expect(drain(queue)).toBe(paste);
  }
});

test("a touch is an input of no bytes, numbered like the others, and no paste", () => {
  const queue = new InputQueue();
  queue.push(bytes("a"));
  queue.touch();
  queue.push(bytes("b"));
  expect(queue.take().map(({ number, data }) => [number, text(data)])).toEqual([[1, "a"], [2, ""], [3, "b"]]);
  queue.arrived(3);
  expect([queue.waiting, queue.paste]).toEqual([0, null]);
});
