// A snapshot in two parts: the lines that scrolled away long ago, and all that its screen depends on.
import { characters, joined } from "./bytes.ts";

export interface SnapshotParts {
  /** Lines of text and colours, the oldest first; the last one is ended. */
  readonly above: Uint8Array;
  /** Paints the screen as the whole snapshot does, and `KEPT` lines above it. */
  readonly rest: Uint8Array;
}

/** Lines above the screen that stay with it. */
export const KEPT = 100;
/** Bytes below which two parts are not worth the trouble. */
export const WORTH = 32 * 1024;

/** The program's colours come first; then lines of nothing but text and SGR (docs/protocol.md, a snapshot). */
const COLOURS = /^(?:\x1b\]1?[0-9];[^\x07]*\x07)*/;
const OTHER = /\x1b(?!\[[0-9;:]*m)/g;
const PEN = /\x1b\[[0-9;:]*m/g;
export const END = "\r\n";

/** The parts of a snapshot for a screen of `rows`; `null` where it has hardly more than that screen. */
export function splitSnapshot(data: Uint8Array, rows: number): SnapshotParts | null {
  if (data.length < WORTH) return null;
  const text = characters(data);
  const begin = COLOURS.exec(text)![0].length;
  OTHER.lastIndex = begin;
  // As many ends of lines as this bring the cursor to the bottom, and scroll KEPT lines out at the top.
  let cut = linesBack(text, OTHER.exec(text)?.index ?? text.length, rows + KEPT + 1, begin);
  if (cut - begin < WORTH) return null;
  cut += END.length;
  const before = new TextEncoder().encode(text.slice(0, begin) + penAfter(text.slice(begin, cut)));
  return { above: data.subarray(begin, cut), rest: joined(before, data.subarray(cut)) };
}

/** Where the `lines`-th end of a line before `end` lies, counted backwards, or `begin` where there are fewer. */
export function linesBack(text: string, end: number, lines: number, begin = 0): number {
  let at = end;
  for (let left = lines; left > 0 && at > begin; left--) at = Math.max(begin, text.lastIndexOf(END, at - 1));
  return at;
}

/** The sequences that make the pen at the end of `text`, from the one at its beginning. */
export function penAfter(text: string): string {
  return text.slice(Math.max(0, text.lastIndexOf("\x1b[0m"))).match(PEN)?.join("") ?? "";
}
