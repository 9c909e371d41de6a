// One connection to a document's room: both sides say what they have, then what changes, and who they are; and calls of our own.
import { decodeDocument, encodeAwareness, encodeCall, encodeQuery, encodeSave, encodeStepOne, encodeUpdate } from "../protocol/documents.ts";
import { Calls, NO_ANSWER } from "./calls.ts";
import type { Clock } from "./clock.ts";
import type { History } from "./history.ts";
import { ABNORMAL, type Transport, type TransportEvents } from "./transport.ts";

export interface ConversationEvents {
  /** The document is here as a whole. */
  whole(): void;
  /** Whether one may edit. */
  writable(writable: boolean): void;
  /** It ended, not from here. */
  lost(code: number, reason: string, whole: boolean): void;
}

/** ms that a document may take from its opening until it is here; big ones take their time. */
export const SYNC_WITHIN = 30_000;
/** ms between two signs of life; hidden pages have timers of a minute. */
export const PING_EVERY = 20_000;

const UNWRITTEN = "jupyter-collaboration did not write the file; the log of the Jupyter server says why";

export class Conversation {
  readonly #history: History;
  /** Whether the room knows our calls. */
  readonly #ours: boolean;
  readonly #clock: Clock;
  readonly #events: ConversationEvents;
  readonly #calls: Calls;
  readonly #stream: Transport;
  #ended = false;
  #asked = false;
  #greeted = false;
  #whole = false;
  #sent = 0;
  /** What to do when each step 1 is answered, in their order: the room has what was sent before it by then. */
  readonly #steps: (() => void)[] = [];
  /** Saves that another program's room was asked for, each with how often it had written the file before. */
  readonly #saves = new Map<unknown, number>();
  #cancel: () => void;

  constructor(history: History, ours: boolean, join: (events: TransportEvents) => Transport, clock: Clock, events: ConversationEvents) {
    this.#history = history;
    this.#ours = ours;
    this.#clock = clock;
    this.#events = events;
    this.#calls = new Calls(clock);
    this.#cancel = clock.after(SYNC_WITHIN, () => this.#lost(ABNORMAL, NO_ANSWER));
    this.#stream = join({ opened: () => this.#ask(), message: (bytes) => this.#receive(bytes), close: (code, reason) => this.#lost(code, reason) });
  }

  get whole(): boolean {
    return this.#whole;
  }

  /** Something was edited here. What was edited before the room said what it has is part of the answer to that. */
  edited(update: Uint8Array): void {
    if (this.#greeted) this.#tell(encodeUpdate(update));
  }

  /** What is shown of us is another now. */
  faced(): void {
    if (this.#asked) this.#stream.send(encodeAwareness(this.#history.faces));
  }

  /** One of our calls. Rejects in the engine's words, or where it does not answer. */
  call(name: string, fields: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    if (this.#ended || !this.#asked) return Promise.reject(new Error("There is no connection."));
    return this.#calls.ask((id) => this.#stream.send(encodeCall({ id, call: name, ...fields })));
  }

  /** Has the file written. Rejects as a call does. */
  save(): Promise<Record<string, unknown>> {
    if (this.#ours) return this.call("save");
    if (this.#ended || !this.#whole) return Promise.reject(new Error("There is no connection."));
    // It overtakes the edits that are on their way.
    return this.#calls.ask((id) =>
      this.#step(() => {
        this.#saves.set(id, this.#history.written);
        this.#stream.send(encodeSave(id));
      }),
    );
  }

  /** Ends it from here; no event follows. */
  close(): void {
    this.#ended = true;
    this.#cancel();
    this.#stream.close();
    this.#calls.drop();
  }

  #receive(bytes: Uint8Array): void {
    if (this.#ended) return;
    try {
      this.#take(bytes);
    } catch (error) {
      console.warn("orchflow: a message of a document could not be taken", error);
      this.#lost(ABNORMAL, error instanceof Error ? error.message : String(error));
    }
  }

  #take(bytes: Uint8Array): void {
    const message = decodeDocument(bytes);
    switch (message?.type) {
      case "step one":
        return this.#answer(message.state);
      case "update":
        this.#history.take(message.update, message.answers);
        if (message.answers) this.#complete();
        return;
      case "awareness":
        return this.#history.see(message.faces);
      case "query awareness":
        return this.#stream.send(encodeAwareness(this.#history.faces));
      case "call":
        return this.#called(message.value);
      case "said":
        return this.#said(message.value);
    }
  }

  /** What is not here, and who is; without waiting for the room to ask first. */
  #ask(): void {
    if (this.#asked || this.#ended) return;
    this.#asked = true;
    if (this.#ours) this.call("hello").then(({ writable }) => this.#events.writable(writable !== false), () => {});
    this.#step(() => {});
    this.#stream.send(encodeAwareness(this.#history.faces));
  }

  /** The room says what it has: it gets the rest. */
  #answer(vector: Uint8Array): void {
    this.#ask();
    this.#greeted = true;
    this.#tell(encodeUpdate(this.#history.beyond(vector), true));
  }

  #complete(): void {
    const first = !this.#whole;
    this.#whole = true;
    if (!this.#ours) this.#history.safe();
    this.#steps.shift()?.();
    if (!first) return;
    this.#ping();
    this.#events.whole();
  }

  #tell(update: Uint8Array<ArrayBuffer>): void {
    this.#sent++;
    this.#stream.send(update);
    // Other rooms do not say what they keep: what was sent is theirs.
    if (this.#whole && !this.#ours) this.#history.safe();
  }

  #called(value: Record<string, unknown>): void {
    if (value["event"] === "refused") this.#events.writable(false);
    else if (value["event"] !== "safe") this.#calls.answered(value);
    else if (value["updates"] === this.#sent) this.#history.safe();
  }

  #step(then: () => void): void {
    this.#steps.push(then);
    this.#stream.send(encodeStepOne(this.#history.vector));
  }

  /** How a save of another program's room went. It says so of one that failed, too; what it wrote comes before the answer to a step 1. */
  #said({ type, responseTo: id, status }: Record<string, unknown>): void {
    const before = this.#saves.get(id);
    if (type !== "save" || before === undefined) return;
    this.#saves.delete(id);
    if (status === "success") this.#step(() => this.#saved(id, this.#history.written > before));
    else this.#saved(id, status === "skipped");
  }

  #saved(id: unknown, written: boolean): void {
    this.#calls.answered(written ? { id } : { id, error: { message: UNWRITTEN } });
  }

  /** That the other end is there cannot be seen from silence, but from an answer. */
  #ping(): void {
    this.#cancel();
    this.#cancel = this.#clock.after(PING_EVERY, () => {
      if (this.#ours) this.call("hello").catch((error: Error) => error.message === NO_ANSWER && this.#lost(ABNORMAL, NO_ANSWER));
      else this.#stream.send(encodeQuery());
      this.#ping();
    });
  }

  #lost(code: number, reason: string): void {
    if (this.#ended) return;
    this.close();
    this.#events.lost(code, reason, this.#whole);
  }
}
