// The terminal stream's messages against the vectors that Python reads too, and against garbage.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decode, encode, HEAD, OP, ProtocolError, type Message } from "../../src/protocol/terminal.ts";

interface Vectors {
  cases: { name: string; hex: string; message: Record<string, unknown> & { op: keyof typeof OP } }[];
  invalid: { name: string; hex: string; from: "client" | "engine" }[];
}
const vectors = JSON.parse(
  readFileSync(new URL("../../../tests/vectors/terminal.json", import.meta.url), "utf8"),
) as Vectors;

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const hex = (data: Uint8Array) => Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");
const plain = (message: Message) => ("data" in message ? { ...message, data: hex(message.data) } : message);
const typed = (message: Record<string, unknown>) =>
  (typeof message["data"] === "string" ? { ...message, data: bytes(message["data"]) } : message) as unknown as Message;

/** Mulberry32: the same garbage in every run. */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("vectors", () => {
  test.each(vectors.cases)("$name decodes to what is written", ({ hex: wire, message }) => {
    expect(plain(decode(bytes(wire)))).toEqual(message);
  });

  const withoutJson = vectors.cases.filter(({ message }) => !["HELLO", "EXIT", "EVENT", "ERROR"].includes(message.op));
  test.each(withoutJson)("$name encodes to the same bytes", ({ hex: wire, message }) => {
    expect(hex(encode(typed(message)))).toBe(wire);
  });

  test.each(vectors.cases)("$name survives a round trip", ({ message }) => {
    expect(plain(decode(encode(typed(message))))).toEqual(message);
  });

  test.each(vectors.invalid)("$name is refused", ({ hex: wire }) => {
    expect(() => decode(bytes(wire))).toThrow(ProtocolError);
  });

  test("every op has a case", () => {
    const seen = new Set(vectors.cases.map(({ message }) => message.op));
    expect([...seen].sort()).toEqual(Object.keys(OP).sort());
  });
});

describe("garbage", () => {
  test("any bytes decode, or raise our error, and what decodes encodes again", () => {
    const next = random(7);
    const ops = [...Object.values(OP), 0, 6, 0x7f, 0xff];
    for (let round = 0; round < 20_000; round++) {
      const data = Uint8Array.from({ length: Math.floor(next() * 40) }, () => Math.floor(next() * 256));
      if (data.length > 0 && next() < 0.9) data[0] = ops[Math.floor(next() * ops.length)]!;
      if (data.length >= HEAD && next() < 0.9) data.fill(0, 1, 3).fill(0, 9, 11);
      let message: Message;
      try {
        message = decode(data);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
        continue;
      }
      expect(plain(decode(encode(message)))).toEqual(plain(message));
    }
  });

  test("numbers beyond 2^53 - 1 are refused in both directions", () => {
    expect(() => decode(bytes("810020000000000000" + "0000000000000000"))).toThrow(ProtocolError);
    expect(decode(bytes("81001fffffffffffff" + "0000000000000000")).sequence).toBe(Number.MAX_SAFE_INTEGER);
    for (const sequence of [2 ** 53, -1, 1.5, NaN])
      expect(() => encode({ op: "ACK", sequence, timestamp: 0 })).toThrow(ProtocolError);
  });

  test("what the protocol cannot say is not encoded", () => {
    for (const cols of [0, 1001, 65535, 1.5])
      expect(() => encode({ op: "RESIZE", sequence: 0, timestamp: 0, cols, rows: 24 })).toThrow(ProtocolError);
  });
});
