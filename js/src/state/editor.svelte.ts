// What an editor shows: its document over all reconnects, how it is saved, who else is in it, what has to be decided.
import { clock as systemClock, type Clock } from "../core/clock.ts";
import { DocumentClient } from "../core/documents.ts";
import type { DocumentOptions, Kept } from "../core/documentsOptions.ts";
import type { DocumentsWay } from "../core/documentsWays.ts";
import type { History } from "../core/history.ts";
import type { DocumentPhase } from "../core/phase.ts";
import type { TransportKind } from "../core/transport.ts";
import { decisionsOf } from "./decisions.ts";
import { conflictsOf, fileOf, offersOf, saveOf, type Conflict, type FileSaid, type Offer, type Save } from "./documentState.ts";
import { editorStrip, saveWords, type EditorAction, type EditorSituation } from "./editorStrip.ts";
import { leave, takeOver } from "./leaving.ts";
import { peopleOf, userOf, type Person } from "./people.ts";

/** What the widget's model says. */
export interface EditorSettings {
  path: string;
  /** 1 for the first; 0 for none in particular. */
  line: number;
  readonly: boolean;
  /** px that the text has at most. */
  height: number;
  theme: "auto" | "light" | "dark";
  error: string;
}

export interface EditorSurroundings extends Pick<DocumentOptions, "closed"> {
  webSocket: DocumentsWay | null;
  comm: DocumentsWay | null;
  /** Whose paths are meant: those of a server and of an engine's root. */
  place?: string;
  /** What others see of us. */
  name: string;
  seed: number;
  clock?: Clock;
}

export type EditorCondition = "connecting" | "live" | "reconnecting" | "gone" | "refused" | "notebook" | "error";

/** Characters that are shown at once, while the rest comes: more than there is room for. */
const HEAD = 8192;

const SAVED: Save = { status: "saved", reason: null, at: null };
const THERE: FileSaid = { status: "there", writable: true, encoding: "utf-8", lineEnd: "\n", message: null };

export class EditorState {
  settings = $state.raw() as EditorSettings;
  phase = $state<DocumentPhase>("connecting");
  reason = $state("");
  transport = $state<TransportKind | null>(null);
  retryAt = $state<number | null>(null);
  /** What is edited; another one after the engine lost it. */
  history = $state.raw<History | null>(null);
  /** The first lines, to be looked at until there is a history; empty where they are not known. */
  head = $state("");
  /** How many lines there were when it was opened; 0 where that is not known. */
  lines = $state(0);
  /** Whether they are asked for when it is opened. */
  readonly awaitsHead: boolean;
  path = $state("");
  save = $state.raw<Save>(SAVED);
  file = $state.raw<FileSaid>(THERE);
  people = $state.raw<Person[]>([]);
  writable = $state(false);
  unsafe = $state(false);
  trouble = $state("");
  /** Whether it is too big for all that is done for smaller ones. */
  big = $state(false);
  language = $state("");
  conflicts = $state.raw<Conflict[]>([]);
  offers = $state.raw<Offer[]>([]);
  kept = $state.raw<Kept | null>(null);
  /** ms of the page's clock, and since the epoch. */
  now = $state(0);
  epoch = $state(0);
  readonly #clock: Clock;
  readonly #client: DocumentClient;
  readonly #place: string;
  #reading = false;
  /** What was last read of what the engine says. */
  #said: [History, number] | null = null;

  readonly name = $derived(this.path.slice(this.path.lastIndexOf("/") + 1));
  readonly folder = $derived(this.path.slice(0, Math.max(0, this.path.lastIndexOf("/"))));
  readonly condition = $derived<EditorCondition>(this.settings.error !== "" || this.phase === "failed" ? "error" : this.phase);
  readonly decisions = $derived(decisionsOf(this.conflicts, this.offers, this.kept));
  readonly decision = $derived(this.decisions[0] ?? null);
  readonly #situation = $derived<EditorSituation>({
    phase: this.phase,
    reason: this.reason,
    retryIn: this.retryAt === null ? null : this.retryAt - this.now,
    there: this.history !== null,
    name: this.name,
    path: this.path,
    error: this.settings.error,
    save: this.save,
    file: this.file,
    writable: this.writable,
    makes: !this.settings.readonly && !/\.ipynb$/i.test(this.path),
    unsafe: this.unsafe,
    decision: this.decision,
    decisions: this.decisions.length,
    trouble: this.trouble,
    now: this.epoch,
  });
  readonly strip = $derived(editorStrip(this.#situation));
  readonly saved = $derived(saveWords(this.#situation));

  constructor(settings: EditorSettings, { name, seed, clock = systemClock, place = "", ...ways }: EditorSurroundings) {
    this.settings = settings;
    this.path = settings.path;
    this.#clock = clock;
    this.#place = place;
    const { path, readonly, line } = settings;
    // Who goes to a line does not want to see others go by.
    const head = line > 0 ? 0 : HEAD;
    this.awaitsHead = head > 0;
    const options: DocumentOptions = { ...ways, path, head, clock, mode: readonly ? "ro" : "rw", user: userOf(name, seed), changed: () => this.#changed() };
    const opens = settings.error === "";
    this.#client = (opens && !readonly ? takeOver(place, options) : null) ?? new DocumentClient(options);
    this.tick();
    if (opens) this.#client.connect();
  }

  configure(settings: EditorSettings): void {
    this.settings = settings;
  }

  /** The server told who we are. */
  rename(name: string, seed: number): void {
    this.#client.rename(userOf(name, seed));
  }

  /** Time has passed. */
  tick(): void {
    this.now = this.#clock.now();
    this.epoch = this.#clock.epoch() / 1000;
  }

  retry(): void {
    this.#client.retryNow();
  }

  /** Does what a button of the strip says, or a key; what is the page's to do is not done here. */
  async act(action: EditorAction): Promise<void> {
    const { decision } = this;
    this.trouble = "";
    if (action === "now") return this.retry();
    if (action === "make") await this.#make();
    else if (action === "save") await this.#ask("save");
    else if (decision?.kind === "kept" && action === "dismiss") this.#client.forget();
    else if (decision?.kind === "offer" && (action === "take" || action === "dismiss")) await this.#ask(action, { offer: decision.id });
    else if (decision?.kind === "conflict" && (action === "ours" || action === "theirs" || action === "both"))
      await this.#ask("resolve", { conflict: decision.id, take: action });
  }

  dispose(): void {
    leave(this.#client, this.#place, this.path);
  }

  async #make(): Promise<void> {
    await this.#client.create().catch((error: Error) => (this.trouble = `${this.path} cannot be made: ${error.message}`));
  }

  async #ask(name: string, fields: Record<string, unknown> = {}): Promise<void> {
    try {
      await (name === "save" ? this.#client.save() : this.#client.call(name, fields));
    } catch (error) {
      // A save that fails is told by the state of the file, and one without a connection by the strip.
      if (this.phase === "live" && this.save.status !== "failed") this.trouble = `${NAMES[name] ?? "It"} failed: ${(error as Error).message}`;
    }
  }

  /** Many edits come at once; what is shown is read once for all of them. */
  #changed(): void {
    if (this.#reading) return;
    this.#reading = true;
    queueMicrotask(() => {
      this.#reading = false;
      this.#read();
    });
  }

  #read(): void {
    const client = this.#client;
    const { history } = client;
    this.history = history;
    this.head = client.head;
    this.lines = client.lines;
    this.phase = client.phase;
    this.reason = client.reason;
    this.transport = history === null ? null : client.kind;
    this.retryAt = client.retryAt;
    this.unsafe = client.unsafe;
    this.kept = client.kept;
    this.tick();
    if (history === null) return;
    this.#take(history);
    this.writable = client.writable && this.file.writable;
    this.people = peopleOf(history.awareness.getStates(), history.doc.clientID);
  }

  /** What is said of the file changes seldom, and edits come often. */
  #take(history: History): void {
    const { state, said } = history;
    if (this.#said?.[0] === history && this.#said[1] === said) return;
    this.#said = [history, said];
    this.save = saveOf(state, history.behind);
    const file = fileOf(state);
    // What was asked of the file that was there says nothing of what is there now.
    if (file.status !== this.file.status) this.trouble = "";
    this.file = file;
    this.conflicts = conflictsOf(state);
    this.offers = offersOf(state);
    const path = state.get("path");
    if (typeof path === "string" && path !== "") this.path = path;
  }
}

const NAMES: Record<string, string> = { save: "Saving", resolve: "Choosing", take: "Taking them over", dismiss: "Dismissing" };
