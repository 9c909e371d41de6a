// Messages of a document's stream: what is taken and what is not.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { applyAwarenessUpdate, Awareness } from "y-protocols/awareness";
import { Doc } from "yjs";
import {
  decodeDocument, DocumentsProtocolError, encodeAwareness, encodeCall, encodeQuery, encodeSave, encodeStepOne, encodeUpdate, type DocumentMessage,
} from "../../src/protocol/documents.ts";

const bytes = (hex: string) => new Uint8Array(hex.match(/../g)?.map((two) => Number.parseInt(two, 16)) ?? []);
const hex = (data: Uint8Array) => Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");

type Says =
  | { kind: "step one"; state: string }
  | { kind: "update"; update: string; answers: boolean }
  | { kind: "awareness"; faces: [number, number, string | null][] }
  | { kind: "query awareness" }
  | { kind: "call"; value: Record<string, unknown> };

const vectors = JSON.parse(readFileSync("../tests/vectors/documents.json", "utf8")) as {
  messages: { name: string; says: Says; hex: string }[];
  bad: { name: string; hex: string }[];
};

/** What a message of faces has in it, behind its kind and the number of its bytes. */
const within = (wire: string) => bytes(wire).subarray(Number.parseInt(wire.slice(2, 4), 16) < 0x80 ? 2 : 3);

function message(says: Says, wire: string): DocumentMessage {
  switch (says.kind) {
    case "step one":
      return { type: "step one", state: bytes(says.state) };
    case "update":
      return { type: "update", update: bytes(says.update), answers: says.answers };
    case "awareness":
      return { type: "awareness", faces: within(wire) };
    case "query awareness":
      return { type: "query awareness" };
    case "call":
      return { type: "call", value: says.value };
  }
}

function encoded(message: DocumentMessage): Uint8Array {
  switch (message.type) {
    case "step one":
      return encodeStepOne(message.state);
    case "update":
      return encodeUpdate(message.update, message.answers);
    case "awareness":
      return encodeAwareness(message.faces);
    case "query awareness":
      return encodeQuery();
    case "call":
      return encodeCall(message.value);
    case "said":
      throw new Error("only said to us");
  }
}

test.each(vectors.messages)("$name is the same there and back", ({ says, hex: wire }) => {
  const said = message(says, wire);
  expect(decodeDocument(bytes(wire))).toEqual(said);
  expect(hex(encoded(said))).toBe(wire);
});

test.each(vectors.messages.filter(({ says }) => says.kind === "awareness"))("y-protocols understands $name", ({ says, hex: wire }) => {
  const awareness = new Awareness(new Doc());
  applyAwarenessUpdate(awareness, within(wire), null);
  const shown = [...awareness.getStates()].filter(([client]) => client !== awareness.clientID).map(([client, state]) => [client, JSON.stringify(state)]);
  expect(shown).toEqual(says.kind === "awareness" ? says.faces.filter(([, , state]) => state !== null).map(([client, , state]) => [client, state]) : []);
  awareness.destroy();
});

test("a save is asked of jupyter-collaboration as it wants it, and its answer understood", () => {
  expect(hex(encodeSave(300))).toBe("020473617665ac02");
  const said = { type: "save", responseTo: 300, status: "success" };
  expect(decodeDocument(encodeCall(said).with(0, 2))).toEqual({ type: "said", value: said });
});

test("what other servers say beside it is passed over", () => {
  expect(decodeDocument(bytes("0200"))).toBeNull();
  expect(decodeDocument(bytes("7d0161"))).toBeNull();
});

test.each(vectors.bad)("$name is refused", ({ hex: wire }) => {
  expect(() => decodeDocument(bytes(wire))).toThrow(DocumentsProtocolError);
});
