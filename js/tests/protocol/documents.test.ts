// Messages of a document's stream: what is taken and what is not.
import { expect, test } from "vitest";
import {
  decodeDocument, DocumentsProtocolError, encodeAwareness, encodeCall, encodeQuery, encodeStepOne, encodeUpdate, type DocumentMessage,
} from "../../src/protocol/documents.ts";

const bytes = (hex: string) => new Uint8Array(hex.match(/../g)?.map((two) => Number.parseInt(two, 16)) ?? []);
const hex = (data: Uint8Array) => Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");

test.each<[name: string, hex: string, message: DocumentMessage, encoded: Uint8Array]>([
  ["step 1", "00000100", { type: "step one", state: bytes("00") }, encodeStepOne(bytes("00"))],
  ["step 2", "0001020000", { type: "update", update: bytes("0000"), answers: true }, encodeUpdate(bytes("0000"), true)],
  ["update", "0002020000", { type: "update", update: bytes("0000"), answers: false }, encodeUpdate(bytes("0000"))],
  ["awareness", "010100", { type: "awareness", faces: bytes("00") }, encodeAwareness(bytes("00"))],
  ["query awareness", "03", { type: "query awareness" }, encodeQuery()],
  ["a call", "640c7b226576656e74223a312e7d".replace("312e7d", "317d").replace("640c", "640b"), { type: "call", value: { event: 1 } }, encodeCall({ event: 1 })],
])("%s is the same there and back", (_name, wire, message, encoded) => {
  expect(decodeDocument(bytes(wire))).toEqual(message);
  expect(hex(encoded)).toBe(wire);
});

test("content of more than 127 bytes has its length in two", () => {
  const long = new Uint8Array(300).fill(7);
  const encoded = encodeUpdate(long);
  expect(hex(encoded.subarray(0, 4))).toBe("0002ac02");
  expect(decodeDocument(encoded)).toEqual({ type: "update", update: long, answers: false });
});

test("what other servers say beside it is passed over", () => {
  expect(decodeDocument(bytes("0200"))).toBeNull();
  expect(decodeDocument(bytes("7d0161"))).toBeNull();
});

test.each(["", "00", "0003", "000002aa", "0105", "6403", "64026161", "64025b5d", "64046e756c6c", "6402ffff", "80808080808080808080808080808000", "ffffffffffffffffff7f"])(
  "%s is refused",
  (wire) => {
    expect(() => decodeDocument(bytes(wire))).toThrow(DocumentsProtocolError);
  },
);
