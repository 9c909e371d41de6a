// The messages of a document's stream: y-protocols' as the y-websocket provider speaks them, and calls of our own; pure.

/** What is said in a document's stream. */
export type DocumentMessage =
  /** What the sender has, as a state vector: it asks for the rest. */
  | { type: "step one"; state: Uint8Array }
  /** What changed; `answers` a step one or not. */
  | { type: "update"; update: Uint8Array; answers: boolean }
  /** What several clients show of themselves, as y-protocols/awareness takes it. */
  | { type: "awareness"; faces: Uint8Array }
  | { type: "query awareness" }
  /** One of ours: a JSON object. */
  | { type: "call"; value: Record<string, unknown> }
  /** What a room of jupyter-collaboration says beside that: a JSON object. */
  | { type: "said"; value: Record<string, unknown> };

export class DocumentsProtocolError extends Error {
  override readonly name = "DocumentsProtocolError";
}

const SYNC = 0;
const AWARENESS = 1;
const SAID = 2;
const QUERY_AWARENESS = 3;
const CALL = 100;
const STEP_ONE = 0;
const STEP_TWO = 1;
const UPDATE = 2;

export const encodeStepOne = (state: Uint8Array) => message([SYNC, STEP_ONE], state);
export const encodeUpdate = (update: Uint8Array, answers = false) => message([SYNC, answers ? STEP_TWO : UPDATE], update);
export const encodeAwareness = (faces: Uint8Array) => message([AWARENESS], faces);
export const encodeQuery = () => new Uint8Array([QUERY_AWARENESS]);
/** Has a room of jupyter-collaboration write its file; the answer has the number. */
export const encodeSave = (id: number) => new Uint8Array([...message([SAID], new TextEncoder().encode("save")), ...integer(id)]);
export const encodeCall = (value: Record<string, unknown>) => message([CALL], new TextEncoder().encode(JSON.stringify(value)));

/** What a message says; null for a kind that we do not know, of which other servers have some. */
export function decodeDocument(data: Uint8Array): DocumentMessage | null {
  const reader = new Reader(data);
  const kind = reader.integer();
  switch (kind) {
    case SYNC: {
      const step = reader.integer();
      if (step > UPDATE) throw new DocumentsProtocolError(`A message of kind 0 is of 0, 1 or 2, and this one of ${step}.`);
      const content = reader.sized();
      return step === STEP_ONE ? { type: "step one", state: content } : { type: "update", update: content, answers: step === STEP_TWO };
    }
    case AWARENESS:
      return { type: "awareness", faces: reader.sized() };
    case QUERY_AWARENESS:
      return { type: "query awareness" };
    case SAID: {
      const value = json(reader.sized());
      return value instanceof Error ? null : { type: "said", value };
    }
    case CALL: {
      const value = json(reader.sized());
      if (value instanceof Error) throw new DocumentsProtocolError(`A message of kind 100 must be a JSON object: ${value.message}`);
      return { type: "call", value };
    }
  }
  return null;
}

function json(bytes: Uint8Array): Record<string, unknown> | Error {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : new Error("it is something else");
  } catch (error) {
    return error as Error;
  }
}

/** Takes lib0's numbers (seven bits a byte, the low ones first) and sized bytes off a message, one after the other. */
class Reader {
  readonly #data: Uint8Array;
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  integer(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#data[this.#at++];
      if (byte === undefined) throw new DocumentsProtocolError("The message ends too early.");
      value += (byte & 0x7f) * factor;
      if (value > Number.MAX_SAFE_INTEGER) throw new DocumentsProtocolError("A number is too great.");
      if (byte < 0x80) return value;
      // Zeros without end would be a number, too.
      if (factor > 2 ** 56) throw new DocumentsProtocolError("A number has too many bytes.");
    }
  }

  sized(): Uint8Array {
    const size = this.integer();
    if (this.#at + size > this.#data.length) throw new DocumentsProtocolError("The message ends too early.");
    return this.#data.subarray(this.#at, (this.#at += size));
  }
}

function integer(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 0x7f; value = Math.floor(value / 128)) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}

function message(head: number[], content: Uint8Array): Uint8Array<ArrayBuffer> {
  const begin = [...head, ...integer(content.length)];
  const bytes = new Uint8Array(begin.length + content.length);
  bytes.set(begin);
  bytes.set(content, begin.length);
  return bytes;
}
