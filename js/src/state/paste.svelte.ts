// A paste on its way: the question before several lines that would run at once, and how far a long one has come.
import type { Clock } from "../core/clock.ts";
import type { PasteProgress } from "../core/input.ts";
import { lossOf } from "../core/lines.ts";

/** What holds for all terminals of a page. */
export interface PasteHabits {
  asks: boolean;
}
const PAGE: PasteHabits = { asks: true };

/** ms after which a paste is worth a word; most are over before one could read it. */
export const SHOWN_AFTER = 300;

export class Paste {
  /** What waits for an answer. */
  asked = $state("");
  /** Bytes of it that the program would not get; 0 where the question is about something else. */
  loss = $state(0);
  /** Whether the program is known to read line by line. */
  sure = $state(false);
  progress = $state.raw<PasteProgress | null>(null);
  readonly lines = $derived(linesOf(this.asked));

  /** Whether the program reads line by line just now; null where that cannot be known. */
  canonical: () => Promise<boolean | null> = () => Promise.resolve(false);
  /** Gives text to the emulator, which brackets it where the program asked for that. */
  give: (text: string) => void = () => {};
  readonly #clock: Clock;
  readonly #habits: PasteHabits;
  /** What waits until it is known how the program reads. */
  #held = "";
  #latest: PasteProgress | null = null;
  #cancelTimer: (() => void) | null = null;

  constructor(clock: Clock, habits: PasteHabits = PAGE) {
    this.#clock = clock;
    this.#habits = habits;
  }

  /** The user pastes `text`. `bracketed`: the program knows a paste when it gets one. `before`: bytes in the line. */
  offer(text: string, bracketed: boolean, before = 0): void {
    // What comes while a question is open waits behind it, so that the order holds.
    if (this.asked !== "") this.#ask(this.asked + text, this.loss === 0 ? 0 : this.loss + lossOf(text));
    else if (this.#held !== "") this.#held += text;
    else if (lossOf(text, before) > 0) void this.#look(text, bracketed, before);
    else this.#weigh(text, bracketed);
  }

  /** A line is too long for a program that reads line by line: does it? */
  async #look(text: string, bracketed: boolean, before: number): Promise<void> {
    this.#held = text;
    const canonical = await this.canonical().catch(() => null);
    const held = this.#held;
    this.#held = "";
    if (held === "") return;
    this.sure = canonical === true;
    if (canonical === false) this.#weigh(held, bracketed);
    else this.#ask(held, lossOf(held, before));
  }

  #ask(text: string, loss: number): void {
    this.asked = text;
    this.loss = loss;
  }

  #weigh(text: string, bracketed: boolean): void {
    if (!bracketed && this.#habits.asks && linesOf(text) > 1) this.#ask(text, 0);
    else this.give(text);
  }

  accept(): void {
    const text = this.asked;
    this.#ask("", 0);
    if (text !== "") this.give(text);
  }

  /** Pastes, and asks no more on this page. */
  acceptAlways(): void {
    this.#habits.asks = false;
    this.accept();
  }

  decline(): void {
    this.#held = "";
    this.#ask("", 0);
  }

  /** The connection's figures have changed. */
  read(progress: PasteProgress | null): void {
    this.#latest = progress;
    if (progress === null) this.dispose();
    else if (this.progress !== null) this.progress = progress;
    else this.#cancelTimer ??= this.#clock.after(SHOWN_AFTER, () => (this.progress = this.#latest));
  }

  dispose(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.progress = null;
  }
}

/** Lines of a paste; a line's end at the very end begins no other one. */
function linesOf(text: string): number {
  return text === "" ? 0 : text.replace(/(\r\n|\r|\n)$/, "").split(/\r\n|\r|\n/).length;
}
