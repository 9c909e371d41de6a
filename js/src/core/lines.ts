// Lines as the kernel keeps them for a program that reads line by line: what is longer than its buffer, it drops.

/** Bytes of one line, without its end (docs/protocol.md, input). */
export const MAX_LINE = 4095;
const ENDS = /\r\n|[\r\n\x04]/;
const encoder = new TextEncoder();

/** Bytes of `text` that are too many for their lines, where the first one has `before` bytes already. */
export function lossOf(text: string, before = 0): number {
  if (text.length * 3 + before <= MAX_LINE) return 0;
  const [first = "", ...others] = text.split(ENDS);
  const over = (line: string, room: number) => (line.length * 3 <= room ? 0 : Math.max(0, encoder.encode(line).length - room));
  return others.reduce((sum, line) => sum + over(line, MAX_LINE), over(first, Math.max(0, MAX_LINE - before)));
}

/** How long the line is that the user types, as far as this view's own input tells. */
export class TypedLine {
  length = 0;

  typed(bytes: Uint8Array): void {
    // The ends of a line, and the keys that throw it away: Ctrl-C, Ctrl-D, Ctrl-U.
    const end = Math.max(...[13, 10, 3, 4, 21].map((key) => bytes.lastIndexOf(key)));
    this.length = end < 0 ? this.length + bytes.length : bytes.length - end - 1;
  }
}
