// How many happened in the last minute, second by second.

const SECONDS = 60;

/** Times in ms of one clock. */
export class Minute {
  #seconds = new Map<number, number>();

  add(at: number, count: number): void {
    const second = Math.floor(at / 1000);
    this.#seconds.set(second, (this.#seconds.get(second) ?? 0) + count);
    if (this.#seconds.size > 2 * SECONDS) this.#forget(second);
  }

  sum(now: number): number {
    const since = Math.floor(now / 1000) - SECONDS;
    let sum = 0;
    for (const [second, count] of this.#seconds) if (second > since) sum += count;
    return sum;
  }

  clear(): void {
    this.#seconds.clear();
  }

  #forget(now: number): void {
    for (const second of this.#seconds.keys()) if (second <= now - SECONDS) this.#seconds.delete(second);
  }
}
