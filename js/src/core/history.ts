// One history of one file: its Y.Doc, who is in it, and which of the edits made here are not known to be kept.
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate, removeAwarenessStates } from "y-protocols/awareness";
import * as Y from "yjs";
import type { Clock } from "./clock.ts";

export interface HistoryEvents {
  /** Something was edited here. */
  updated(update: Uint8Array): void;
  /** What is shown of us is another now. */
  faced(): void;
  /** Anybody edited, came, went or moved, or the state of the file changed. */
  changed(): void;
}

/** ms after which one says again that one is there; others take who is silent for 30 s for gone. */
const SIGN_EVERY = 15_000;

export class History {
  /** The name that the engine gives it. */
  readonly room: string;
  readonly doc = new Y.Doc();
  readonly text: Y.Text;
  /** What the engine says of the file. */
  readonly state: Y.Map<unknown>;
  readonly awareness: Awareness;
  readonly #events: HistoryEvents;
  readonly #clock: Clock;
  #base: string | null = null;
  #unsafe = false;
  #synced = false;
  #said = 0;
  #behind = false;
  #written = 0;
  #cancelSign = () => {};

  constructor(room: string, clock: Clock, events: HistoryEvents) {
    this.room = room;
    this.#clock = clock;
    this.#events = events;
    this.text = this.doc.getText("source");
    this.state = this.doc.getMap("state");
    this.awareness = new Awareness(this.doc);
    // Its own rule drops who has said nothing for 30 s, and hidden pages say less; who is gone we hear from the engine.
    clearInterval(this.awareness._checkInterval);
    this.doc.on("beforeTransaction", (transaction: Y.Transaction) => {
      // What was there before the first of the edits that may be lost.
      if (transaction.origin !== this && !this.#unsafe && this.#synced) this.#base = this.text.toString();
    });
    this.state.observe(({ keysChanged }) => {
      this.#said++;
      if (keysChanged.has("dirty")) {
        this.#behind = false;
        this.#written++;
      }
      this.#events.changed();
    });
    this.text.observe((_, transaction) => {
      const changed: Map<unknown, Set<string | null>> = transaction.changed;
      if (!this.#synced || this.#behind || changed.get(this.state)?.has("dirty")) return;
      this.#behind = true;
      this.#said++;
      this.#events.changed();
    });
    this.awareness.on("change", () => this.#events.changed());
    this.awareness.on("update", ({ added, updated, removed }: Record<"added" | "updated" | "removed", number[]>, origin: unknown) => {
      if (origin !== this && [...added, ...updated, ...removed].includes(this.doc.clientID)) this.#faced();
    });
    this.#sign();
  }

  /** Whether the document has been here as a whole once. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Grows whenever something else is known of the file. */
  get said(): number {
    return this.#said;
  }

  /** Whether anybody has edited since it was last said whether the file lacks something. Rooms of jupyter-collaboration
   *  say that nothing does when they have written it, and nothing before. */
  get behind(): boolean {
    return this.#behind;
  }

  /** How often that was said. */
  get written(): number {
    return this.#written;
  }

  /** Whether something was edited here of which it is not known that it is kept. */
  get unsafe(): boolean {
    return this.#unsafe;
  }

  /** What may be lost, as whole texts: what was before it, and what is with it. */
  get unsaved(): { base: string; text: string } | null {
    const text = this.text.toString();
    return this.#unsafe && this.#base !== null && this.#base !== text ? { base: this.#base, text } : null;
  }

  get faces(): Uint8Array {
    return encodeAwarenessUpdate(this.awareness, [this.doc.clientID]);
  }

  get vector(): Uint8Array {
    return Y.encodeStateVector(this.doc);
  }

  /** What somebody lacks who has `vector`. */
  beyond(vector: Uint8Array): Uint8Array {
    return Y.encodeStateAsUpdate(this.doc, vector);
  }

  take(update: Uint8Array, whole: boolean): void {
    if (update.length > 2) Y.applyUpdate(this.doc, update, this);
    if (!whole || this.#synced) return;
    this.#synced = true;
    // Only now: with a listener Yjs would write down again all that has just come, 10 ms for 1 MB.
    this.doc.on("update", (edited: Uint8Array, origin: unknown) => {
      if (origin === this) return;
      this.#unsafe = true;
      this.#events.updated(edited);
      this.#events.changed();
    });
  }

  see(faces: Uint8Array): void {
    applyAwarenessUpdate(this.awareness, faces, this);
  }

  /** All that was edited here so far is kept. */
  safe(): void {
    if (!this.#unsafe) return;
    this.#unsafe = false;
    this.#base = null;
    this.#events.changed();
  }

  /** Nobody can be seen any more. */
  alone(): void {
    const others = [...this.awareness.getStates().keys()].filter((client) => client !== this.doc.clientID);
    removeAwarenessStates(this.awareness, others, this);
    // Who is still there on return shows the same as before, which would count for old.
    for (const client of others) this.awareness.meta.delete(client);
  }

  dispose(): void {
    this.#cancelSign();
    this.awareness.setLocalState(null);
    this.awareness.destroy();
    this.doc.destroy();
  }

  #faced(): void {
    this.#events.faced();
  }

  #sign(): void {
    this.#cancelSign = this.#clock.after(SIGN_EVERY, () => {
      const shown = this.awareness.getLocalState();
      if (shown !== null) this.awareness.setLocalState(shown);
      this.#sign();
    });
  }
}
