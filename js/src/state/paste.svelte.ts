// A paste on its way: the question before several lines that would run at once, and how far a long one has come.
import type { Clock } from "../core/clock.ts";
import type { PasteProgress } from "../core/input.ts";

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
  progress = $state.raw<PasteProgress | null>(null);
  readonly lines = $derived(linesOf(this.asked));

  /** Gives text to the emulator, which brackets it where the program asked for that. */
  give: (text: string) => void = () => {};
  readonly #clock: Clock;
  readonly #habits: PasteHabits;
  #latest: PasteProgress | null = null;
  #cancelTimer: (() => void) | null = null;

  constructor(clock: Clock, habits: PasteHabits = PAGE) {
    this.#clock = clock;
    this.#habits = habits;
  }

  /** The user pastes `text`. `bracketed`: the program knows a paste when it gets one. */
  offer(text: string, bracketed: boolean): void {
    // What comes while a question is open waits behind it, so that the order holds.
    if (this.asked !== "") this.asked += text;
    else if (!bracketed && this.#habits.asks && linesOf(text) > 1) this.asked = text;
    else this.give(text);
  }

  accept(): void {
    const text = this.asked;
    this.asked = "";
    if (text !== "") this.give(text);
  }

  /** Pastes, and asks no more on this page. */
  acceptAlways(): void {
    this.#habits.asks = false;
    this.accept();
  }

  decline(): void {
    this.asked = "";
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
