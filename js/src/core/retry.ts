// When to try again: at once the first time, then later and later, never in step with others.
import type { Clock } from "./clock.ts";

const FIRST = 250;
const LONGEST = 5000;
/** A connection that held this long (ms) was a good one, and the next trouble starts from the beginning. */
const GOOD = 2000;

export class Retry {
  readonly #clock: Clock;
  readonly #attempt: () => void;
  #at: number | null = null;
  #cancel = () => {};
  #delay = FIRST;
  #since: number | undefined;

  constructor(clock: Clock, attempt: () => void) {
    this.#clock = clock;
    this.#attempt = attempt;
  }

  /** When the next attempt is due, by the clock's `now()`. */
  get at(): number | null {
    return this.#at;
  }

  /** Makes an attempt in 0.25 s, doubling to 5 s, give or take a fifth. */
  later(): void {
    this.cancel();
    const delay = this.#next();
    this.#at = this.#clock.now() + delay;
    this.#cancel = this.#clock.after(delay, this.#attempt);
  }

  cancel(): void {
    this.#at = null;
    this.#cancel();
  }

  connected(): void {
    this.#since = this.#clock.now();
  }

  reset(): void {
    this.#delay = FIRST;
  }

  #next(): number {
    if (this.#since !== undefined && this.#clock.now() - this.#since >= GOOD) this.#delay = FIRST;
    this.#since = undefined;
    const delay = this.#delay * (0.8 + 0.4 * this.#clock.random());
    this.#delay = Math.min(LONGEST, this.#delay * 2);
    return delay;
  }
}
