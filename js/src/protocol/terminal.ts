// The terminal stream's messages: bytes to objects and back, and nothing else. The reference is docs/protocol.md.

/** The WebSocket subprotocol that this module speaks. */
export const SUBPROTOCOL = "orchflow.terminal.v1";
/** Bytes before the data: op u8, sequence u64, timestamp u64, big-endian. */
export const HEAD = 17;
/** Columns and rows that a terminal can have, at most. */
export const MAX_SIZE = 1000;
export const SIGNALS = ["INT", "TERM", "KILL", "HUP", "QUIT", "STOP", "CONT", "TSTP", "WINCH"] as const;
export type Signal = (typeof SIGNALS)[number];

/** The numbers of the operations; those from 0x80 on are the engine's. */
export const OP = {
  INPUT: 0x01,
  RESIZE: 0x02,
  ACK: 0x03,
  SIGNAL: 0x04,
  PING: 0x05,
  HELLO: 0x80,
  OUTPUT: 0x81,
  INPUT_ACK: 0x82,
  RESIZED: 0x83,
  EXIT: 0x84,
  SNAPSHOT: 0x85,
  GAP: 0x86,
  EVENT: 0x87,
  PONG: 0x88,
  ERROR: 0x89,
} as const;
export type Op = keyof typeof OP;

/** What HELLO says: the terminal's model, and how this attachment stands. */
export interface Hello {
  id: string;
  name: string;
  command: string[];
  cwd: string;
  pid: number | null;
  cols: number;
  rows: number;
  created: string;
  last_activity: string;
  state: "running" | "exited";
  exit: { code: number | null; signal: string | null; reason?: string } | null;
  clients: number;
  /** The head of the output when HELLO was made; what lies before it is history. */
  offset: number;
  busy: boolean;
  title: string;
  attachment: string;
  writable: boolean;
  /** Bytes of OUTPUT that may be under way beyond the last ACK. */
  window: number;
  /** The last number of an input of this attachment that the engine has seen. */
  input: number;
  protocol: number;
  /** The command that runs or ran last in a shell that marks its commands. */
  last_command?: CommandModel | null;
  recording?: RecordingModel | null;
  /** µs by which the engine's clock was ahead of ours when it came; added on arrival. */
  ahead?: number;
}
/** A recording into a file; one that has ended well is none. */
export interface RecordingModel {
  path: string;
  bytes: number;
  /** Whether what is typed is in it, too. */
  input: boolean;
  /** Why it has ended before its time. */
  error: string | null;
}
/** A command of an integrated shell, as `last_command` and the events of its beginning and end tell it. */
export interface CommandModel {
  /** Its line; empty where the shell keeps it to itself. */
  command: string;
  cwd: string;
  started: string;
  ended: string | null;
  /** Seconds; null while it runs. */
  duration: number | null;
  exit_code: number | null;
  /** Its output lies between these offsets; `end` is null while it runs. */
  start: number;
  end: number | null;
}
export type TerminalEvent = { kind: string } & Record<string, unknown>;

interface Head {
  /** An output offset in bytes, or the number of an input; 0 where it means nothing. */
  sequence: number;
  /** Microseconds since the Unix epoch. */
  timestamp: number;
}
export type Message = Head &
  (
    | { op: "INPUT" | "OUTPUT" | "SNAPSHOT" | "PING" | "PONG"; data: Uint8Array }
    | { op: "RESIZE" | "RESIZED"; cols: number; rows: number }
    | { op: "SIGNAL"; signal: Signal }
    | { op: "ACK" | "INPUT_ACK" | "GAP" }
    | { op: "HELLO"; model: Partial<Hello> & Record<string, unknown> }
    | { op: "EXIT"; code: number | null; signal: string | null; reason?: string }
    | { op: "EVENT"; event: TerminalEvent }
    | { op: "ERROR"; code: string; message: string }
  );

/** Bytes or values that the protocol cannot say. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

const NAMES = new Map<number, Op>(Object.entries(OP).map(([name, code]) => [code, name as Op]));
const encoder = new TextEncoder();
// A byte order mark is data like any other: what was encoded must come back.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The message that `bytes` are. Its data are a view of them, not a copy. Throws `ProtocolError` for anything else. */
export function decode(bytes: Uint8Array): Message {
  if (bytes.length < HEAD) throw new ProtocolError(`a message has at least ${HEAD} bytes, this one ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const op = NAMES.get(view.getUint8(0));
  if (op === undefined) throw new ProtocolError(`there is no op ${view.getUint8(0)}`);
  const head = { sequence: readU64(view, 1), timestamp: readU64(view, 9) };
  const data = bytes.subarray(HEAD);
  switch (op) {
    case "INPUT":
    case "OUTPUT":
    case "SNAPSHOT":
    case "PING":
    case "PONG":
      return { op, ...head, data };
    case "RESIZE":
    case "RESIZED": {
      if (data.length !== 4) throw new ProtocolError(`${op} carries 4 bytes, not ${data.length}`);
      return { op, ...head, ...checkSize(view.getUint16(HEAD), view.getUint16(HEAD + 2)) };
    }
    case "SIGNAL":
      return { op, ...head, signal: checkSignal(String.fromCharCode(...data.subarray(0, 16))) };
    case "ACK":
    case "INPUT_ACK":
    case "GAP":
      if (data.length !== 0) throw new ProtocolError(`${op} carries no data, not ${data.length} bytes`);
      return { op, ...head };
    case "HELLO":
      return { op, ...head, model: readObject(op, data) };
    case "EXIT": {
      const { code, signal, reason } = readObject(op, data);
      const how = { code: typeof code === "number" ? code : null, signal: typeof signal === "string" ? signal : null };
      return { op, ...head, ...how, ...(typeof reason === "string" ? { reason } : {}) };
    }
    case "EVENT": {
      const event = readObject(op, data);
      if (typeof event["kind"] !== "string") throw new ProtocolError("EVENT names no kind");
      return { op, ...head, event: event as TerminalEvent };
    }
    case "ERROR": {
      const { code, message } = readObject(op, data);
      return { op, ...head, code: String(code ?? ""), message: String(message ?? "") };
    }
  }
}

/** The bytes of `message`. Throws `ProtocolError` for what the protocol cannot say. */
export function encode(message: Message): Uint8Array<ArrayBuffer> {
  const data = dataOf(message);
  const bytes = new Uint8Array(HEAD + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, OP[message.op]);
  writeU64(view, 1, message.sequence);
  writeU64(view, 9, message.timestamp);
  bytes.set(data, HEAD);
  return bytes;
}

function dataOf(message: Message): Uint8Array {
  switch (message.op) {
    case "INPUT":
    case "OUTPUT":
    case "SNAPSHOT":
    case "PING":
    case "PONG":
      return message.data;
    case "RESIZE":
    case "RESIZED": {
      const { cols, rows } = checkSize(message.cols, message.rows);
      return Uint8Array.of(cols >> 8, cols & 255, rows >> 8, rows & 255);
    }
    case "SIGNAL":
      return encoder.encode(checkSignal(message.signal));
    case "ACK":
    case "INPUT_ACK":
    case "GAP":
      return new Uint8Array(0);
    case "HELLO":
      return encoder.encode(JSON.stringify(message.model));
    case "EXIT":
      return encoder.encode(JSON.stringify({ code: message.code, signal: message.signal, reason: message.reason }));
    case "EVENT":
      return encoder.encode(JSON.stringify(message.event));
    case "ERROR":
      return encoder.encode(JSON.stringify({ code: message.code, message: message.message }));
  }
}

function checkSize(cols: number, rows: number): { cols: number; rows: number } {
  for (const value of [cols, rows])
    if (!Number.isInteger(value) || value < 1 || value > MAX_SIZE)
      throw new ProtocolError(`a terminal has 1 to ${MAX_SIZE} columns and rows, not ${cols} × ${rows}`);
  return { cols, rows };
}

function checkSignal(name: string): Signal {
  const signal = SIGNALS.find((known) => known === name);
  if (signal === undefined) throw new ProtocolError(`there is no signal ${JSON.stringify(name)}`);
  return signal;
}

function readObject(op: Op, data: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(data));
  } catch (error) {
    throw new ProtocolError(`${op} carries no JSON: ${String(error)}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new ProtocolError(`${op} carries a JSON object`);
  return value as Record<string, unknown>;
}

function readU64(view: DataView, at: number): number {
  const value = view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4);
  if (value > Number.MAX_SAFE_INTEGER) throw new ProtocolError(`${value} is beyond what a number can hold exactly`);
  return value;
}

function writeU64(view: DataView, at: number, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new ProtocolError(`${value} is not an unsigned integer below 2^53`);
  view.setUint32(at, Math.floor(value / 2 ** 32));
  view.setUint32(at + 4, value % 2 ** 32);
}
