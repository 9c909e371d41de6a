// Brings xterm.js' scrollbar up to date once a turn, where xterm.js does so with every line that scrolls.
import type { Terminal } from "@xterm/xterm";

/** What of xterm.js 6 is not public. */
interface Viewport {
  _sync(position?: number): void;
}
interface Internals {
  _core?: {
    _viewport?: Viewport;
    _renderService?: { dimensions: { css: { canvas: { height: number }; cell: { height: number } } } };
  };
}

export class Scrollbar {
  #held = false;
  /** Something has scrolled that it does not show yet. */
  #due = false;
  #settle = () => {};

  /** For a terminal that is open. Where xterm.js is another one, all stays as it is. */
  constructor(term: Terminal) {
    const viewport = (term as unknown as Internals)._core?._viewport;
    if (typeof viewport?._sync !== "function") return;
    const sync = viewport._sync.bind(viewport);
    this.#settle = () => {
      if (this.#held || !this.#due || isOutdated(term)) return;
      this.#due = false;
      sync();
    };
    viewport._sync = (position) => {
      if (position !== undefined && !isOutdated(term)) return sync(position);
      if (this.#due) return;
      this.#due = true;
      // Whatever looks at it next, an event or a frame, comes after this turn.
      queueMicrotask(this.#settle);
    };
    term.onRender(this.#settle);
  }

  /** Leaves it as it is, for as long as nothing is drawn. */
  hold(): void {
    this.#held = true;
  }

  /** Shows where things have come to meanwhile. */
  release(): void {
    this.#held = false;
    queueMicrotask(this.#settle);
  }
}

/** A size that changed out of sight is measured later: by the old one, the end would be out of reach, and seem to have been scrolled away from. */
function isOutdated(term: Terminal): boolean {
  const css = (term as unknown as Internals)._core?._renderService?.dimensions.css;
  return css !== undefined && Math.round(css.canvas.height / css.cell.height) !== term.rows;
}
