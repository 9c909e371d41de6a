// What the strip at the bottom says, and what one can do about it.
import type { Exit, Phase } from "../core/connection.ts";
import * as words from "./words.ts";

export type Tone = "warn" | "err" | "quiet";
export type StripAction = "now" | "restart" | "close" | "here";

export interface StripButton {
  label: string;
  action: StripAction;
  primary?: boolean;
}
export interface StripContent {
  tone: Tone;
  text: string;
  buttons: StripButton[];
}

/** Everything that the words depend on. Times in ms. */
export interface Situation {
  phase: Phase;
  reason: string;
  exit: Exit | null;
  ran: number | null;
  retryIn: number | null;
  waiting: number;
  /** What the kernel said when it could not create the terminal. */
  error: string;
  /** What went wrong with the last thing that the user asked for. */
  trouble: string;
  /** Whether the widget names a terminal yet. */
  named: boolean;
  greeted: boolean;
  /** The user closed it. */
  closed: boolean;
}

export function stripOf(now: Situation): StripContent | null {
  const startAgain: StripButton[] = [{ label: "Start again", action: "restart", primary: true }];
  if (now.trouble !== "") return { tone: "err", text: now.trouble, buttons: [...startAgain] };
  if (now.error !== "" && !now.named) return { tone: "err", text: now.error, buttons: startAgain };
  if (now.closed) return { tone: "quiet", text: "Closed.", buttons: startAgain };
  switch (now.phase) {
    case "reconnecting":
      return { tone: "warn", text: words.lost(now.retryIn, now.waiting), buttons: [{ label: "Now", action: "now" }] };
    case "connecting":
      // Only a first attempt that fails is worth a word.
      if (now.retryIn === null || now.greeted) return null;
      return {
        tone: "warn",
        text: `The server does not answer. Trying again in ${Math.max(1, Math.ceil(now.retryIn / 1000))} s.`,
        buttons: [{ label: "Now", action: "now" }],
      };
    case "ended":
      return {
        tone: now.exit?.code === 0 ? "quiet" : "err",
        text: words.ended(now.exit ?? { code: null, signal: null }, now.ran),
        buttons: [
          { label: "Run again", action: "restart", primary: true },
          { label: "Close", action: "close" },
        ],
      };
    case "gone":
      return { tone: "quiet", text: "This terminal no longer lives.", buttons: startAgain };
    case "refused":
      return { tone: "err", text: now.reason, buttons: [{ label: "Try again", action: "now" }] };
    case "failed":
      return { tone: "err", text: now.reason, buttons: [{ label: "Try again", action: "now" }] };
    case "taken":
      return { tone: "warn", text: "This terminal is used in another window now.", buttons: [{ label: "Use here", action: "here" }] };
    case "live":
      return null;
  }
}
