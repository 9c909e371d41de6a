// What a view's document is to be, and what it gives back.
import type { DocumentsWay } from "./documentsWays.ts";
import type { Clock } from "./clock.ts";

/** Edits of another history, as whole texts, that the engine has not taken over. */
export interface Kept {
  text: string;
  base: string;
  /** ms since the epoch. */
  at: number;
}

/** What others see of a person. */
export interface User {
  name: string;
  color: string;
  colorLight: string;
}

export interface DocumentOptions {
  path: string;
  mode: "rw" | "ro";
  /** How many characters are wanted for `head`; none unless said. */
  head?: number;
  /** What others see of us at first. */
  user: User;
  webSocket: DocumentsWay | null;
  comm: DocumentsWay | null;
  /** Anything that is shown has changed: read the client's fields. */
  changed(): void;
  /** The ways are not needed any more. */
  closed?(): void;
  clock?: Clock;
}
