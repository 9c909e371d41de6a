// Whose size a terminal has: a view imposes its own only when it is alone or being used.
import type { Clock } from "./clock.ts";

export interface Size {
  cols: number;
  rows: number;
}

/** ms that a size must hold before it is asked for, so that dragging an edge is not a storm of SIGWINCH. */
export const SETTLE = 60;

export class Sizing {
  readonly #clock: Clock;
  readonly #ask: (size: Size) => boolean;
  #fit: Size | null = null;
  #alone = false;
  #used = false;
  #asked: string[] = [];
  #cancel = () => {};

  /** `ask` says whether it asked: a terminal that has this size already need not be. */
  constructor(clock: Clock, ask: (size: Size) => boolean) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** What would fit into the view as it is now. */
  fits(size: Size): void {
    if (this.#fit?.cols === size.cols && this.#fit.rows === size.rows) return;
    this.#fit = size;
    this.#settle(SETTLE);
  }

  /** HELLO: how many clients the terminal has, this one among them. */
  attached(clients: number): void {
    this.#alone = clients <= 1;
    this.#settle(0);
  }

  /** The user focuses the view or types into it. */
  used(): void {
    if (this.#used) return;
    this.#used = true;
    this.#settle(0);
  }

  /** The focus is elsewhere: another view may have the say. */
  left(): void {
    this.#used = false;
  }

  /** RESIZED: a size that this view never asked for means that it is not alone, and that another one is being used. */
  resized(size: Size): void {
    const at = this.#asked.indexOf(key(size));
    if (at < 0) this.#alone = this.#used = false;
    // Answers come in order, and a storm has one: those before it will have none.
    else this.#asked.splice(0, at + 1);
  }

  dispose(): void {
    this.#cancel();
  }

  #settle(delay: number): void {
    this.#cancel();
    if (this.#fit === null || !(this.#alone || this.#used)) return;
    const size = this.#fit;
    const ask = () => {
      if (this.#ask(size)) this.#asked = [...this.#asked.slice(-REMEMBERED), key(size)];
    };
    if (delay === 0) ask();
    else this.#cancel = this.#clock.after(delay, ask);
  }
}

/** Sizes asked for whose RESIZED may still be on its way. */
const REMEMBERED = 4;
const key = ({ cols, rows }: Size) => `${cols}x${rows}`;
