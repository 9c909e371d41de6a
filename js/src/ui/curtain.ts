// Holds the drawing back while history goes by, which nobody needs to see: what is drawn then is the end of it.
import type { Terminal } from "@xterm/xterm";
import { Scrollbar } from "./scrollbar.ts";

/** What of xterm.js 6 is not public. */
type Place = [number, number] | undefined;
interface Service {
  refreshRows(start: number, end: number, redraw?: boolean): void;
  handleSelectionChanged(start: Place, end: Place, columns: boolean): void;
}
interface Internals {
  _core?: { _renderService?: Service };
}

/** ms for which nothing is drawn at most: history that takes longer is better seen on its way than not at all. */
export const PATIENCE = 500;

export class Curtain {
  readonly #term: Terminal;
  readonly #scrollbar: Scrollbar;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #missed = false;

  /** For a terminal that is open. Where xterm.js is another one, everything is drawn as it comes. */
  constructor(term: Terminal) {
    this.#term = term;
    this.#scrollbar = new Scrollbar(term);
    const service = (term as unknown as Internals)._core?._renderService;
    if (typeof service?.refreshRows !== "function") return;
    ignoreNoSelection(service);
    const refresh = service.refreshRows.bind(service);
    service.refreshRows = (start, end, redraw) => {
      if (this.#timer === undefined) refresh(start, end, redraw);
      else this.#missed = true;
    };
  }

  /** From now on nothing is drawn, for a while. */
  close(): void {
    this.#scrollbar.hold();
    this.#timer ??= setTimeout(() => this.open(), PATIENCE);
  }

  /** What has come meanwhile is drawn. */
  open(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#scrollbar.release();
    if (this.#missed) this.#term.refresh(0, this.#term.rows - 1);
    this.#missed = false;
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}

/** With each reset xterm.js takes the selection away, for which it draws all rows at once, also where there was none. */
function ignoreNoSelection(service: Service): void {
  const change = service.handleSelectionChanged?.bind(service);
  if (change === undefined) return;
  let selected = false;
  service.handleSelectionChanged = (start, end, columns) => {
    const before = selected;
    selected = start !== undefined;
    if (selected || before) change(start, end, columns);
  };
}
