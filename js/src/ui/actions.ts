// What one can do with a terminal, by menu and by key.
import * as words from "../state/words.ts";
import { copy, isMac, readClipboard } from "./clipboard.ts";
import { commandActions } from "./commands.ts";
import { setScreenReader } from "./screenReader.ts";
import type { View } from "./view.svelte.ts";

export interface Action {
  label: string;
  icon: string;
  shortcut?: string;
  /** A line is drawn above it. */
  apart?: boolean;
  disabled?: boolean;
  /** Whether it holds, of what can be switched on and off. */
  checked?: boolean;
  run(): void | Promise<unknown>;
}

export const FIND_SHORTCUT = isMac ? "⌘F" : "Ctrl+Shift+F";
const PASTE_SHORTCUT = isMac ? "⌘V" : "Ctrl+Shift+V";

export function actionsOf(view: View): Action[] {
  const { state, screen } = view;
  if (screen === null) return [];
  const { term } = screen;
  const live = state.phase === "live";
  const writable = live && (state.hello?.writable ?? false);
  const there = live || state.phase === "reconnecting";
  return [
    { label: "Copy", icon: "copy", shortcut: isMac ? "⌘C" : "Ctrl+Shift+C", disabled: !term.hasSelection(), run: () => copy(term.getSelection()) },
    { label: "Paste", icon: "paste", shortcut: PASTE_SHORTCUT, disabled: !writable, run: () => pasteFromMenu(view) },
    { label: "Find", icon: "search", shortcut: FIND_SHORTCUT, run: () => void (state.searching = true) },
    { label: "Clear", icon: "clear", apart: true, run: () => view.marks?.clear() },
    { label: "Jump to end", icon: "end", run: () => term.scrollToBottom() },
    { label: "Screen reader", icon: "check", checked: view.readAloud, run: () => setScreenReader(!view.readAloud) },
    ...commandActions(view),
    { label: "Reconnect", icon: "reconnect", apart: true, disabled: !there, run: () => state.reconnect() },
    { label: "Interrupt", icon: "interrupt", disabled: !writable, run: () => state.signal("INT") },
    { label: "Kill", icon: "kill", disabled: !writable, run: () => state.signal("KILL") },
  ];
}

async function pasteFromMenu(view: View): Promise<void> {
  const text = await readClipboard();
  if (text !== null) view.paste(text);
  else view.state.notice = { tone: "warn", text: words.unreadable(PASTE_SHORTCUT), buttons: [{ label: "Dismiss", action: "dismiss" }] };
}
