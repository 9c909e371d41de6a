// Places in files that a terminal shows, as links: those that are there, asked when the pointer comes near.
import type { IBufferLine, ILink, ILinkProvider, Terminal } from "@xterm/xterm";
import { placesIn } from "../state/places.ts";
import { logicalStart } from "./lines.ts";

export interface Places {
  /** The file that a program in this terminal means by `path`, relative to the root; null where there is none. */
  find(path: string): Promise<string | null>;
  open(path: string, line: number): void;
}

export function placeLinks(term: Pick<Terminal, "buffer" | "cols">, places: Places): ILinkProvider {
  return {
    provideLinks(row, callback) {
      void linksIn(term, places, row).then((links) => callback(links.length === 0 ? undefined : links));
    },
  };
}

/** The links of a line of which row `y`, 1 for the first, is part. */
async function linksIn(term: Pick<Terminal, "buffer" | "cols">, places: Places, y: number): Promise<ILink[]> {
  const buffer = term.buffer.active;
  const start = logicalStart(buffer, y - 1);
  const { text, cells } = textOf((row) => buffer.getLine(row), start);
  const found = await Promise.all(
    placesIn(text).map(async ({ start: from, end, path, line }): Promise<ILink | null> => {
      const file = await places.find(path);
      if (file === null) return null;
      return { text: text.slice(from, end), range: { start: cells[from]!, end: cells[end - 1]! }, activate: () => places.open(file, line) };
    }),
  );
  return found.filter((link) => link !== null);
}

/** The text of the line that begins in row `start`, and the cell of each of its characters, counted from 1. */
function textOf(lineAt: (row: number) => IBufferLine | undefined, start: number): { text: string; cells: { x: number; y: number }[] } {
  const cells: { x: number; y: number }[] = [];
  let text = "";
  for (let row = start, line = lineAt(row); line !== undefined && (row === start || line.isWrapped); line = lineAt(++row))
    for (let column = 0; column < line.length; column++) {
      const cell = line.getCell(column);
      // The second half of a wide character.
      if (cell === undefined || cell.getWidth() === 0) continue;
      const characters = cell.getChars() || " ";
      for (let index = 0; index < characters.length; index++) cells.push({ x: column + 1, y: row + 1 });
      text += characters;
    }
  return { text, cells };
}
