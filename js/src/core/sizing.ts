// The size that a view would have, told to the engine; and whether the terminal has another one, which is somebody else's.
import type { Clock } from "./clock.ts";

export interface Size {
  cols: number;
  rows: number;
}

/** ms that a size must hold before it is told, so that dragging an edge is not a storm. */
export const SETTLE = 60;
/** ms after which a size that is not the view's is somebody else's, and not just on its way. */
export const FOREIGN_AFTER = 500;

export class Sizing {
  readonly #clock: Clock;
  readonly #tell: (size: Size) => boolean;
  readonly #foreign: (size: Size | null) => void;
  #fit: Size | null = null;
  #size: Size | null = null;
  #told: Size | null = null;
  #isForeign = false;
  #shown = true;
  #visible = true;
  #cancelTelling = () => {};
  #cancelWaiting = () => {};

  /** `tell` says whether it told. `foreign` is called with the terminal's size where it is another one's, else with null. */
  constructor(clock: Clock, tell: (size: Size) => boolean, foreign: (size: Size | null) => void) {
    this.#clock = clock;
    this.#tell = tell;
    this.#foreign = foreign;
  }

  /** What would fit into the view as it is now. */
  fits(size: Size): void {
    if (same(this.#fit, size)) return;
    this.#fit = size;
    this.#settle(SETTLE);
    this.#compare();
  }

  /** The terminal has this size. `anew`: the engine may have forgotten what it was told. */
  sized(size: Size, anew: boolean): void {
    this.#size = size;
    if (anew) {
      this.#told = null;
      this.#settle(0);
    }
    this.#compare();
  }

  /** Whether anybody can see it: `visible` the page, `shown` the view within it. Unseen it tells no size. */
  seen(part: { visible?: boolean; shown?: boolean }): void {
    const before = this.#visible && this.#shown;
    this.#visible = part.visible ?? this.#visible;
    this.#shown = part.shown ?? this.#shown;
    if (!before && !same(this.#fit, this.#told)) this.#settle(0);
  }

  /** There is no terminal any more, or another one. */
  reset(): void {
    this.#told = this.#size = null;
    this.#compare();
  }

  dispose(): void {
    this.#cancelTelling();
    this.#cancelWaiting();
  }

  #settle(delay: number): void {
    this.#cancelTelling();
    const size = this.#fit;
    if (size === null) return;
    const tell = () => {
      if (this.#visible && this.#shown && this.#tell(size)) this.#told = size;
    };
    if (delay === 0) tell();
    else this.#cancelTelling = this.#clock.after(delay, tell);
  }

  #compare(): void {
    this.#cancelWaiting();
    const size = this.#size;
    if (this.#fit === null || size === null || same(this.#fit, size)) this.#show(null);
    else if (this.#isForeign) this.#show(size);
    else this.#cancelWaiting = this.#clock.after(FOREIGN_AFTER, () => this.#show(size));
  }

  #show(size: Size | null): void {
    this.#isForeign = size !== null;
    this.#foreign(size);
  }
}

const same = (one: Size | null, other: Size | null) => one?.cols === other?.cols && one?.rows === other?.rows;
