// What an editor says of its file: in a few words beside its name, and in the strip where something has to be known or decided.
import type { DocumentPhase } from "../core/phase.ts";
import type { Decision } from "./decisions.ts";
import type { FileSaid, Save } from "./documentState.ts";
import type { StripButton, StripContent } from "./strip.ts";
import { capital } from "./words.ts";

export type EditorAction = "now" | "make" | "save" | "ours" | "theirs" | "both" | "take" | "dismiss" | "copy" | "jupyter" | "ok";

export interface EditorSituation {
  phase: DocumentPhase;
  reason: string;
  /** ms until the next attempt. */
  retryIn: number | null;
  /** Whether the file is here. */
  there: boolean;
  name: string;
  path: string;
  /** Why the kernel has no such file. */
  error: string;
  save: Save;
  file: FileSaid;
  writable: boolean;
  /** Whether a file that is not there may be made. */
  makes: boolean;
  /** Something was edited here that is not known to be kept. */
  unsafe: boolean;
  decision: Decision | null;
  /** How many there are to decide. */
  decisions: number;
  /** What went wrong with the last thing that the user asked for. */
  trouble: string;
  /** ms since the epoch. */
  now: number;
}

const when = (ms: number | null) => (ms === null ? "Trying again now" : `Trying again in ${Math.max(1, Math.ceil(ms / 1000))} s`);

/** How long ago: "just now", "4 s ago", "2 min ago", "3 h ago". */
export function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 2) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h ago` : `${Math.floor(seconds / 86_400)} d ago`;
}

/** Whether what is here is in the file, in two or three words. */
export function saveWords(now: EditorSituation): string {
  const { phase, save, file } = now;
  if (now.error !== "" || !now.there) return phase === "connecting" && now.error === "" ? "opening" : "";
  if (phase === "reconnecting") return now.unsafe ? "offline, not saved" : "offline";
  if (phase !== "live") return now.unsafe ? "not saved" : "";
  if (file.status !== "there") return file.status;
  if (save.status === "failed") return "not saved";
  if (save.status === "waiting") return "waiting to save";
  if (save.status === "saving") return "saving";
  if (save.status === "unsaved") return "not saved yet";
  if (!now.writable) return "read only";
  return save.at === null ? "saved" : `saved ${ago(now.now - save.at)}`;
}

export function editorStrip(now: EditorSituation): StripContent<EditorAction> | null {
  if (now.error !== "") return { tone: "err", text: now.error, buttons: [] };
  const again: StripButton<EditorAction>[] = [{ label: "Try again", action: "now" }];
  switch (now.phase) {
    case "gone":
      if (now.there) return { tone: "err", text: `${now.name} is not there any more. What is here stays.`, buttons: again };
      return { tone: "err", text: sentence(now.trouble || `There is no ${now.path}`), buttons: now.makes ? [...again, { label: "Make it", action: "make", title: "An empty file" }] : again };
    case "notebook":
      return { tone: "quiet", text: `${now.name} is a notebook, which Jupyter edits.`, buttons: [{ label: "Open in Jupyter", action: "jupyter", primary: true }] };
    case "refused":
    case "failed":
      return { tone: "err", text: sentence(now.reason), buttons: again };
    case "reconnecting":
      return { tone: "warn", text: `Connection lost. ${when(now.retryIn)}; what you type is kept here and merged then.`, buttons: [{ label: "Now", action: "now" }] };
    case "connecting":
      return now.retryIn === null ? null : { tone: "warn", text: `The server does not answer. ${when(now.retryIn)}.`, buttons: [{ label: "Now", action: "now" }] };
  }
  return now.trouble !== "" ? { tone: "err", text: sentence(now.trouble), buttons: [{ label: "Dismiss", action: "ok" }] } : trouble(now);
}

function trouble(now: EditorSituation): StripContent<EditorAction> | null {
  const { file, save } = now;
  const saves: StripButton<EditorAction>[] = now.writable ? [{ label: "Save now", action: "save" }] : [];
  if (now.decision !== null) return question(now.decision, now.decisions, now.writable);
  if (save.status === "failed") {
    const then = file.status === "there" ? "; it is tried again" : "";
    return { tone: "err", text: `Not saved. ${sentence(save.reason ?? "the file cannot be written")} Nothing is lost${then}.`, buttons: saves };
  }
  if (file.status === "deleted")
    return {
      tone: "warn",
      text: `${now.name} was deleted. What is here stays; saving makes the file again.`,
      buttons: now.writable ? [{ label: "Make it again", action: "save" }] : [],
    };
  if (save.status === "waiting") return { tone: "warn", text: `${sentence(save.reason ?? "The Jupyter server is away")} Saving waits; nothing is lost.`, buttons: [] };
  if (file.status === "there") return null;
  const text = `${sentence(file.message ?? `${now.name} was replaced by something that is no text`)} It is not written over; what is here stays.`;
  return { tone: "warn", text, buttons: now.writable ? [{ label: "Try again", action: "save", title: "Saves it where it is a text again" }] : [] };
}

function question(decision: Decision, count: number, writable: boolean): StripContent<EditorAction> {
  const others = count > 1 ? ` (1 of ${count})` : "";
  if (decision.kind === "conflict") {
    const buttons: StripButton<EditorAction>[] = [
      { label: "Keep mine", action: "ours", title: "As it is here; the file follows" },
      { label: "Take the file's", action: "theirs", title: "As it is in the file" },
      { label: "Keep both", action: "both", primary: true, title: "One after the other" },
    ];
    return { tone: "warn", text: `Changed here and in the file at once${others}. Both are kept until you choose.`, buttons: writable ? buttons : [] };
  }
  const whose = decision.kind === "kept" ? "Edits made here" : `Edits of ${decision.author || "somebody"}`;
  const text = `${whose} were not saved before the file was opened anew${others}. They are kept until you choose.`;
  const buttons: StripButton<EditorAction>[] = [
    { label: "Copy", action: "copy", title: "The whole text as it was there" },
    { label: "Dismiss", action: "dismiss" },
    ...(decision.kind === "kept" || !writable ? [] : [{ label: "Take them over", action: "take", primary: true } as const]),
  ];
  return { tone: "warn", text, buttons };
}

/** The engine's words as a sentence. */
const sentence = (text: string) => capital(text) + (/[.!?]$/.test(text) ? "" : ".");
