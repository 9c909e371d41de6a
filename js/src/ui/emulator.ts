// xterm.js as the core sees it: writes, resets and sizes take effect in the order in which they are told.
import type { IDisposable, Terminal } from "@xterm/xterm";
import type { Emulator } from "../core/output.ts";
import type { ShellMark } from "../core/marks.ts";
import { splitSnapshot } from "../core/snapshot.ts";
import { WholeCharacters } from "./characters.ts";
import { swallowQueries } from "./queries.ts";

/** Takes the part of a snapshot that may be parsed later. */
export interface Above {
  hold(lines: Uint8Array): void;
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
  /** Nothing was ever written to it. */
  #blank = true;
  #disposed = false;

  constructor(term: Pick<Terminal, "write" | "reset" | "resize" | "cols" | "rows" | "parser">) {
    this.#term = term;
    this.#rows = term.rows;
    this.#queries = swallowQueries(term.parser, () => this.#inHistory || !this.leads);
  }

  write(bytes: Uint8Array, history: boolean, done: () => void): void {
    const whole = this.#characters.push(bytes);
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
  }

  reset(): void {
    this.#characters.clear();
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
    this.#queries.dispose();
  }

  /** Does `step` when everything that was told so far has been parsed. */
  inOrder(step: () => void): void {
    if (this.#pending === 0) step();
    else this.#write("", step);
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
