// A snapshot in two parts: the lines that scrolled away long ago, and all that its screen depends on.

export interface SnapshotParts {
  /** Lines of text and colours, the oldest first; the last one is ended. */
  readonly above: Uint8Array;
  /** Paints the screen as the whole snapshot does, and `KEPT` lines above it. */
  readonly rest: Uint8Array;
}

/** Lines above the screen that stay with it. */
export const KEPT = 100;
/** Bytes below which two parts are not worth the trouble. */
const WORTH = 32 * 1024;

/** The program's colours come first; then lines of nothing but text and SGR (docs/protocol.md, a snapshot). */
const COLOURS = /^(?:\x1b\]1?[0-9];[^\x07]*\x07)*/;
const OTHER = /\x1b(?!\[[0-9;:]*m)/g;
const PEN = /\x1b\[[0-9;:]*m/g;
const END = "\r\n";

/** The parts of a snapshot for a screen of `rows`; `null` where it has hardly more than that screen. */
export function splitSnapshot(data: Uint8Array, rows: number): SnapshotParts | null {
  if (data.length < WORTH) return null;
  // Each byte becomes one character, so that places in the text are those in the bytes.
  const text = new TextDecoder("latin1").decode(data);
  const begin = COLOURS.exec(text)![0].length;
  OTHER.lastIndex = begin;
  let cut = OTHER.exec(text)?.index ?? text.length;
  // As many ends of lines as this bring the cursor to the bottom, and scroll KEPT lines out at the top.
  for (let lines = rows + KEPT; lines >= 0 && cut > begin; lines--) cut = Math.max(begin, text.lastIndexOf(END, cut - 1));
  if (cut - begin < WORTH) return null;
  cut += END.length;
  const before = new TextEncoder().encode(text.slice(0, begin) + penAfter(text.slice(begin, cut)));
  const rest = new Uint8Array(before.length + data.length - cut);
  rest.set(before);
  rest.set(data.subarray(cut), before.length);
  return { above: data.subarray(begin, cut), rest };
}

/** The sequences that make the pen at the end of `text`, from the one at its beginning. */
export function penAfter(text: string): string {
  return text.slice(Math.max(0, text.lastIndexOf("\x1b[0m"))).match(PEN)?.join("") ?? "";
}
