// Messages of the file-event stream, `orchflow.files.v1`: JSON texts to typed values and back (docs/protocol.md, "File events").

export const FILES_SUBPROTOCOL = "orchflow.files.v1";

export type FileEventKind = "created" | "modified" | "deleted" | "moved";

export interface FileEvent {
  kind: FileEventKind;
  /** Relative to the root, as every path here. A name that is no UTF-8 has lone surrogates in it. */
  path: string;
  /** Where it was before, of a move. */
  from?: string;
  is_dir: boolean;
}
export interface FilesHello {
  type: "hello";
  clock: string;
  path: string;
  mode: string;
  window_ms: number;
}
export interface FilesBatch {
  type: "batch";
  clock: string;
  events: FileEvent[];
  /** µs since the epoch: when the first of them happened, and when the engine sent them. */
  first_seen: number;
  sent: number;
}
/** Events were or may have been missed below `path`. */
export interface FilesResync {
  type: "resync";
  clock: string;
  reason: string;
  path: string;
  /** What else the engine says, for people. */
  message?: string;
}
export type FilesMessage = FilesHello | FilesBatch | FilesResync | { type: "ping" } | { type: "pong" };

/** The text is no message of this protocol. */
export class FilesProtocolError extends Error {
  override readonly name = "FilesProtocolError";
}

const KINDS: ReadonlySet<unknown> = new Set<FileEventKind>(["created", "modified", "deleted", "moved"]);
const FIELDS: Record<string, Record<string, "string" | "number">> = {
  hello: { clock: "string", path: "string", mode: "string", window_ms: "number" },
  batch: { clock: "string", first_seen: "number", sent: "number" },
  resync: { clock: "string", reason: "string", path: "string" },
  ping: {},
  pong: {},
};

/** Reads one message; null for a type that a later version may have. Throws `FilesProtocolError`. */
export function decodeFiles(text: string): FilesMessage | null {
  let message: Record<string, unknown>;
  try {
    message = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new FilesProtocolError("The engine sent what is no JSON.");
  }
  const type = message?.["type"];
  if (typeof type !== "string") throw new FilesProtocolError("The engine sent a message without a type.");
  const fields = FIELDS[type];
  if (fields === undefined) return null;
  for (const [name, kind] of Object.entries(fields))
    if (typeof message[name] !== kind) throw new FilesProtocolError(`The engine sent a ${type} whose ${name} is no ${kind}.`);
  if (type === "batch") {
    const events = message["events"];
    if (!Array.isArray(events) || !events.every(isEvent)) throw new FilesProtocolError("The engine sent a batch of something else than events.");
  }
  return message as unknown as FilesMessage;
}

function isEvent(value: unknown): value is FileEvent {
  const { kind, path, from, is_dir } = (value ?? {}) as Record<string, unknown>;
  return KINDS.has(kind) && typeof path === "string" && typeof is_dir === "boolean" && (kind === "moved" ? typeof from === "string" : true);
}

export const PING = JSON.stringify({ type: "ping" });
export const PONG = JSON.stringify({ type: "pong" });
