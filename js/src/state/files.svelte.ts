// What the widget of file events shows: changes gathered frame by frame, filtered, paused, cleared.
import { clock as systemClock, type Clock } from "../core/clock.ts";
import { FilesClient, type FilesOptions, type FilesPhase } from "../core/files.ts";
import type { FilesBatch, FilesResync } from "../protocol/files.ts";
import type { TransportKind } from "../core/transport.ts";
import { Changes, filterOf, type Change } from "./changes.ts";
import { filesStrip, type Rerun } from "./filesStrip.ts";
import { Minute } from "./minute.ts";
import { listRows, treeRows, type Row } from "./tree.ts";

/** What the widget's model says. */
export interface FilesSettings {
  path: string;
  /** More paths. */
  also: readonly string[];
  error: string;
  theme: "auto" | "light" | "dark";
  /** px that the list has at most. */
  height: number;
  rerun: Rerun | null;
}

export type FilesCondition = "connecting" | "live" | "paused" | "reconnecting" | "gone" | "refused" | "error";

export interface FilesSurroundings extends Omit<FilesOptions, "events" | "clock" | "path"> {
  /** Calls before the next frame is painted, or soon where nothing is painted. */
  frame(call: () => void): () => void;
  clock?: Clock;
}

const TROUBLE: readonly FilesPhase[] = ["live", "connecting", "reconnecting", "gone", "refused", "failed"];
/** Events that are taken in one frame; more than `AT_ONCE` waiting, and they are taken whatever the frame. */
const EACH_FRAME = 4000;
const AT_ONCE = 20_000;
/** A big tree is sorted anew so often, in ms. */
const BIG = 1500;
const PACE = 250;

export class FilesState {
  settings = $state.raw() as FilesSettings;
  phase = $state<FilesPhase>("connecting");
  /** The path that `phase` is about. */
  trouble = $state("");
  reason = $state("");
  transport = $state<TransportKind | null>(null);
  mode = $state("");
  roundTrip = $state<number | null>(null);
  retryAt = $state<number | null>(null);
  resync = $state.raw<FilesResync | null>(null);
  paused = $state(false);
  /** Events since the pause began. */
  unseen = $state(0);
  filter = $state("");
  filtering = $state(false);
  asTree = $state(false);
  closed = $state.raw<ReadonlySet<string>>(new Set());
  outputShown = $state(false);
  /** ms of the page's clock; ages are counted from it. */
  now = $state(0);
  /** As they were when they were last shown. */
  #shown = $state.raw<{ changes: Change[]; forgotten: number }>({ changes: [], forgotten: 0 });
  readonly #changes = new Changes();
  readonly #minute = new Minute();
  /** What was last told of it while nothing was missing. */
  #rerunSeen = $state.raw<Rerun | null>(null);
  readonly #clock: Clock;
  readonly #clients: FilesClient[];
  readonly #frame: FilesSurroundings["frame"];
  #pending: { batch: FilesBatch; at: number; taken: number }[] = [];
  #waiting = 0;
  #cancelFrame: (() => void) | null = null;
  #cancelPace: (() => void) | null = null;
  #events = 0;

  /** What paths are shown from: the one that is watched, or the root. */
  readonly base = $derived(this.settings.also.length === 0 ? this.settings.path : "");
  readonly rows = $derived.by<Row[]>(() => {
    const found = this.filter.trim() === "" ? this.#shown.changes : this.#shown.changes.filter(filterOf(this.filter));
    return this.asTree ? treeRows(found, this.base, this.closed) : listRows(found, this.base);
  });
  readonly total = $derived(this.#shown.changes.length);
  readonly forgotten = $derived(this.#shown.forgotten);
  readonly lastMinute = $derived.by(() => (void this.#shown, this.#minute.sum(this.now)));
  readonly condition = $derived.by<FilesCondition>(() => {
    if (this.settings.error !== "" || this.phase === "failed") return "error";
    if (this.phase === "live" && this.paused) return "paused";
    return this.phase;
  });
  readonly strip = $derived(
    filesStrip({
      phase: this.phase,
      reason: this.reason,
      retryIn: this.retryAt === null ? null : this.retryAt - this.now,
      greeted: this.mode !== "",
      path: this.trouble,
      base: this.base,
      error: this.settings.error,
      resync: this.resync,
      rerun: this.settings.rerun,
      rerunSince: this.settings.rerun !== this.#rerunSeen,
      outputShown: this.outputShown,
    }),
  );

  constructor(settings: FilesSettings, { frame, clock = systemClock, ...rest }: FilesSurroundings) {
    this.settings = settings;
    this.#rerunSeen = settings.rerun;
    this.#frame = frame;
    this.#clock = clock;
    this.now = clock.now();
    const events = {
      changed: () => this.#read(),
      batch: (batch: FilesBatch) => this.#take(batch),
      resync: (resync: FilesResync) => void (this.resync = resync),
    };
    this.#clients = [settings.path, ...settings.also].map((path) => new FilesClient({ ...rest, path, clock, events }));
    if (settings.error === "") for (const client of this.#clients) void client.start();
  }

  configure(settings: FilesSettings): void {
    this.settings = settings;
    if (this.phase === "live" && this.resync === null) this.#rerunSeen = settings.rerun;
  }

  /** Events so far, shown or not. */
  get events(): number {
    return this.#events;
  }

  show(visible: boolean): void {
    for (const client of this.#clients) client.setVisible(visible);
    if (visible) this.tick();
  }

  /** Time has passed. */
  tick(): void {
    this.now = this.#clock.now();
  }

  pause(paused: boolean): void {
    this.paused = paused;
    this.unseen = 0;
    if (!paused) this.#publish();
  }

  clear(): void {
    this.#pending = [];
    this.#waiting = 0;
    this.#changes.clear();
    this.#minute.clear();
    this.dismiss();
    this.unseen = 0;
    this.#publish();
  }

  /** That something is missing is known by now. */
  dismiss(): void {
    this.resync = null;
    this.#rerunSeen = this.settings.rerun;
  }

  toggle(directory: string): void {
    const closed = new Set(this.closed);
    if (!closed.delete(directory)) closed.add(directory);
    this.closed = closed;
  }

  retry(): void {
    for (const client of this.#clients) client.retryNow();
  }

  dispose(): void {
    for (const client of this.#clients) client.close();
    this.#cancelFrame?.();
    this.#cancelPace?.();
  }

  #read(): void {
    // Of several the one that is worst off is what has to be told.
    const client = this.#clients.reduce((worst, one) => (TROUBLE.indexOf(one.phase) > TROUBLE.indexOf(worst.phase) ? one : worst));
    this.phase = client.phase;
    this.trouble = client.path;
    this.reason = client.reason;
    this.transport = client.hello === null ? null : client.kind;
    this.mode = client.hello?.mode ?? "";
    this.roundTrip = client.roundTrip;
    this.retryAt = client.retryAt;
    this.tick();
  }

  #take(batch: FilesBatch): void {
    // By the engine's own clock it is known how old it is; the page's may be another.
    const age = Math.max(0, (batch.sent - batch.first_seen) / 1000);
    this.#pending.push({ batch, at: this.#clock.now() - age, taken: 0 });
    this.#waiting += batch.events.length;
    this.#events += batch.events.length;
    if (this.#waiting > AT_ONCE) this.#apply(Infinity);
    this.#cancelFrame ??= this.#frame(() => this.#paint());
  }

  #paint(): void {
    this.#cancelFrame = null;
    this.#apply(EACH_FRAME);
    if (this.#waiting > 0) this.#cancelFrame = this.#frame(() => this.#paint());
    if (this.paused) return;
    if (this.asTree && this.#changes.size > BIG) this.#cancelPace ??= this.#clock.after(PACE, () => this.#publish());
    else this.#publish();
  }

  #publish(): void {
    this.#cancelPace?.();
    this.#cancelPace = null;
    this.tick();
    this.#shown = { changes: this.#changes.newestFirst(), forgotten: this.#changes.forgotten };
  }

  #apply(limit: number): void {
    let left = limit;
    let done = 0;
    for (const part of this.#pending) {
      const { events } = part.batch;
      const end = Math.min(events.length, part.taken + left);
      left -= end - part.taken;
      this.#minute.add(part.at, end - part.taken);
      if (this.paused) this.unseen += end - part.taken;
      while (part.taken < end) this.#changes.add(events[part.taken++]!, part.at);
      if (part.taken < events.length) break;
      done++;
    }
    this.#pending.splice(0, done);
    this.#waiting = this.#pending.reduce((sum, part) => sum + part.batch.events.length - part.taken, 0);
  }
}
