// The output's way into the emulator: what is held, what is parsed, what is acknowledged, in order.
import { MarkScanner, type ShellMark } from "./marks.ts";

/** What shows the output. It does everything in the order in which it is told. */
export interface Emulator {
  /** Parses `bytes`; `history` is answered nothing. `done` once they are parsed, or kept until `more` of it has come. */
  write(bytes: Uint8Array, history: boolean, done: () => void, more: boolean): void;
  /** Paints what `data` say, on a terminal that was reset. */
  snapshot(data: Uint8Array, done: () => void): void;
  /** Forgets everything shown. */
  reset(): void;
  resize(cols: number, rows: number): void;
  /** The bytes that were written last end with `mark`. Where it is there, no write goes beyond a mark's end. */
  mark?(mark: ShellMark): void;
  /** Whether what is written is behind the terminal, which nobody needs to see go by, or has come to where it is. */
  behind?(behind: boolean): void;
}

/** Bytes parsed after which an acknowledgement is due (docs/protocol.md, flow control). */
export const ACK_EVERY = 64 * 1024;

/** Keeps the offsets of one terminal's output over all reconnects of a view. */
export class OutputStream {
  readonly #emulator: Emulator;
  readonly #acknowledge: (offset: number) => void;
  readonly #scanner = new MarkScanner();
  #received: number | undefined;
  #acknowledged = 0;
  #head = 0;
  /** Grows with each reset, so that what was parsed for an earlier life counts for nothing. */
  #life = 0;
  #behind = false;

  constructor(emulator: Emulator, acknowledge: (offset: number) => void) {
    this.#emulator = emulator;
    this.#acknowledge = acknowledge;
  }

  /** The offset up to which everything is held; `undefined` before the first HELLO. */
  get received(): number | undefined {
    return this.#received;
  }

  /** HELLO: the stream starts at `offset`; bytes before `head` are history. */
  hello(offset: number, head: number): void {
    this.#head = head;
    if (this.#received !== undefined && this.#received !== offset) this.#jump(offset);
    else this.#received = offset;
    // The engine counts its window from where this stream starts, not from the last one's ACK.
    this.#acknowledged = offset;
    this.#setBehind(offset < head);
  }

  /** OUTPUT. False if bytes are missing before it, which only a broken stream does. */
  output(offset: number, data: Uint8Array): boolean {
    const received = this.#received ?? offset;
    if (offset > received) return false;
    if (offset + data.length <= received) return true;
    let at = received;
    let rest = data.subarray(received - offset);
    this.#received = received + rest.length;
    const marks = this.#emulator.mark === undefined ? [] : this.#scanner.feed(rest, received);
    while (rest.length > 0) {
      // History and live bytes are parsed apart, and no piece is longer than what an ACK covers.
      const history = at < this.#head;
      const length = Math.min(rest.length, ACK_EVERY, history ? this.#head - at : Infinity, (marks[0]?.end ?? Infinity) - at);
      const end = at + length;
      const life = this.#life;
      this.#emulator.write(rest.subarray(0, length), history, () => this.#done(end, life), end < this.#head);
      if (marks[0]?.end === end) this.#emulator.mark?.(marks.shift()!);
      rest = rest.subarray(length);
      at = end;
    }
    return true;
  }

  /** GAP: what lies before `offset` is gone. */
  gap(offset: number): void {
    this.#jump(offset);
  }

  /** SNAPSHOT: `data` paint the whole state at `offset`. */
  snapshot(offset: number, data: Uint8Array): void {
    this.#jump(offset);
    const life = this.#life;
    this.#emulator.snapshot(data, () => this.#parsed(offset, life));
  }

  resized(cols: number, rows: number): void {
    this.#emulator.resize(cols, rows);
  }

  #jump(offset: number): void {
    this.#life++;
    this.#scanner.reset();
    this.#emulator.reset();
    this.#received = this.#acknowledged = offset;
  }

  #parsed(offset: number, life: number): void {
    if (life === this.#life && offset >= this.#head) this.#setBehind(false);
  }

  #setBehind(behind: boolean): void {
    if (behind === this.#behind) return;
    this.#behind = behind;
    this.#emulator.behind?.(behind);
  }

  #done(offset: number, life: number): void {
    if (life !== this.#life) return;
    this.#parsed(offset, life);
    const idle = offset === this.#received;
    if (offset > this.#acknowledged && (idle || offset - this.#acknowledged >= ACK_EVERY)) {
      this.#acknowledged = offset;
      this.#acknowledge(offset);
    }
  }
}
