// How things stand between a view and its terminal, or its document.

export type Phase =
  | "connecting"
  | "live"
  /** Lost; it goes on by itself. */
  | "reconnecting"
  /** The program has ended. */
  | "ended"
  /** There is no such terminal any more. */
  | "gone"
  | "refused"
  /** Another window took this attachment over. */
  | "taken"
  /** Ended for good by an error; `reason` says which. */
  | "failed";

export type DocumentPhase =
  | "connecting"
  | "live"
  /** Lost; it comes back by itself, and one edits on meanwhile. */
  | "reconnecting"
  /** There is no such file. */
  | "gone"
  | "refused"
  /** A notebook, which is Jupyter's to open. */
  | "notebook"
  /** Ended for good by an error; `reason` says which. */
  | "failed";

/** How the program ended, and when the engine said so (µs since the epoch). */
export interface Exit {
  code: number | null;
  signal: string | null;
  /** Why the engine ended it, where it did. */
  reason?: string | undefined;
  at: number;
}
