// What the strip at the bottom says, and what one can do about it.
import type { PasteProgress } from "../core/input.ts";
import type { Exit, Phase } from "../core/phase.ts";
import type { Size } from "../core/sizing.ts";
import * as words from "./words.ts";

export type Tone = "ok" | "warn" | "err" | "quiet";
export type StripAction = "now" | "restart" | "close" | "here" | "paste" | "paste always" | "no paste" | "cancel paste" | "take size" | "copy rest" | "dismiss";

export interface StripButton<Act extends string = StripAction> {
  label: string;
  action: Act;
  primary?: boolean;
  title?: string;
}
export interface StripContent<Act extends string = StripAction> {
  tone: Tone;
  text: string;
  /** What its text begins with, where that is a command. */
  code?: string;
  buttons: StripButton<Act>[];
  /** It asks: the keyboard goes to its first button, and Escape takes this way out. */
  escape?: Act;
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
  /** Lines of a paste that waits for an answer; 0 without one. */
  lines: number;
  /** Bytes of it that would be lost, and whether that is sure. */
  loss: number;
  sure: boolean;
  pasting: PasteProgress | null;
  /** The terminal's size, where another view's or nobody's. */
  follows: Size | null;
  writable: boolean;
}

export function stripOf(now: Situation): StripContent | null {
  const startAgain: StripButton[] = [{ label: "Start again", action: "restart", primary: true }];
  if (now.trouble !== "") return { tone: "err", text: now.trouble, buttons: [...startAgain] };
  if (now.error !== "" && !now.named) return { tone: "err", text: now.error, buttons: startAgain };
  if (now.closed) return { tone: "quiet", text: "Closed.", buttons: startAgain };
  switch (now.phase) {
    case "reconnecting":
      if (now.lines > 0) return question(now);
      return { tone: "warn", text: words.lost(now.retryIn, now.waiting), buttons: [{ label: "Now", action: "now" }] };
    case "connecting":
      if (now.lines > 0) return question(now);
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
      return { tone: "quiet", text: words.gone(now.waiting), buttons: startAgain };
    case "refused":
      return { tone: "err", text: now.reason, buttons: [{ label: "Try again", action: "now" }] };
    case "failed":
      return { tone: "err", text: now.reason, buttons: [{ label: "Try again", action: "now" }] };
    case "taken":
      return { tone: "warn", text: "This terminal is used in another window now.", buttons: [{ label: "Use here", action: "here" }] };
    case "live":
      if (now.lines > 0) return question(now);
      if (now.pasting === null) return now.follows === null ? null : elsewhere(now.follows, now.writable);
      return { tone: "quiet", text: words.pasting(now.pasting), buttons: [{ label: "Cancel", action: "cancel paste" }] };
  }
}

function elsewhere(size: Size, writable: boolean): StripContent {
  const buttons: StripButton[] = [{ label: "Use this window's size", action: "take size", title: "So does typing here" }];
  return { tone: "quiet", text: words.sizedElsewhere(size), buttons: writable ? buttons : [] };
}

function question({ lines, loss, sure }: Situation): StripContent {
  if (loss > 0) {
    return {
      tone: "warn",
      text: words.wouldBeCut(loss, sure),
      buttons: [
        { label: "Cancel", action: "no paste", primary: true },
        { label: "Paste anyway", action: "paste" },
      ],
      escape: "no paste",
    };
  }
  return {
    tone: "warn",
    text: `Paste ${lines.toLocaleString("en")} lines? Each line runs as soon as it is pasted.`,
    buttons: [
      { label: "Paste", action: "paste", primary: true },
      { label: "Cancel", action: "no paste" },
      { label: "Don't ask again", action: "paste always", title: "Paste, and don't ask again on this page" },
    ],
    escape: "no paste",
  };
}
