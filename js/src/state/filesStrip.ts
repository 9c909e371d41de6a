// What the strip below file events says: trouble with the stream, changes that were missed, how a rerun ended.
import type { FilesPhase } from "../core/files.ts";
import type { FilesResync } from "../protocol/files.ts";
import { relative } from "./changes.ts";
import type { StripButton, StripContent } from "./strip.ts";
import { capital, duration } from "./words.ts";

export type FilesAction = "now" | "dismiss" | "output" | "run" | "stop" | "start";

/** A command or a cell that runs again on changes, as the kernel tells of it. */
export interface Rerun {
  kind: "command" | "cell";
  /** The command line; for a cell what to call it. */
  name: string;
  state: "waiting" | "running" | "passed" | "failed" | "stopped";
  /** How it ended, in words, where it failed. */
  how: string;
  /** Seconds. */
  duration: number | null;
  /** A path whose change it followed, and how many others. */
  after: string;
  others: number;
  /** Runs so far. */
  runs: number;
  /** Another run follows this one. */
  queued: boolean;
  /** The terminal of the last run. */
  terminal: string;
}

export interface FilesSituation {
  phase: FilesPhase;
  reason: string;
  retryIn: number | null;
  greeted: boolean;
  path: string;
  /** What paths are shown from. */
  base: string;
  /** Why the kernel cannot watch. */
  error: string;
  resync: FilesResync | null;
  rerun: Rerun | null;
  /** Whether what reruns has told anything since changes were missed. */
  rerunSince: boolean;
  outputShown: boolean;
}

const WHY: Record<string, string> = {
  overflow: "too many at once",
  limit: "the system's limit of watches is reached",
  restart: "the engine started anew",
  too_old: "too much happened meanwhile",
  slow_client: "this page did not keep up",
  denied: "some of it may not be read",
  root_gone: "the directory itself was moved or deleted",
};
/** Of these the engine knows more than we do, and says it in other words. */
const TOLD = ["overflow", "denied", "root_gone"];

export function filesStrip(now: FilesSituation): StripContent<FilesAction> | null {
  if (now.error !== "") return { tone: "err", text: now.error, buttons: [] };
  const again: StripButton<FilesAction>[] = [{ label: "Try again", action: "now" }];
  switch (now.phase) {
    case "gone":
      return { tone: "err", text: `There is no ${now.path || "such directory"} to watch.`, buttons: again };
    case "refused":
    case "failed":
      return { tone: "err", text: now.reason, buttons: again };
    case "reconnecting":
      return { tone: "warn", text: `Connection lost. ${when(now.retryIn)}; what changes meanwhile is told then.`, buttons: [{ label: "Now", action: "now" }] };
    case "connecting":
      if (now.retryIn !== null && !now.greeted) return { tone: "warn", text: `The server does not answer. ${when(now.retryIn)}.`, buttons: [{ label: "Now", action: "now" }] };
  }
  const run = now.rerun === null ? null : ran(now.rerun, now.base, now.outputShown);
  if (now.resync === null) return run;
  const gap = missed(now.resync);
  if (run === null || !now.rerunSince) return gap;
  return { ...run, text: `${run.text.replace(/\.?$/, ".")} ${gap.text}`, buttons: [...run.buttons, ...gap.buttons] };
}

const when = (ms: number | null) => (ms === null ? "Trying again now" : `Trying again in ${Math.max(1, Math.ceil(ms / 1000))} s`);

function missed({ reason, path, message = "" }: FilesResync): StripContent<FilesAction> {
  const where = path === "" || path === "." ? "" : ` below ${path}`;
  const why = (TOLD.includes(reason) && message) || (WHY[reason] ?? reason);
  const remedy = reason === "limit" && message !== "" ? ` ${capital(message)}` : "";
  return {
    tone: "warn",
    text: `Changes${where} may be missing here: ${why}.${remedy}`,
    buttons: [{ label: "Dismiss", action: "dismiss" }],
  };
}

function ran(rerun: Rerun, base: string, shown: boolean): StripContent<FilesAction> | null {
  const content = told(rerun, base, shown);
  return content === null || rerun.kind === "cell" ? content : { ...content, code: rerun.name };
}

function told(rerun: Rerun, base: string, shown: boolean): StripContent<FilesAction> | null {
  const { state, name, how, runs, queued } = rerun;
  const output: StripButton<FilesAction>[] =
    rerun.terminal === "" ? [] : [{ label: shown ? "Hide output" : "Output", action: "output" }];
  const ms = (rerun.duration ?? 0) * 1000;
  const took = rerun.duration === null ? "" : ` in ${ms < 100 ? `${Math.max(1, Math.round(ms))} ms` : duration(ms)}`;
  const others = rerun.others === 0 ? "" : ` and ${rerun.others} more`;
  const after = rerun.after === "" ? "" : `, after ${relative(rerun.after, base)}${others}`;
  switch (state) {
    case "waiting":
      return runs === 0 ? { tone: "quiet", text: `${name} runs when something changes.`, buttons: [{ label: "Run now", action: "run" }] } : null;
    case "running":
      return { tone: "quiet", text: `${name} runs${after}${queued ? "; it runs again then" : ""}.`, buttons: output };
    case "passed":
      return { tone: "ok", text: `${name} ${rerun.kind === "cell" ? "ran" : "passed"}${took}${after}`, buttons: output };
    case "failed":
      return { tone: "err", text: `${name} failed${how === "" ? "" : `: ${how}`}${took === "" ? "" : `,${took}`}${after}`, buttons: output };
    case "stopped":
      return { tone: "quiet", text: `${name} runs no more when something changes.`, buttons: [...output, { label: "Start again", action: "start", primary: true }] };
  }
}
