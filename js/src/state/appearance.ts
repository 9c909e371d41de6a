// How a terminal appears: the one word for its condition, its dot, the line beside its name.
import type { Exit, Phase } from "../core/phase.ts";
import type { Hello } from "../protocol/terminal.ts";
import * as words from "./words.ts";

export type Dot = "ready" | "busy" | "trouble" | "failed" | "ended" | "waiting";
/** The states that the host element names for tests and style sheets. */
export type Condition = "connecting" | "live" | "reconnecting" | "ended" | "gone" | "refused" | "error";

/** `failedToStart`: the kernel could not create the terminal. */
export function conditionOf(phase: Phase, failedToStart: boolean): Condition {
  if (failedToStart || phase === "failed") return "error";
  return phase === "taken" ? "refused" : phase;
}

/** `waits`: an attempt has failed, and the next one is due later. */
export function dotOf(condition: Condition, busy: boolean, waits: boolean): Dot {
  switch (condition) {
    case "live":
      return busy ? "busy" : "ready";
    case "reconnecting":
      return "trouble";
    case "connecting":
      return waits ? "trouble" : "waiting";
    case "ended":
    case "gone":
      return "ended";
    case "refused":
    case "error":
      return "failed";
  }
}

/** What runs, and where. `title` is what the program calls itself. */
export function subOf(title: string, command: readonly string[], directory: string): string {
  const what = title || words.commandLine(command);
  const where = words.shortPath(directory);
  return [what, what.includes(where) ? "" : where].filter((part) => part !== "").join(" · ");
}

/** How long it ran, in ms; `null` where that is not known. */
export function ranFor(hello: Hello | null, exit: Exit | null): number | null {
  if (hello === null || exit === null) return null;
  const end = hello.state === "exited" ? Date.parse(hello.last_activity) : exit.at / 1000;
  const ran = end - Date.parse(hello.created);
  return Number.isFinite(ran) && ran >= 0 ? ran : null;
}

/** For how long a command runs; nothing in its first second, in which most end: it would only flicker. */
export function runsFor(since: number | null, now: number): string {
  return since === null || now - since < 1000 ? "" : words.stopwatch(now - since);
}

/** ms until what counts up from `moment`, or down to it, comes to its next whole second. */
export function untilBeat(moment: number | null, now: number): number | null {
  if (moment === null) return null;
  // A timer may be a little early.
  return ((((moment - now) % 1000) + 1000) % 1000 || 1000) + 1;
}
