// How things stand between a view and its terminal.

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

/** How the program ended, and when the engine said so (µs since the epoch). */
export interface Exit {
  code: number | null;
  signal: string | null;
  /** Why the engine ended it, where it did. */
  reason?: string | undefined;
  at: number;
}
