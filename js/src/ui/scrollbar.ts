// Brings xterm.js' scrollbar up to date once a turn, where xterm.js does so with every line that scrolls.
import type { Terminal } from "@xterm/xterm";

/** What of xterm.js 6 is not public. */
interface Viewport {
  _sync(position?: number): void;
}
interface Internals {
  _core?: { _viewport?: Viewport };
}

export class Scrollbar {
  readonly #viewport: Viewport | undefined;
  #held = false;
  /** Something has scrolled that it does not show yet. */
  #due = false;

  /** For a terminal that is open. Where xterm.js is another one, all stays as it is. */
  constructor(term: Terminal) {
    const viewport = (term as unknown as Internals)._core?._viewport;
    if (typeof viewport?._sync !== "function") return;
    this.#viewport = viewport;
    const sync = viewport._sync.bind(viewport);
    const settle = () => {
      if (this.#held || !this.#due) return;
      this.#due = false;
      sync();
    };
    viewport._sync = (position) => {
      if (position !== undefined) return sync(position);
      if (this.#due) return;
      this.#due = true;
      // Whatever looks at it next, an event or a frame, comes after this turn.
      queueMicrotask(settle);
    };
  }

  /** Leaves it as it is, for as long as nothing is drawn. */
  hold(): void {
    this.#held = true;
  }

  /** Shows where things have come to meanwhile. */
  release(): void {
    this.#held = false;
    if (!this.#due) return;
    this.#due = false;
    this.#viewport?._sync();
  }
}
