// When to try again: at once the first time, then later and later, never in step with others.
import type { Clock } from "./clock.ts";

const FIRST = 250;
const LONGEST = 5000;
/** A connection that held this long (ms) was a good one, and the next trouble starts from the beginning. */
const GOOD = 2000;

export class Backoff {
  readonly #clock: Clock;
  #delay = FIRST;
  #since: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  connected(): void {
    this.#since = this.#clock.now();
  }

  /** ms to wait before the next attempt: 0.25 s doubling to 5 s, give or take a fifth. */
  next(): number {
    if (this.#since !== undefined && this.#clock.now() - this.#since >= GOOD) this.#delay = FIRST;
    this.#since = undefined;
    const delay = this.#delay * (0.8 + 0.4 * this.#clock.random());
    this.#delay = Math.min(LONGEST, this.#delay * 2);
    return delay;
  }

  reset(): void {
    this.#delay = FIRST;
  }
}
