// Recent output that is nothing but text, in two parts: what its end depends on, and all that lies before.
import { KEPT, penAfter } from "./snapshot.ts";

export interface RecentParts {
  /** Its beginning, after which the screen is the one that `shown` has when it forgets what lies above. */
  readonly before: Uint8Array;
  /** Leaves the screen of all of it, and `KEPT` lines above; the cursor has been brought to the bottom before. */
  readonly shown: Uint8Array;
}

/** Bytes below which two parts are not worth the trouble. */
const WORTH = 32 * 1024;
/** A sequence that does more than to change the pen, or to erase in a line. */
const OTHER = /\x1b(?!\[[0-9;:]*[mK])/g;
const END = "\r\n";
const FORGET = "\x1b[3J";
/** Bytes at the end that may begin a sequence which goes on in the next piece. */
const UNFINISHED = 32;
const SHIFT_OUT = 0x0e;
const SHIFT_IN = 0x0f;
const C1 = 0xc2;

/** Where the first thing lies that is not text: control codes but those of lines and tabs, and sequences but colours. */
export function textEnd(data: Uint8Array): number {
  let end = data.length;
  for (const code of [SHIFT_OUT, SHIFT_IN]) {
    const at = data.indexOf(code);
    if (at >= 0) end = Math.min(end, at);
  }
  // Control codes beyond ASCII, as UTF-8: CSI and its kin.
  for (let at = data.indexOf(C1); at >= 0 && at < end; at = data.indexOf(C1, at + 1)) {
    if ((data[at + 1] ?? 0xff) < 0xa0) end = at;
  }
  OTHER.lastIndex = 0;
  const other = OTHER.exec(characters(data))?.index ?? end;
  return Math.min(end, other);
}

/** As much of `data` as is text as far as can be seen: at its end a sequence may be cut off. */
export function textSoFar(data: Uint8Array): number {
  const end = textEnd(data);
  return end >= data.length - UNFINISHED && data.lastIndexOf(0x1b) === end ? data.length : end;
}

/** The parts of text for a terminal of `rows` in which lines scroll; `null` where it has hardly more than that. */
export function splitRecent(data: Uint8Array, rows: number): RecentParts | null {
  if (data.length < WORTH) return null;
  const text = characters(data);
  let cut = text.length;
  const back = (lines: number) => {
    for (; lines > 0 && cut > 0; lines--) cut = Math.max(0, text.lastIndexOf(END, cut - 1));
    return cut + END.length;
  };
  const kept = back(rows + KEPT + 1);
  // As many lines bring the cursor to the bottom, wherever it was, and as many again scroll away what it was written over.
  const begin = back(2 * rows);
  if (cut < WORTH) return null;
  const start = new TextEncoder().encode(`\r${penAfter(text.slice(0, begin))}`);
  const forget = new TextEncoder().encode(FORGET);
  return { before: data.subarray(0, kept), shown: joined(start, data.subarray(begin, kept), forget, data.subarray(kept)) };
}

/** Whether any of it is a link: only the terminal that has parsed it knows where to. */
export function hasLinks(data: Uint8Array): boolean {
  return characters(data).includes("\x1b]8;");
}

export function joined(...pieces: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Each byte becomes one character, so that places in the text are those in the bytes. */
const characters = (data: Uint8Array) => new TextDecoder("latin1").decode(data);
