// What somebody has to choose: regions that were changed twice, and edits of another history.
import type { Kept } from "../core/documentsOptions.ts";
import type { Conflict, Offer } from "./documentState.ts";

/** `before` and `after` are what is compared: of a conflict what is here and what is in the file. */
export interface Decision {
  kind: "conflict" | "offer" | "kept";
  id: string;
  author: string;
  before: string;
  after: string;
  titles: [before: string, after: string];
  /** Where it is in the document, as Yjs writes positions; null where it is all of it. */
  start: unknown;
}

export function decisionsOf(conflicts: readonly Conflict[], offers: readonly Offer[], kept: Kept | null): Decision[] {
  return [
    ...conflicts.map(
      ({ id, ours, theirs, start }): Decision => ({ kind: "conflict", id, author: "", before: ours, after: theirs, titles: ["here", "in the file"], start }),
    ),
    ...offers.map(({ id, author, base, text }): Decision => ({ kind: "offer", id, author, before: base, after: text, titles: ["before", "with the edits"], start: null })),
    ...(kept === null
      ? []
      : [{ kind: "kept", id: "kept", author: "", before: kept.base, after: kept.text, titles: ["before", "with the edits"], start: null } as Decision]),
  ];
}
