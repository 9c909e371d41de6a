// Messages of the file-event stream: what is taken and what is not.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decodeFiles, FilesProtocolError } from "../../src/protocol/files.ts";

const BATCH = { type: "batch", clock: "b:r:1", events: [{ kind: "moved", path: "b", from: "a", is_dir: false }], first_seen: 1, sent: 2 };

test.each([
  { type: "hello", clock: "b:r:0", path: "src", mode: "native", window_ms: 50 },
  BATCH,
  { type: "resync", clock: "b:r:2", reason: "overflow", path: "src" },
  { type: "ping" },
  { type: "pong" },
])("$type is taken as it is", (message) => {
  expect(decodeFiles(JSON.stringify(message))).toEqual(message);
});

test("a name that is no UTF-8 keeps its bytes as lone surrogates", () => {
  const text = '{"type":"batch","clock":"","events":[{"kind":"created","path":"a\\udcff","is_dir":false}],"first_seen":0,"sent":0}';
  const message = decodeFiles(text);
  expect(message?.type === "batch" && message.events[0]!.path).toBe("a\udcff");
});

test("a later version's messages are passed over", () => {
  expect(decodeFiles('{"type":"news"}')).toBeNull();
});

test.each([
  "",
  "[]",
  "null",
  "{}",
  '{"type":"hello"}',
  JSON.stringify({ ...BATCH, events: [{ kind: "moved", path: "b", is_dir: false }] }),
  JSON.stringify({ ...BATCH, events: [{ kind: "eaten", path: "b", is_dir: false }] }),
  JSON.stringify({ ...BATCH, events: null }),
])("%s is refused", (text) => {
  expect(() => decodeFiles(text)).toThrow(FilesProtocolError);
});

interface Vectors {
  messages: { name: string; text: string; message: unknown }[];
  invalid: { name: string; text: string }[];
}
const vectors = JSON.parse(readFileSync(new URL("../../../tests/vectors/files.json", import.meta.url), "utf8")) as Vectors;

test.each(vectors.messages)("vector: $name", ({ text, message }) => {
  expect(decodeFiles(text)).toEqual(message);
});

test.each(vectors.invalid)("vector, invalid: $name", ({ text }) => {
  let taken: unknown = null;
  try {
    taken = decodeFiles(text);
  } catch (error) {
    expect(error).toBeInstanceOf(FilesProtocolError);
  }
  expect(taken).toBeNull();
});
