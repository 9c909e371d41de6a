// Two texts as lines beside one another: which differ and in what, and what lies far from a difference left out.
import { presentableDiff, type Change } from "@codemirror/merge";

export interface Part {
  text: string;
  changed: boolean;
}
export interface Line {
  parts: Part[];
  /** Something in it differs. */
  changed: boolean;
  /** It stands for lines that are left out. */
  gap: boolean;
}

/** Lines that are shown before and after a difference. */
const AROUND = 3;
/** How long may be compared; what cannot be in that time is taken to differ as a whole. */
const TIME = { scanLimit: 5000, timeout: 200 };

export function compared(before: string, after: string): { before: Line[]; after: Line[] } {
  const changes = presentableDiff(before, after, TIME);
  return {
    before: linesOf(before, changes.map(({ fromA, toA }: Change) => [fromA, toA])),
    after: linesOf(after, changes.map(({ fromB, toB }: Change) => [fromB, toB])),
  };
}

/** `ranges` differ; where something is only in the other text, the range is empty and its line is shown as one that differs. */
function linesOf(text: string, ranges: readonly (readonly [number, number])[]): Line[] {
  const lines: Line[] = [];
  let start = 0;
  let next = 0;
  for (const content of (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n")) {
    const end = start + content.length;
    const parts: Part[] = [];
    let at = start;
    let changed = false;
    while (next < ranges.length && ranges[next]![1] < start) next++;
    for (let index = next; index < ranges.length && ranges[index]![0] <= end; index++) {
      const from = Math.max(start, ranges[index]![0]);
      const to = Math.min(end, ranges[index]![1]);
      changed ||= ranges[index]![0] < end + 1 && (ranges[index]![1] > start || ranges[index]![0] === ranges[index]![1]);
      if (from > at) parts.push({ text: text.slice(at, from), changed: false });
      if (to > from) parts.push({ text: text.slice(from, to), changed: true });
      at = Math.max(at, to);
    }
    if (end > at) parts.push({ text: text.slice(at, end), changed: false });
    lines.push({ parts, changed, gap: false });
    start = end + 1;
  }
  return folded(lines);
}

function folded(lines: readonly Line[]): Line[] {
  const shown = new Set<number>();
  lines.forEach(({ changed }, at) => {
    for (let near = at - AROUND; changed && near <= at + AROUND; near++) shown.add(near);
  });
  if (shown.size === 0) return lines.slice(0, 2 * AROUND + 1);
  const kept: Line[] = [];
  let left = 0;
  const gap = () => {
    if (left > 0) kept.push({ parts: [{ text: left === 1 ? "1 line" : `${left.toLocaleString("en")} lines`, changed: false }], changed: false, gap: true });
    left = 0;
  };
  lines.forEach((line, at) => {
    if (!shown.has(at)) return void left++;
    gap();
    kept.push(line);
  });
  gap();
  return kept;
}
