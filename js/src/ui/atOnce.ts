// Parses at once, where xterm.js waits for a turn of the page and gives it back every 12 ms, for what is drawn meanwhile.
import type { Terminal } from "@xterm/xterm";

/** What of xterm.js 6 is not public. */
interface Internals {
  _core?: { _writeBuffer?: { writeSync(data: Uint8Array): void } };
}

/**
 * Has a terminal parse bytes before it returns; `null` where xterm.js is another one.
 *
 * For a terminal that has parsed all that was written before: with empty texts in its queue it would lose its place.
 */
export function atOnce(term: Terminal): ((data: Uint8Array) => void) | null {
  const buffer = (term as unknown as Internals)._core?._writeBuffer;
  if (typeof buffer?.writeSync !== "function") return null;
  return (data) => {
    if (data.length > 0) buffer.writeSync(data);
  };
}
