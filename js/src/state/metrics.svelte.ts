// What the metrics widget shows: reads once a second while somebody can see it, and keeps the last two minutes.
import { clock as systemClock, type Clock } from "../core/clock.ts";
import { RefusedError, type Figures } from "../core/metrics.ts";
import { cellsOf } from "./cells.ts";
import { pointOf, terminalRates, type Point } from "./rates.ts";

export type MetricsCondition = "connecting" | "live" | "paused" | "lost" | "refused";

/** Times in ms. */
const SPAN = 120_000;
/** What the plots show at least, so that the first seconds do not fill them. */
export const SHORTEST = 30_000;
const INTERVAL = 1000;
/** Rates take two readings: the second one comes soon. */
const SOON = 250;
/** Longer than this between two readings, and the line is broken. */
const BREAK = 3500;
/** Keys are few: a point's quantiles are of so much time before it. */
const WINDOW = 10_000;
const LONGEST = 5000;

interface Reading {
  at: number;
  figures: Figures;
}

export class MetricsState {
  readings = $state.raw<Reading[]>([]);
  points = $state.raw<Point[]>([]);
  reason = $state("");
  refused = $state(false);
  paused = $state(false);
  /** The moment that is pointed at, in ms. */
  cursor = $state<number | null>(null);
  readonly condition = $derived.by<MetricsCondition>(() => {
    if (this.refused) return "refused";
    if (this.paused) return "paused";
    return this.reason !== "" ? "lost" : this.readings.length === 0 ? "connecting" : "live";
  });
  readonly last = $derived(this.readings.at(-1)?.figures ?? null);
  readonly chosen = $derived(this.#nearest(this.cursor));
  readonly cells = $derived.by(() => {
    const [first, last] = [this.readings[0]?.figures, this.last];
    if (first === undefined || last === null) return [];
    // What lies before another engine's first reading says nothing of that one.
    const now = this.points.at(-1)?.at === this.readings.at(-1)?.at ? (this.points.at(-1) ?? null) : null;
    return cellsOf({ first, last, point: this.chosen ?? now, chosen: this.chosen !== null });
  });
  readonly rates = $derived.by(() => {
    const [before, after] = this.readings.slice(-2);
    return before === undefined || after === undefined ? new Map() : terminalRates(before.figures, after.figures);
  });
  readonly #read: () => Promise<Figures>;
  readonly #clock: Clock;
  #visible = false;
  #asking = false;
  #failures = 0;
  #cancel = () => {};

  constructor(read: () => Promise<Figures>, clock: Clock = systemClock) {
    this.#read = read;
    this.#clock = clock;
  }

  /** Whether anybody can see it. */
  show(visible: boolean): void {
    if (visible === this.#visible) return;
    this.#visible = visible;
    this.#restart();
  }

  pause(paused: boolean): void {
    this.paused = paused;
    this.#restart();
  }

  /** Tries now what would be tried later. */
  retry(): void {
    this.refused = false;
    this.#failures = 0;
    this.#restart();
  }

  dispose(): void {
    this.show(false);
  }

  /** Points at one moment earlier or later than now. */
  step(by: -1 | 1): void {
    const index = this.chosen === null ? this.points.length : this.points.indexOf(this.chosen);
    this.cursor = this.points[Math.max(0, index + by)]?.at ?? null;
  }

  #restart(): void {
    this.#cancel();
    if (this.#visible && !this.paused && !this.refused && !this.#asking) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    const began = this.#clock.now();
    try {
      const figures = await this.#read();
      this.#failures = 0;
      this.reason = "";
      this.#take(this.#clock.now(), figures);
    } catch (error) {
      this.#failures++;
      this.reason = error instanceof Error ? error.message : String(error);
      this.refused = error instanceof RefusedError;
    }
    this.#asking = false;
    if (!this.#visible || this.paused || this.refused) return;
    const wait = this.#failures > 0 ? Math.min(LONGEST, INTERVAL * 2 ** (this.#failures - 1)) : this.points.length === 0 ? SOON : INTERVAL;
    this.#cancel = this.#clock.after(Math.max(0, began + wait - this.#clock.now()), () => void this.#ask());
  }

  #take(at: number, figures: Figures): void {
    const before = this.readings.at(-1);
    // Another engine counts from nothing.
    const goesOn = before !== undefined && before.figures.boot === figures.boot;
    const reading = { at, figures };
    const kept = goesOn ? this.readings.filter((one) => at - one.at <= SPAN) : [];
    if (goesOn) {
      const first = this.points.length === 0 || at - before.at > BREAK || this.readings.length === 1;
      const earlier = this.readings.find((one) => at - one.at <= WINDOW) ?? before;
      const point = pointOf(at, first, earlier.figures, before.figures, figures);
      this.points = [...this.points.filter((one) => at - one.at <= SPAN), point];
    }
    this.readings = [...kept, reading];
  }

  #nearest(at: number | null): Point | null {
    if (at === null) return null;
    let found: Point | null = null;
    for (const point of this.points) if (found === null || Math.abs(point.at - at) < Math.abs(found.at - at)) found = point;
    return found;
  }
}
