// One view's document over all reconnects: what is edited is kept and merged on return, and what another history lacks is offered.
import { clock as systemClock, type Clock } from "./clock.ts";
import { closing } from "./closing.ts";
import { Conversation } from "./conversation.ts";
import type { DocumentOptions, Kept, User } from "./documentsOptions.ts";
import { RefusedError, type DocumentsWay, type Opened, type Refusal, type Verdict } from "./documentsWays.ts";
import { History } from "./history.ts";
import type { DocumentPhase } from "./phase.ts";
import { Retry } from "./retry.ts";
import { Route } from "./route.ts";
import type { TransportKind } from "./transport.ts";

/** ms for a kernel to say that it has a file which the server has not. */
const KERNEL_WITHIN = 1000;
const NOT_ALLOWED = "You are not allowed to open this file.";

/** A text's first `count` characters without the line that they may break off in. */
const wholeLines = (head: string, count: number) => (head.length < count ? head : head.slice(0, head.lastIndexOf("\n") + 1 || head.length));

export class DocumentClient {
  readonly #clock: Clock;
  #options: DocumentOptions;
  #route: Route<DocumentsWay>;
  readonly #retry: Retry;
  /** The room that the path has; null where it is to be asked for. */
  #opened: Opened | null = null;
  #provider = "orchflow";
  #writable = true;
  #head = "";
  #lines = 0;
  #history: History | null = null;
  #conversation: Conversation | null = null;
  #phase: DocumentPhase = "connecting";
  #reason = "";
  #kept: Kept | null = null;
  #user: User;
  /** Counts questions, so that a late answer is known as one. */
  #asked = 0;
  #closed = false;
  /** What the server said of the file, while the kernel is asked: its engine may be another. */
  #verdict: Verdict | null = null;

  constructor(options: DocumentOptions) {
    this.#options = options;
    this.#user = options.user;
    this.#clock = options.clock ?? systemClock;
    this.#route = this.#routeOf(options);
    this.#retry = new Retry(this.#clock, () => this.connect());
  }

  get phase(): DocumentPhase {
    return this.#phase;
  }
  /** Why it is gone, refused or failed, in words. */
  get reason(): string {
    return this.#reason;
  }
  /** What is edited, once it was here as a whole. */
  get history(): History | null {
    return this.#history?.synced ? this.#history : null;
  }
  /** The first lines of a text that is not here yet; empty where they are not known. */
  get head(): string {
    return this.#head;
  }
  /** How many there are, as it was opened; 0 where that is not known. */
  get lines(): number {
    return this.#lines;
  }
  get writable(): boolean {
    return this.#writable && this.#options.mode === "rw";
  }
  /** Whether the room is ours, and knows our calls. */
  get ours(): boolean {
    return this.#provider === "orchflow";
  }
  /** Edits that could not be handed to the engine. */
  get kept(): Kept | null {
    return this.#kept;
  }
  get kind(): TransportKind | null {
    return this.#route.current?.kind ?? null;
  }
  /** When the next attempt is due, by the clock's `now()`. */
  get retryAt(): number | null {
    return this.#retry.at;
  }
  /** Whether leaving now may lose what was edited here. */
  get unsafe(): boolean {
    return this.#kept !== null || (this.#history?.unsafe ?? false);
  }

  connect(): void {
    if (this.#closed || this.#conversation !== null) return;
    this.#retry.cancel();
    const way = this.#route.current;
    if (way === null) return this.#end("failed", "This page names no Jupyter server, and no kernel answers. Run the cell again.");
    const opened = this.#opened;
    if (opened === null) return void this.#ask(way);
    const history = this.#begin(opened);
    const conversation: Conversation = new Conversation(history, this.ours, (events) => way.join(opened, this.#options.mode, events), this.#clock, {
      whole: () => this.#whole(),
      writable: (writable) => {
        this.#writable = writable;
        this.#changed();
      },
      lost: (code, reason, whole) => this.#conversation === conversation && this.#lost(code, reason, whole),
    });
    this.#conversation = conversation;
    this.#changed();
  }

  /** Tries at once, where it is waiting for its turn or was refused. */
  retryNow(): void {
    if (this.#closed || this.#conversation !== null) return;
    this.#verdict = null;
    if (this.#phase !== "connecting") this.#phase = this.#history === null ? "connecting" : "reconnecting";
    this.#retry.reset();
    this.connect();
    this.#changed();
  }

  /** One of our calls: save, resolve, take, dismiss. Rejects in the engine's words, or where it cannot be asked now. */
  call(name: string, fields: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    return this.#conversation?.call(name, fields) ?? Promise.reject(new Error("There is no connection."));
  }

  /** Has the file written. Rejects as `call` does. */
  save(): Promise<Record<string, unknown>> {
    return this.#conversation?.save() ?? Promise.reject(new Error("There is no connection."));
  }

  /** Makes the file, empty, where there is none; opens it then. Rejects with the reason. */
  async create(): Promise<void> {
    await this.#route.current?.create(this.#options.path);
    this.retryNow();
  }

  rename(user: User): void {
    this.#user = user;
    this.#history?.awareness.setLocalStateField("user", user);
  }

  /** What is kept here is not wanted any more. */
  forget(): void {
    this.#kept = null;
    this.#changed();
  }

  /** Its view is gone, and for others so are we; it goes on, and tells `changed`. */
  leave(changed: () => void): void {
    this.#options = { ...this.#options, changed };
    this.#history?.awareness.setLocalState(null);
  }

  /** Another view takes it over, with its own ways to the document, which `connect` takes. */
  adopt(options: DocumentOptions): void {
    this.#options.closed?.();
    this.#options = options;
    this.#route = this.#routeOf(options);
    this.#user = options.user;
    this.#asked++;
    this.#verdict = null;
    this.#conversation?.close();
    this.#conversation = null;
    this.#history?.alone();
    this.#history?.awareness.setLocalState({ user: options.user });
    this.#phase = this.history === null ? "connecting" : "reconnecting";
    this.#retry.reset();
    this.#changed();
  }

  close(): void {
    this.#closed = true;
    // While there is a connection, so that others see us go.
    this.#history?.dispose();
    this.#conversation?.close();
    this.#retry.cancel();
    this.#options.closed?.();
  }

  #routeOf({ webSocket, comm }: DocumentOptions): Route<DocumentsWay> {
    return new Route({ webSocket, comm, probe: () => Promise.resolve({ kind: this.#opened === null ? "unreachable" : "there" }) });
  }

  async #ask(way: DocumentsWay): Promise<void> {
    const asked = ++this.#asked;
    const answer = await way.ask(this.#options.path, this.history === null ? this.#options.head : 0).catch((error: unknown) => error);
    if (asked !== this.#asked || this.#closed || this.#conversation !== null) return;
    if (answer instanceof RefusedError) return this.#refused(answer.refusal);
    this.#verdict = null;
    if (answer instanceof Error) return this.#end("failed", answer.message);
    const opened = answer as Opened;
    if (opened.type === "notebook") return this.#end("notebook", "");
    this.#opened = opened;
    this.#head = wholeLines(opened.head, this.#options.head ?? 0);
    this.#lines = opened.lines;
    this.#provider = opened.provider;
    this.#writable = opened.writable;
    this.connect();
  }

  #refused(refusal: Refusal): void {
    const verdict = this.#verdict;
    this.#verdict = null;
    if (verdict?.kind === "gone") return this.#conclude(verdict);
    if (refusal.kind === "unreachable") return verdict === null ? this.#stumbled() : this.#conclude(verdict);
    // A kernel may have an engine of its own.
    if ((refusal.kind !== "foreign" && refusal.kind !== "gone") || !this.#route.elsewhere()) return this.#conclude(refusal);
    this.#verdict = refusal;
    // It may be busy; and the server has the same files, or it would be foreign.
    if (refusal.kind === "gone") this.#clock.after(KERNEL_WITHIN, () => this.#verdict === refusal && this.#conclude(refusal));
    this.connect();
  }

  #conclude(refusal: Verdict): void {
    this.#verdict = null;
    this.#asked++;
    if (refusal.kind === "foreign") this.#end("failed", "This server does not run OrchFlow. Enable its extension orchflow_jupyter and restart it.");
    else this.#end(refusal.kind, refusal.reason);
  }

  /** What the room is a history of; what was edited in another one, and is not known to be kept, is set aside. */
  #begin({ room }: Opened): History {
    const before = this.#history;
    if (before?.room === room) return before;
    const unsaved = before?.unsaved ?? null;
    if (unsaved !== null) this.#kept = { ...unsaved, at: Math.round(this.#clock.epoch() / 1000) };
    before?.dispose();
    const history: History = new History(room, this.#clock, {
      updated: (update) => this.#history === history && this.#conversation?.edited(update),
      faced: () => this.#history === history && this.#conversation?.faced(),
      changed: () => this.#history === history && this.#changed(),
    });
    history.awareness.setLocalState({ user: this.#user });
    return (this.#history = history);
  }

  #whole(): void {
    this.#route.opened();
    this.#retry.connected();
    this.#phase = "live";
    this.#reason = this.#head = "";
    void this.#offer();
    this.#changed();
  }

  async #offer(): Promise<void> {
    const kept = this.#kept;
    if (kept === null || !this.ours) return;
    try {
      await this.call("offer", { text: kept.text, base: kept.base, author: this.#user.name });
      if (this.#kept === kept) this.forget();
    } catch {
      // It stays here, where one can see it and copy it.
    }
  }

  #lost(code: number, reason: string, whole: boolean): void {
    this.#conversation = null;
    this.#history?.alone();
    const { phase, reason: why } = closing(code, reason);
    if (phase === "refused") return this.#end(phase, reason || NOT_ALLOWED);
    if (phase === "taken" || phase === "failed") return this.#end("failed", why);
    if (phase === "reconnecting" && !whole) return this.#stumbled();
    // Whether the room has another name by now, or there is no such file: the answer to a question says it.
    if (phase === "gone" || !this.ours) this.#opened = null;
    this.#later();
  }

  /** It never opened, and a browser does not say why. */
  #stumbled(): void {
    void this.#route.failed("").then(() => {
      this.#opened = null;
      if (!this.#closed && this.#conversation === null) this.#later();
    });
  }

  #later(): void {
    if (this.history !== null) this.#phase = "reconnecting";
    this.#retry.later();
    this.#changed();
  }

  #end(phase: DocumentPhase, reason: string): void {
    this.#route.home();
    this.#phase = phase;
    this.#reason = reason;
    this.#head = "";
    this.#opened = null;
    this.#retry.cancel();
    this.#changed();
  }

  #changed(): void {
    if (!this.#closed) this.#options.changed();
  }
}
