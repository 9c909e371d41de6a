// Keeps a document whose view has gone while edits are only in this page: until the engine has them, or another view takes it over.
import { DocumentClient } from "../core/documents.ts";
import type { DocumentOptions } from "../core/documentsOptions.ts";

interface Left {
  readonly client: DocumentClient;
  readonly place: string;
  readonly path: string;
  /** It is no longer kept here. */
  release(): void;
}

/** All that the page keeps, whichever copy of this program does, the last one last. */
const LEFT = Symbol.for("orchflow.left");
const left = ((globalThis as Record<symbol, unknown>)[LEFT] ??= new Set()) as Set<Left>;

/** The view of a client is gone: closes it, at once or as soon as nothing is lost by that. */
export function leave(client: DocumentClient, place: string, path: string): void {
  if (!client.unsafe) return client.close();
  // What is only here goes with the page.
  const ask = (event: Event) => event.preventDefault();
  const online = () => client.phase === "reconnecting" && client.retryNow();
  const one: Left = {
    client,
    place,
    path,
    release: () => {
      left.delete(one);
      window.removeEventListener("beforeunload", ask);
      window.removeEventListener("online", online);
    },
  };
  left.add(one);
  window.addEventListener("beforeunload", ask);
  window.addEventListener("online", online);
  const look = () => {
    if (!left.has(one) || client.unsafe) return;
    one.release();
    client.close();
  };
  // It tells of changes in their midst.
  client.leave(() => queueMicrotask(look));
}

/** The client that was left last with edits of this document, for another view of it; null where there is none. */
export function takeOver(place: string, options: DocumentOptions): DocumentClient | null {
  // Another copy of this program has a Yjs of its own, whose texts ours does not know.
  const found = [...left].findLast(({ client, ...one }) => one.place === place && one.path === options.path && client instanceof DocumentClient);
  if (found === undefined) return null;
  found.release();
  found.client.adopt(options);
  return found.client;
}
