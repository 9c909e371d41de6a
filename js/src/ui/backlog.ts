// What lies far above the screen: parsed when the screen has been drawn, and put above it.
import type { IMarker, Terminal } from "@xterm/xterm";
import type { Size } from "../core/sizing.ts";

/** What of xterm.js 6 is not public. */
interface Lines {
  readonly length: number;
  readonly maxLength: number;
  get(index: number): unknown;
  splice(start: number, deleted: number, ...added: unknown[]): void;
}
interface Buffer {
  readonly lines: Lines;
  ybase: number;
  ydisp: number;
  readonly y: number;
  readonly scrollTop: number;
  readonly scrollBottom: number;
}
interface Internals {
  _core?: {
    writeSync(data: Uint8Array): void;
    _bufferService: {
      readonly buffer: unknown;
      readonly rows: number;
      readonly buffers: { readonly normal: Buffer };
      _onScroll: { fire(position: number): void };
    };
  };
}
const internals = (term: Terminal) => (term as unknown as Internals)._core;

/** Bytes parsed in one go: a key that is pressed meanwhile waits for that. */
const PIECE = 16 * 1024;

/** Calls `step` when what is to be drawn now has been drawn. */
const drawn = (step: () => void) => void requestAnimationFrame(() => setTimeout(step));

export class Backlog {
  readonly #term: Terminal;
  readonly #another: (size: Size) => Terminal;
  readonly #later: (step: () => void) => void;
  #waits = false;
  /** What is to be parsed yet. */
  #data: Uint8Array | null = null;
  /** Whether the terminal has the screen of it, and lacks what lies above only. */
  #withScreen = false;
  /** At the first line of the terminal, above which they go. */
  #top: IMarker | undefined;
  #lines: Lines | undefined;
  /** Parses them, and is never shown. */
  #aside: Terminal | null = null;

  /** `another` makes a terminal that takes text for what `term` takes it for. */
  constructor(term: Terminal, another: (size: Size) => Terminal, later: (step: () => void) => void = drawn) {
    this.#term = term;
    this.#another = another;
    this.#later = later;
  }

  /** Whether it can do it: where xterm.js is another one, a snapshot is better parsed as a whole. */
  get able(): boolean {
    const core = internals(this.#term);
    const service = core?._bufferService;
    return typeof core?.writeSync === "function" && typeof service?.buffers?.normal?.lines?.splice === "function" && typeof service._onScroll?.fire === "function";
  }

  /** While something more urgent is parsed, nothing of it is. */
  set waits(waits: boolean) {
    this.#waits = waits;
    if (!waits) this.#begin();
  }

  get scrolls(): boolean {
    const { buffer, buffers, rows } = internals(this.#term)!._bufferService;
    return buffer === buffers.normal && buffers.normal.scrollTop === 0 && buffers.normal.scrollBottom === rows - 1;
  }

  /** Takes output whose lines go above all that the terminal holds: all lines, or those that are not on its screen. */
  hold(data: Uint8Array, withScreen = false): void {
    this.drop();
    const { normal } = internals(this.#term)!._bufferService.buffers;
    this.#data = data;
    this.#withScreen = withScreen;
    this.#top = this.#term.registerMarker(-normal.ybase - normal.y);
    this.#lines = normal.lines;
    this.#begin();
  }

  /** Puts them there now, for what depends on them. */
  finish(): void {
    if (this.#data === null) return;
    internals(this.#parser())!.writeSync(this.#data);
    this.#put();
  }

  /** Forgets what is not there yet. */
  drop(): void {
    this.#data = null;
    this.#top?.dispose();
    this.#aside?.dispose();
    this.#aside = null;
  }

  #begin(): void {
    const data = this.#data;
    if (data === null || this.#waits) return;
    this.#later(() => this.#data === data && this.#aside === null && this.#parse(this.#parser()));
  }

  #parser(): Terminal {
    return (this.#aside ??= this.#another(this.#term));
  }

  #parse(aside: Terminal): void {
    const data = this.#data!;
    this.#data = data.subarray(PIECE);
    aside.write(data.subarray(0, PIECE), () => {
      if (this.#aside !== aside) return;
      if (this.#data!.length > 0) this.#parse(aside);
      else this.#put();
    });
  }

  #put(): void {
    const { _bufferService: service } = internals(this.#term)!;
    const { normal } = service.buffers;
    const { lines } = normal;
    const from = internals(this.#aside!)!._bufferService.buffers.normal;
    // Where the first line is gone, the scrollback is full, or was cleared, and they would be, too.
    const wanted = this.#lines === lines && this.#top?.isDisposed === false && this.#top.line === 0;
    const end = from.ybase + (this.#withScreen ? 0 : from.y);
    const count = wanted ? Math.min(end, lines.maxLength - lines.length) : 0;
    if (count > 0) {
      if (this.#term.hasSelection()) this.#term.clearSelection(); // it would be of other lines
      lines.splice(0, 0, ...Array.from({ length: count }, (_, index) => from.lines.get(end - count + index)));
      normal.ybase += count;
      normal.ydisp += count;
      if (service.buffer === normal) service._onScroll.fire(normal.ydisp);
    }
    this.drop();
  }
}
