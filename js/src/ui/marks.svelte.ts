// The commands of one view: which of them are in sight, the one that was jumped to, and what is said of it.
import type { IDisposable, Terminal } from "@xterm/xterm";
import { labelOf, neighbour, sentenceOf, type Command, type Outcome } from "../state/commands.ts";
import type { TerminalState } from "../state/terminal.svelte.ts";
import { Anchors, rowOf, type Place } from "./anchors.ts";
import type { XtermEmulator } from "./emulator.ts";
import { linesBetween } from "./lines.ts";

/** One command in sight, in CSS px from the top of the view. */
export interface Row {
  readonly place: Place;
  readonly outcome: Outcome;
  /** Empty while it runs. */
  readonly label: string;
  readonly sentence: string;
  readonly top: number;
  /** Where the label has room; null where the text needs it. */
  readonly labelTop: number | null;
  /** It was just jumped to. */
  readonly reached: boolean;
}
export interface Output {
  lines: string[];
  /** Some of it is not in the buffer any more. */
  partial: boolean;
}

/** ms for which a line that was jumped to, or a copy, is pointed out. */
const POINTED_OUT = 1500;
/** Rows shown above the line that was jumped to. */
const ABOVE = 1;
/** Widths in px of a label's character at the most, and of the space before a label. */
const CHARACTER = 7;
const AROUND = 12;
/** Px at the left of the text, and at the right of the labels, where the scrollbar comes. */
const LEFT = 12;
const RIGHT = 16;
/** Columns by which a terminal is narrower than the view only because they must be whole ones. */
const ROUNDED = 3;

export class Marks {
  rows = $state.raw<Row[]>([]);
  /** Height of a row in CSS px. */
  height = $state(16);
  /** CSS px from the view's right side to where labels end. */
  right = $state(RIGHT);
  /** What a screen reader says. */
  said = $state("");
  /** The command of which less was held than was asked for. */
  partial: Command | null = null;
  readonly #term: Terminal;
  readonly #element: HTMLElement;
  readonly #state: TerminalState;
  readonly #anchors: Anchors;
  readonly #emulator: XtermEmulator;
  readonly #disposables: IDisposable[];
  readonly #resized: ResizeObserver;
  #geometry = { top: 8, cell: 8, width: 0 };
  #key = "";
  #reached: { place: Place; viewport: number } | null = null;
  #noted: { place: Place; text: string } | null = null;
  #cancel: (() => void) | null = null;

  constructor(element: HTMLElement, term: Terminal, emulator: XtermEmulator, state: TerminalState) {
    this.#element = element;
    this.#term = term;
    this.#emulator = emulator;
    this.#state = state;
    this.#anchors = new Anchors(term, state.shell.commands);
    emulator.marked = (mark) => this.#anchors.mark(mark);
    emulator.wiped = () => this.#anchors.forget();
    state.shell.commands.changed = (command) =>
      emulator.inOrder(() => {
        this.#anchors.bind(command);
        this.refresh();
      });
    this.#disposables = [
      term.onRender(() => this.refresh()),
      term.buffer.onBufferChange(() => this.refresh()),
      term.onResize(() => this.#measure()),
      // Who types is at the prompt again, and the next jump begins there.
      term.onData(() => (this.#reached = null)),
    ];
    this.#resized = new ResizeObserver(() => this.#measure());
    for (const sized of [element, element.querySelector(".xterm-screen")]) if (sized !== null) this.#resized.observe(sized);
    this.#measure();
  }

  /** Whether there are commands to jump to. */
  get any(): boolean {
    return this.#places().length > 0;
  }
  /** The command that was jumped to, while the view stands there. */
  get reached(): Command | undefined {
    return this.#held()?.command;
  }

  /** Brings `rows` up to date. Cheap where nothing has changed: it runs with every frame that is drawn. */
  refresh(): void {
    const { active } = this.#term.buffer;
    const top = active.viewportY;
    const seen: Place[] = [];
    if (active.type === "normal")
      for (let at = this.#anchors.places.length - 1; at >= 0; at--) {
        const place = this.#anchors.places[at]!;
        const line = this.#headRow(place);
        if (line >= top + this.#term.rows || line < 0) continue;
        if (line < top) break;
        seen.unshift(place);
      }
    const rows = seen.map((place) => this.#row(place, top));
    const key = rows.map((row) => `${row.place.command.start} ${row.outcome} ${row.label} ${row.top} ${row.labelTop} ${row.reached}`).join("|");
    if (key === this.#key) return;
    this.#key = key;
    this.rows = rows;
  }

  /** Shows the previous or the next command near the top; past the last one, the end. False where there is none to go to. */
  jump(direction: -1 | 1): boolean {
    const { active } = this.#term.buffer;
    const places = this.#places();
    if (active.type !== "normal" || places.length === 0) return false;
    const held = this.#held();
    const atEnd = active.viewportY === active.baseY;
    const from = (held && this.#headRow(held)) ?? (atEnd ? Infinity : active.viewportY + (direction > 0 ? ABOVE : 0));
    const index = neighbour(places.map((place) => this.#headRow(place)), from, direction);
    if (index === undefined) {
      if (direction > 0) {
        this.#reached = null;
        this.#term.scrollToBottom();
      }
      return true;
    }
    const place = places[index]!;
    this.#term.scrollToLine(Math.max(0, this.#headRow(place) - ABOVE));
    this.#reached = { place, viewport: active.viewportY };
    this.#point();
    this.said = sentenceOf(place.command);
    return true;
  }

  /** The output of `command` as far as it is in the buffer; null where nothing of it is known. */
  output(command: Command): Output | null {
    const place = this.#anchors.placeOf(command);
    const buffer = this.#term.buffer.normal;
    const end = place?.end ?? null;
    if (place === undefined || (command.end !== null && (end === null || end.marker.isDisposed))) return null;
    const to = end === null ? { row: buffer.baseY + buffer.cursorY, text: Infinity } : { row: end.marker.line, text: end.text };
    const { output } = place;
    if (!output.marker.isDisposed) return { lines: linesBetween(buffer, { row: output.marker.line, text: output.text }, to), partial: false };
    return { lines: linesBetween(buffer, { row: this.#after(place), text: 0 }, to), partial: true };
  }

  /** Says something of `command` for a moment, where its duration stands. */
  note(command: Command, text: string): void {
    const place = this.#anchors.placeOf(command);
    this.#noted = place === undefined ? null : { place, text };
    this.said = text;
    this.#point();
  }

  /** Whether the shell waits at a prompt at which nothing has been typed. */
  get vacant(): boolean {
    const { active } = this.#term.buffer;
    const { prompt } = this.#anchors;
    if (prompt === null || prompt.marker.isDisposed || active.type !== "normal") return false;
    const to = { row: active.baseY + active.cursorY, text: Infinity };
    return linesBetween(active, { row: prompt.marker.line, text: prompt.text }, to).length === 0;
  }

  /** Clears the screen and its scrollback, all but the line of the prompt. */
  clear(): void {
    this.#emulator.inOrder(() => {
      this.#anchors.keepPrompt(() => this.#term.clear());
      this.refresh();
    });
  }

  dispose(): void {
    this.#cancel?.();
    this.#resized.disconnect();
    for (const disposable of this.#disposables) disposable.dispose();
    this.#state.shell.commands.changed = () => {};
    this.#anchors.dispose();
  }

  /** Where its line was typed; -1 where that is not in the buffer. */
  #headRow({ head }: Place): number {
    return head === null ? -1 : rowOf(head, this.#term.cols);
  }

  #places(): Place[] {
    return this.#anchors.places.filter(({ head }) => head !== null && !head.marker.isDisposed);
  }

  /** The command that was jumped to, while the view stands where the jump has left it. */
  #held(): Place | null {
    const reached = this.#reached;
    if (reached === null || reached.viewport !== this.#term.buffer.active.viewportY) return null;
    return reached.place.head?.marker.isDisposed === false ? reached.place : null;
  }

  /** The first row of which nothing is known to be older than the output of `place`. */
  #after(place: Place): number {
    const earlier = this.#anchors.places.slice(0, this.#anchors.places.indexOf(place));
    const marker = [...earlier.flatMap(({ end }) => end?.marker ?? []), ...(place.head === null ? [] : [place.head.marker])].findLast(
      ({ isDisposed }) => !isDisposed,
    );
    return marker === undefined ? 0 : marker.line + (marker === place.head?.marker ? 1 : 0);
  }

  #row(place: Place, top: number): Row {
    const { command } = place;
    const note = this.#noted?.place === place ? this.#noted.text : "";
    const label = note || labelOf(command);
    const first = this.#headRow(place);
    return {
      place,
      outcome: command.outcome,
      label,
      sentence: sentenceOf(command),
      top: this.#geometry.top + (first - top) * this.height,
      labelTop: this.#labelTop(place, label || "00:00", first, top),
      reached: this.#cancel !== null && this.#reached?.place === place,
    };
  }

  /** At the end of the command's first row, or where that is full, of the last one it is wrapped to. */
  #labelTop({ output }: Place, label: string, first: number, top: number): number | null {
    const last = output.marker.isDisposed ? first : Math.max(first, output.marker.line - 1);
    for (const row of new Set([first, last])) {
      if (row >= top + this.#term.rows) continue;
      const used = LEFT + this.#used(row) * this.#geometry.cell;
      if (this.#geometry.width - used >= label.length * CHARACTER + AROUND) return this.#geometry.top + (row - top) * this.height;
    }
    return null;
  }

  /** Columns up to the last character of `row`. */
  #used(row: number): number {
    const line = this.#term.buffer.active.getLine(row);
    let column = line?.length ?? 0;
    const cell = line?.getCell(0);
    while (column > 0 && line!.getCell(column - 1, cell)!.getChars().trim() === "" && cell!.getWidth() !== 0) column--;
    return column;
  }

  #point(): void {
    this.#cancel?.();
    const timer = setTimeout(() => {
      this.#cancel = null;
      this.#noted = null;
      this.refresh();
    }, POINTED_OUT);
    this.#cancel = () => clearTimeout(timer);
    this.refresh();
  }

  #measure(): void {
    const screen = this.#element.querySelector<HTMLElement>(".xterm-screen");
    if (screen === null || screen.offsetHeight === 0) return;
    const top = screen.getBoundingClientRect().top - this.#element.getBoundingClientRect().top + this.#element.scrollTop;
    this.height = screen.offsetHeight / this.#term.rows;
    const width = this.#element.clientWidth;
    const cell = screen.offsetWidth / this.#term.cols;
    // A terminal that follows another view's size may be much narrower than this one, and its lines end where it does.
    const beside = width - LEFT - screen.offsetWidth;
    this.right = beside > RIGHT + ROUNDED * cell ? beside : RIGHT;
    this.#geometry = { top, cell, width: width - this.right };
    this.refresh();
  }
}
