// Holds the drawing back while history goes by, which nobody needs to see: what is drawn then is the end of it.
import type { Terminal } from "@xterm/xterm";
import { patiently } from "./patience.ts";
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

export class Curtain {
  readonly #term: Terminal;
  readonly #scrollbar: Scrollbar;
  #cancel: (() => void) | undefined;
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
      if (this.#cancel === undefined) refresh(start, end, redraw);
      else this.#missed = true;
    };
  }

  /** From now on nothing is drawn, for a while. */
  close(): void {
    this.#scrollbar.hold();
    this.#cancel ??= patiently(() => this.open());
  }

  /** What has come meanwhile is drawn. */
  open(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#scrollbar.release();
    if (this.#missed) this.#term.refresh(0, this.#term.rows - 1);
    this.#missed = false;
  }

  dispose(): void {
    this.#cancel?.();
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
