// Places in files that programs print, as compilers, tracebacks and tests do: a path and a line.

export interface Place {
  /** Where it stands in the text. */
  start: number;
  end: number;
  path: string;
  line: number;
}

const PATH = String.raw`[^\s:'"()<>[\]{}|,;=\0]+`;
const FORMS = [
  // Python's tracebacks.
  /File "(?<path>[^"\n]+)", line (?<line>\d+)/g,
  // x.ts(3,4): tsc and Microsoft's compilers.
  new RegExp(String.raw`(?<![\w:/.])(?<path>${PATH})\((?<line>\d+)(?:,\d+)?\)`, "g"),
  // x.py:42 and x.py:42:7: most others.
  new RegExp(String.raw`(?<![\w:/.])(?<path>${PATH}):(?<line>\d+)(?::\d+)?(?![\w/])`, "g"),
];

/** All in a line, whether there are such files or not. */
export function placesIn(text: string): Place[] {
  const places: Place[] = [];
  for (const form of FORMS)
    for (const found of text.matchAll(form)) {
      const { path, line } = found.groups as { path: string; line: string };
      // A time of day is none, and neither is what has a number only.
      if (!/[a-z_]/i.test(path) || line.length > 9) continue;
      const place = { start: found.index, end: found.index + found[0].length, path, line: Number(line) };
      if (!places.some(({ start, end }) => start < place.end && place.start < end)) places.push(place);
    }
  return places.sort((a, b) => a.start - b.start);
}

/** `path`, as a program in `directory` means it, relative to `root`; null where it is not below that. */
export function belowRoot(path: string, directory: string, root: string): string | null {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${directory}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  const top = root.split("/").filter((part) => part !== "");
  if (root === "" || parts.length <= top.length || top.some((part, at) => parts[at] !== part)) return null;
  return parts.slice(top.length).join("/");
}
