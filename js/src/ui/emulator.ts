// xterm.js as the core sees it: writes, resets and sizes take effect in the order in which they are told.
import type { IDisposable, Terminal } from "@xterm/xterm";
import { joined } from "../core/bytes.ts";
import type { ShellMark } from "../core/marks.ts";
import type { Emulator } from "../core/output.ts";
import { hasLinks, splitRecent, textSoFar } from "../core/recent.ts";
import { splitSnapshot } from "../core/snapshot.ts";
import { WholeCharacters } from "./characters.ts";
import { patiently } from "./patience.ts";
import { swallowQueries } from "./queries.ts";

/** Takes what may be parsed later: lines, or output of which the terminal has the screen. */
export interface Above {
  /** Whether lines scroll through the whole screen, and what leaves it is kept. */
  readonly scrolls: boolean;
  hold(output: Uint8Array, withScreen?: boolean): void;
  finish(): void;
  drop(): void;
}

export class XtermEmulator implements Emulator, IDisposable {
  /** Whether this view answers the program's questions at all. */
  leads = false;
  /** Called when bytes have been parsed. */
  parsed = () => {};
  /** Called when the bytes up to a shell's mark have been parsed, and no byte beyond it. */
  marked: (mark: ShellMark) => void = () => {};
  /** Called when what is written begins to be behind the terminal, and when it has come to where that was. */
  behind: (behind: boolean) => void = () => {};
  /** Called when everything shown has been forgotten. */
  wiped = () => {};
  /** Where there is one, a snapshot's screen does not wait for what lies far above it. */
  above: Above | null = null;
  /** Where there is one, history is parsed with it as soon as it has come. */
  atOnce: ((data: Uint8Array) => void) | null = null;
  readonly #term: Pick<Terminal, "write" | "reset" | "resize" | "cols" | "rows" | "parser">;
  readonly #queries: IDisposable;
  readonly #characters = new WholeCharacters();
  #pending = 0;
  /** Rows that it has when all that was told has been done. */
  #rows: number;
  #inHistory = false;
  /** What came first, and since then history of nothing but text, of which only the end need be seen soon. */
  #recent: { readonly snapshot: Uint8Array; readonly held: Uint8Array[]; tire?: () => void } | null = null;
  /** Nothing was ever written to it. */
  #blank = true;
  #disposed = false;

  constructor(term: Pick<Terminal, "write" | "reset" | "resize" | "cols" | "rows" | "parser">) {
    this.#term = term;
    this.#rows = term.rows;
    this.#queries = swallowQueries(term.parser, () => this.#inHistory || !this.leads);
  }

  write(bytes: Uint8Array, history: boolean, done: () => void, more = false): void {
    const whole = this.#characters.push(bytes);
    if (more && this.#blank) this.#recent ??= { snapshot: new Uint8Array(0), held: [] };
    const text = history ? this.#hold(whole) : 0;
    if (more && text > 0 && text === whole.length) {
      done();
      return;
    }
    this.#showRecent();
    this.#parse(whole.subarray(text), history, done);
  }

  #parse(whole: Uint8Array, history: boolean, done: () => void): void {
    const ended = () => {
      this.#inHistory = false;
      done();
      this.parsed();
    };
    if (history && this.#pending === 0 && this.atOnce !== null) {
      this.#inHistory = true;
      this.#blank = false;
      this.atOnce(whole);
      ended();
      return;
    }
    if (history) this.inOrder(() => (this.#inHistory = true));
    this.#write(whole, ended);
  }

  snapshot(data: Uint8Array, done: () => void): void {
    const { above } = this;
    const parts = above && splitSnapshot(data, this.#rows);
    if (parts) this.inOrder(() => above!.hold(parts.above));
    this.write(parts?.rest ?? data, true, done);
    this.#recent = { snapshot: data, held: [] };
  }

  reset(): void {
    this.#characters.clear();
    this.#forgetRecent();
    // reset() does not wait for what is being parsed, and a sequence cut off before it must not eat what comes after.
    this.inOrder(() => {
      this.above?.drop();
      if (!this.#blank) this.#term.reset();
      this.wiped();
    });
  }

  resize(cols: number, rows: number): void {
    this.#rows = rows;
    this.inOrder(() => {
      if (cols === this.#term.cols && rows === this.#term.rows) return;
      this.above?.finish(); // lines are wrapped anew, and rows come back from above
      this.#term.resize(cols, rows);
    });
  }

  mark(mark: ShellMark): void {
    this.inOrder(() => this.marked(mark));
  }

  dispose(): void {
    this.#disposed = true;
    this.#forgetRecent();
    this.#queries.dispose();
  }

  /** Does `step` when everything that was told so far has been parsed. */
  inOrder(step: () => void): void {
    this.#showRecent();
    if (this.#pending === 0) step();
    else this.#write("", step);
  }

  /** How much of `data`, from its start, waits for what comes after it. */
  #hold(data: Uint8Array): number {
    const recent = this.#recent;
    if (recent === null || this.above === null) return 0;
    const text = textSoFar(data);
    recent.held.push(data.subarray(0, text));
    recent.tire ??= patiently(() => this.#showRecent());
    return text;
  }

  #showRecent(): void {
    const recent = this.#forgetRecent();
    if (recent === null || recent.held.length === 0) return;
    const all = joined(...recent.held);
    const end = textSoFar(all); // a sequence may have begun in one piece, and ended as another one than it seemed
    const able = this.#pending === 0 && this.atOnce !== null && this.above?.scrolls && !hasLinks(recent.snapshot);
    const parts = able ? splitRecent(all.subarray(0, end), this.#rows) : null;
    if (parts !== null) {
      this.#parse(parts.shown, true, () => {});
      this.above!.hold(joined(recent.snapshot, parts.before), true);
    }
    this.#parse(parts === null ? all : all.subarray(end), true, () => {});
  }

  #forgetRecent() {
    const recent = this.#recent;
    this.#recent = null;
    recent?.tire?.();
    return recent;
  }

  #write(data: Uint8Array | string, done: () => void): void {
    this.#pending++;
    this.#blank = false;
    this.#term.write(data, () => {
      this.#pending--;
      if (!this.#disposed) done();
    });
  }
}
