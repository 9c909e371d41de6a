// What the engine says of a file in its document: how it was saved, what became of it, what has to be decided.

export interface Save {
  status: "saved" | "unsaved" | "saving" | "failed" | "waiting";
  reason: string | null;
  /** ms since the epoch of the last save. */
  at: number | null;
}

export interface FileSaid {
  status: "there" | "deleted" | "replaced" | "unreadable";
  writable: boolean;
  encoding: string;
  lineEnd: string;
  message: string | null;
}

/** A region that was changed here and in the file; what is here stays until somebody chooses. */
export interface Conflict {
  id: string;
  at: number;
  base: string;
  ours: string;
  theirs: string;
  /** Where it is, as Yjs writes positions. */
  start: unknown;
  end: unknown;
}

/** Edits of another history, as whole texts. */
export interface Offer {
  id: string;
  at: number;
  author: string;
  text: string;
  base: string;
}

/** A map of which nothing is known to be as it should. */
export interface Said {
  get(name: string): unknown;
}

type Json = Record<string, unknown>;
const object = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);
const oneOf = <T extends string>(value: unknown, known: readonly T[], otherwise: T): T => known.find((one) => one === value) ?? otherwise;
const list = (value: unknown): Json[] => (Array.isArray(value) ? value.filter((one) => typeof one === "object" && one !== null) : []);

/** `behind` says whether somebody has edited since the room last told of the file. */
export function saveOf(said: Said, behind = false): Save {
  const save = object(said.get("save"));
  // Rooms of jupyter-collaboration say no more than that nothing is dirty, once they have saved.
  const otherwise = behind || said.get("dirty") === true ? "unsaved" : "saved";
  const status = oneOf(save["status"], ["saved", "unsaved", "saving", "failed", "waiting"] as const, otherwise);
  return { status, reason: text(save["reason"]) || null, at: number(save["at"]) };
}

export function fileOf(said: Said): FileSaid {
  const file = object(said.get("file"));
  return {
    status: oneOf(file["status"], ["there", "deleted", "replaced", "unreadable"] as const, "there"),
    writable: file["writable"] !== false,
    encoding: text(file["encoding"]) || "utf-8",
    lineEnd: text(file["line_end"]) || "\n",
    message: text(file["message"]) || null,
  };
}

export function conflictsOf(said: Said): Conflict[] {
  return list(said.get("conflicts")).map((one) => ({
    id: text(one["id"]),
    at: number(one["at"]) ?? 0,
    base: text(one["base"]),
    ours: text(one["ours"]),
    theirs: text(one["theirs"]),
    start: one["start"],
    end: one["end"],
  }));
}

export function offersOf(said: Said): Offer[] {
  return list(said.get("offers")).map((one) => ({
    id: text(one["id"]),
    at: number(one["at"]) ?? 0,
    author: text(one["author"]),
    text: text(one["text"]),
    base: text(one["base"]),
  }));
}
