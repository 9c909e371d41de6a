// Where commands lie in the emulator's buffer: their places follow scrolling, reflow and trimming.
import type { IDisposable, IMarker, Terminal } from "@xterm/xterm";
import type { ShellMark } from "../core/marks.ts";
import type { Command, CommandLog } from "../state/commands.ts";
import { logicalStart, textBefore } from "./lines.ts";

/** A place in the text: a line as the program wrote it, however it is wrapped, and the characters of it before the place. */
export interface Anchor {
  readonly marker: IMarker;
  readonly text: number;
}
export interface Place {
  readonly command: Command;
  /** Where the line was typed. */
  readonly head: Anchor | null;
  /** Where the output begins, and where it ends. */
  readonly output: Anchor;
  end: Anchor | null;
}
type Buffered = Pick<Terminal, "buffer" | "registerMarker" | "parser">;
interface Seen {
  readonly mark: ShellMark;
  readonly anchor: Anchor;
  /** Of a command's beginning: where its line was typed. */
  readonly head: Anchor | null;
}

/** Marks that wait for the engine to say that they are genuine. */
const WAITING = 32;

export class Anchors implements IDisposable {
  /** In the order of the output. */
  readonly places: Place[] = [];
  readonly #term: Buffered;
  readonly #log: CommandLog;
  readonly #reset: IDisposable;
  #seen: Seen[] = [];
  /** The last field of the marks that the engine has vouched for. */
  #nonce: string | null = null;

  constructor(term: Buffered, log: CommandLog) {
    this.#term = term;
    this.#log = log;
    // RIS makes new buffers, and the markers of the old ones are not told.
    this.#reset = term.parser.registerEscHandler({ final: "c" }, () => {
      this.forget();
      return false;
    });
  }

  /** Where the shell waits for a line; null while it does not, or where that is not known. */
  get prompt(): Anchor | null {
    return this.#seen.find(({ mark }) => mark.kind === "B" && mark.nonce === this.#nonce)?.anchor ?? null;
  }

  placeOf(command: Command | undefined): Place | undefined {
    return this.places.findLast((place) => place.command === command);
  }

  /** Everything before `mark` is in the buffer, and nothing beyond it. */
  mark(mark: ShellMark): void {
    const anchor = this.#here();
    if (anchor === null) return;
    if (mark.kind === "B") {
      // A prompt is painted again when its line is completed, or the screen cleared.
      this.#drop(({ mark: { kind, nonce } }) => kind === "B" && nonce === mark.nonce);
      this.#wait({ mark, anchor, head: null });
    } else if (mark.kind === "C") {
      const typed = this.#seen.find(({ mark: { kind, nonce } }) => kind === "B" && nonce === mark.nonce);
      if (typed !== undefined) this.#seen.splice(this.#seen.indexOf(typed), 1);
      this.#wait({ mark, anchor, head: typed?.anchor ?? null });
      this.bind(this.#log.at(mark.end));
    } else {
      this.#wait({ mark, anchor, head: null });
      this.bind(this.#log.all.findLast(({ end }) => end === mark.start));
    }
  }

  /** Gives `command` its place, as far as that has been seen. */
  bind(command: Command | undefined): void {
    if (command === undefined) return;
    const known = this.placeOf(command);
    if (known === undefined) this.#begin(command);
    else if (known.end === null && command.end !== null) this.#finish(known);
  }

  /** Does `clear`, which leaves nothing but the row of the cursor; the prompt keeps its place where it is in that row. */
  keepPrompt(clear: () => void): void {
    const { active } = this.#term.buffer;
    const prompt = this.#seen.find(({ anchor }) => anchor === this.prompt);
    const stays = prompt?.anchor.marker.line === active.baseY + active.cursorY;
    this.forget();
    clear();
    if (prompt !== undefined && stays) this.#wait({ ...prompt, anchor: { ...prompt.anchor, marker: this.#term.registerMarker(0) } });
  }

  /** All that was shown is gone. */
  forget(): void {
    for (const place of this.places.splice(0)) disposeOf(place.head, place.output, place.end);
    this.#drop(() => true);
  }

  dispose(): void {
    this.#reset.dispose();
    this.forget();
  }

  #begin(command: Command): void {
    const begun = this.#take("C", ({ end }) => end === command.start);
    if (begun === undefined) return;
    this.#nonce = begun.mark.nonce;
    const place: Place = { command, head: begun.head, output: begun.anchor, end: null };
    const at = this.places.findLastIndex(({ command: { start } }) => start < command.start) + 1;
    this.places.splice(at, 0, place);
    if (command.end !== null) this.#finish(place);
    const remembered = new Set(this.#log.all);
    for (const old of this.places.filter((each) => !remembered.has(each.command) || isGone(each))) this.#remove(old);
  }

  #finish(place: Place): void {
    place.end = this.#take("D", ({ start }) => start === place.command.end)?.anchor ?? null;
  }

  #remove(place: Place): void {
    this.places.splice(this.places.indexOf(place), 1);
    disposeOf(place.head, place.output, place.end);
  }

  #take(kind: ShellMark["kind"], matches: (mark: ShellMark) => boolean): Seen | undefined {
    const at = this.#seen.findIndex(({ mark }) => mark.kind === kind && matches(mark));
    return at < 0 ? undefined : this.#seen.splice(at, 1)[0];
  }

  #wait(seen: Seen): void {
    this.#seen.push(seen);
    if (this.#seen.length <= WAITING) return;
    const least = this.#seen.find(({ mark: { nonce } }) => nonce !== this.#nonce) ?? this.#seen[0];
    this.#drop((each) => each === least);
  }

  #drop(which: (seen: Seen) => boolean): void {
    const dropped = this.#seen.filter(which);
    this.#seen = this.#seen.filter((seen) => !dropped.includes(seen));
    for (const { anchor, head } of dropped) disposeOf(anchor, head);
  }

  #here(): Anchor | null {
    const { active } = this.#term.buffer;
    if (active.type !== "normal") return null;
    const row = active.baseY + active.cursorY;
    const start = logicalStart(active, row);
    return { marker: this.#term.registerMarker(start - row), text: textBefore(active, start, row, active.cursorX) };
  }
}

/** The row in which the place is; -1 where it is not in the buffer any more. */
export function rowOf({ marker, text }: Anchor, cols: number): number {
  return marker.isDisposed ? -1 : marker.line + Math.floor(text / cols);
}

/** Nothing of it is in the buffer any more. */
function isGone({ head, output, end }: Place): boolean {
  return [head, output, end].every((anchor) => anchor === null || anchor.marker.isDisposed) && end !== null;
}

function disposeOf(...anchors: (Anchor | null)[]): void {
  for (const anchor of anchors) anchor?.marker.dispose();
}
