// Where a shell's marks (OSC 633) lie in the output; whether they are genuine, only the engine's events tell.
import { characters } from "./bytes.ts";

/** One mark: its letter, its last field, and the output offsets between which it lies. */
export interface ShellMark {
  kind: "B" | "C" | "D";
  nonce: string;
  start: number;
  end: number;
}

const ESC = 0x1b;
const BEL = 0x07;
const CAN = 0x18;
const SUB = 0x1a;
const BEGINNING = "\x1b]633;";
const BEGINNING_BYTES = Uint8Array.from(BEGINNING, (character) => character.charCodeAt(0));
/** Characters of the marks that are told of; longer ones are those with the command's line, of which no place is needed. */
const LONGEST = 160;

/** Reads output in pieces of any size, each byte once. */
export class MarkScanner {
  /** Bytes of `BEGINNING` that the output so far ends with. */
  #matched = 0;
  #start = 0;
  #body = "";
  #escaped = false;

  /** The output goes on elsewhere: what was half seen is no more. */
  reset(): void {
    this.#matched = 0;
    this.#escaped = false;
  }

  /** The marks that end in `data`, which begin at `offset`. */
  feed(data: Uint8Array, offset: number): ShellMark[] {
    const found: ShellMark[] = [];
    const text = characters(data);
    for (let at = 0; at < data.length; at++) {
      if (this.#matched === 0) {
        const from = at;
        at = text.indexOf(BEGINNING, from);
        // Where there is no whole one, the end may be part of one.
        if (at < 0) at = data.indexOf(ESC, Math.max(from, data.length - BEGINNING.length + 1));
        if (at < 0) break;
        this.#begin(offset + at);
      } else if (this.#matched < BEGINNING.length) {
        if (data[at] === BEGINNING_BYTES[this.#matched]) this.#matched++;
        else if (data[at] === ESC) this.#begin(offset + at);
        else this.#matched = 0;
      } else {
        this.#read(data[at]!, offset + at, found);
      }
    }
    return found;
  }

  #begin(start: number): void {
    this.#matched = 1;
    this.#start = start;
    this.#body = "";
    this.#escaped = false;
  }

  #read(byte: number, at: number, found: ShellMark[]): void {
    if (byte === BEL || (this.#escaped && byte === 0x5c)) {
      const [kind, ...fields] = this.#body.split(";");
      if ((kind === "B" || kind === "C" || kind === "D") && fields.length > 0 && this.#body.length < LONGEST)
        found.push({ kind, nonce: fields.at(-1)!, start: this.#start, end: at + 1 });
      this.#matched = 0;
    } else if (this.#escaped) {
      // An ESC that ends no string begins something else, which may be a mark.
      this.#begin(at - 1);
      if (byte === BEGINNING_BYTES[1]) this.#matched = 2;
      else if (byte === ESC) this.#begin(at);
      else this.#matched = 0;
    } else if (byte === ESC) {
      this.#escaped = true;
    } else if (byte === CAN || byte === SUB) {
      this.#matched = 0;
    } else if (this.#body.length < LONGEST) {
      this.#body += String.fromCharCode(byte);
    }
  }
}
