// Text of the emulator's buffer in lines as programs wrote them, not as they are wrapped.
import type { IBuffer } from "@xterm/xterm";

/** The first row of the line that row `row` is part of. */
export function logicalStart(buffer: IBuffer, row: number): number {
  while (row > 0 && buffer.getLine(row)?.isWrapped) row--;
  return row;
}

/** The characters from row `start` to column `column` of row `row`, in UTF-16 units. */
export function textBefore(buffer: IBuffer, start: number, row: number, column: number): number {
  let count = 0;
  for (let at = start; at < row; at++) count += buffer.getLine(at)?.translateToString(false).length ?? 0;
  return count + (column === 0 ? 0 : (buffer.getLine(row)?.translateToString(false, 0, column).length ?? 0));
}

/** The line that begins in row `start`, with its trailing blanks, and the row after it. */
export function lineAt(buffer: IBuffer, start: number): { text: string; next: number } {
  let text = buffer.getLine(start)?.translateToString(false) ?? "";
  let next = start + 1;
  for (let line = buffer.getLine(next); line?.isWrapped; line = buffer.getLine(++next)) text += line.translateToString(false);
  return { text, next };
}

export interface Position {
  /** The first row of a line. */
  row: number;
  /** Characters of that line before it. */
  text: number;
}

/** The lines between two positions, without the blanks at their ends and without empty ones at the end. */
export function linesBetween(buffer: IBuffer, from: Position, to: Position): string[] {
  const lines: string[] = [];
  for (let row = from.row; row <= to.row && row < buffer.length; ) {
    const { text, next } = lineAt(buffer, row);
    lines.push(text.slice(row === from.row ? from.text : 0, row === to.row ? to.text : undefined).replace(/[ \0]+$/, ""));
    row = next;
  }
  while (lines.at(-1) === "") lines.pop();
  return lines;
}
