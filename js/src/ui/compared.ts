// Two texts as rows of lines beside one another: which differ and in what, and what lies far from a difference left out.
import { presentableDiff, type Change } from "@codemirror/merge";

export interface Part {
  text: string;
  changed: boolean;
}
/** A line of each; null where only the other text has one. */
export interface Row {
  before: Part[] | null;
  after: Part[] | null;
  changed: boolean;
  /** It stands for so many lines that are left out. */
  left: number;
}

/** Lines that are shown before and after a difference. */
const AROUND = 3;
/** How long may be compared; what cannot be in that time is taken to differ as a whole. */
const TIME = { scanLimit: 5000, timeout: 200 };

export function compared(before: string, after: string): Row[] {
  const changes = presentableDiff(before, after, TIME);
  const one = new Side(before, changes.map(({ fromA, toA }: Change) => [fromA, toA]));
  const other = new Side(after, changes.map(({ fromB, toB }: Change) => [fromB, toB]));
  const rows: Row[] = [];
  let [a, b] = [0, 0];
  const add = (toA: number, toB: number, changed: boolean) => {
    for (; a < toA || b < toB; a++, b++) rows.push({ before: a < toA ? one.parts(a) : null, after: b < toB ? other.parts(b) : null, changed, left: 0 });
    [a, b] = [toA, toB];
  };
  changes.forEach((_, at) => {
    const [fromA, toA] = one.ranges[at]!;
    const toB = other.ranges[at]![1];
    // What ends where a line begins leaves that line alone, if it does so in both.
    const rest = one.begins(toA) && other.begins(toB) ? 0 : 1;
    const begun = one.lineAt(fromA) - a;
    if (begun > 0) add(a + begun, b + begun, false);
    add(Math.max(a, Math.min(one.lineAt(toA) + rest, one.count)), Math.max(b, Math.min(other.lineAt(toB) + rest, other.count)), true);
  });
  add(one.count, other.count, false);
  return folded(rows);
}

/** One of the texts, by line, and what differs in it. */
class Side {
  readonly ranges: readonly (readonly [number, number])[];
  readonly count: number;
  readonly #text: string;
  readonly #starts = [0];

  constructor(text: string, ranges: readonly (readonly [number, number])[]) {
    this.#text = text;
    this.ranges = ranges;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#starts.push(at + 1);
    // After the last line's end there is no line.
    this.count = this.begins(text.length) ? this.#starts.length - 1 : this.#starts.length;
  }

  begins(at: number): boolean {
    return at === 0 || this.#text[at - 1] === "\n";
  }

  lineAt(at: number): number {
    let [low, high] = [0, this.#starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle]! <= at) low = middle;
      else high = middle;
    }
    return low;
  }

  parts(line: number): Part[] {
    const start = this.#starts[line]!;
    const end = line + 1 < this.#starts.length ? this.#starts[line + 1]! - 1 : this.#text.length;
    const parts: Part[] = [];
    let at = start;
    const upTo = (to: number, changed: boolean) => {
      if (to > at) parts.push({ text: this.#text.slice(at, to), changed });
      at = Math.max(at, to);
    };
    for (const [from, to] of this.ranges) {
      if (from > end) break;
      if (to < start) continue;
      upTo(Math.max(start, from), false);
      upTo(Math.min(end, to), true);
    }
    upTo(end, false);
    return parts;
  }
}

function folded(rows: readonly Row[]): Row[] {
  const shown = new Set<number>();
  rows.forEach(({ changed }, at) => {
    for (let near = at - AROUND; changed && near <= at + AROUND; near++) shown.add(near);
  });
  if (shown.size === 0) return rows.slice(0, 2 * AROUND + 1);
  const kept: Row[] = [];
  let left: Row[] = [];
  const gap = () => {
    // To say that one line is left out takes as much room as the line.
    if (left.length > 1) kept.push({ before: null, after: null, changed: false, left: left.length });
    else kept.push(...left);
    left = [];
  };
  rows.forEach((row, at) => {
    if (!shown.has(at)) return void left.push(row);
    gap();
    kept.push(row);
  });
  gap();
  return kept;
}
