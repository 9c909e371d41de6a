// Recent output that is nothing but text, in two parts: what its end depends on, and all that lies before.
import { characters, joined } from "./bytes.ts";
import { END, KEPT, linesBack, penAfter, WORTH } from "./snapshot.ts";

export interface RecentParts {
  /** Its beginning, after which the screen is the one that `shown` has when it forgets what lies above. */
  readonly before: Uint8Array;
  /** Leaves the screen of all of it, and `KEPT` lines above; the cursor has been brought to the bottom before. */
  readonly shown: Uint8Array;
}

/** A sequence that does more than to change the pen, or to erase in a line. */
const OTHER = /\x1b(?!\[[0-9;:]*[mK])/g;
const FORGET = "\x1b[3J";
/** Bytes at the end that may begin a sequence which goes on in the next piece. */
const UNFINISHED = 32;
const SHIFT_OUT = 0x0e;
const SHIFT_IN = 0x0f;
const C1 = 0xc2;

/** Where the first thing lies that is not text: control codes but those of lines and tabs, and sequences but colours. */
function textEnd(data: Uint8Array): number {
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
  const kept = linesBack(text, text.length, rows + KEPT + 1);
  // As many lines bring the cursor to the bottom, wherever it was, and as many again scroll away what it was written over.
  const begin = linesBack(text, kept, 2 * rows);
  if (begin < WORTH) return null;
  const [first, last] = [begin + END.length, kept + END.length];
  const start = new TextEncoder().encode(`\r${penAfter(text.slice(0, first))}`);
  const forget = new TextEncoder().encode(FORGET);
  return { before: data.subarray(0, last), shown: joined(start, data.subarray(first, last), forget, data.subarray(last)) };
}

/** Whether any of it is a link: only the terminal that has parsed it knows where to. */
export function hasLinks(data: Uint8Array): boolean {
  return characters(data).includes("\x1b]8;");
}
