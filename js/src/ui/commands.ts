// What one can do with commands that ran: go to them, copy them, run them again.
import { repeatable, type Command } from "../state/commands.ts";
import * as words from "../state/words.ts";
import type { Action } from "./actions.ts";
import { copy, isMac } from "./clipboard.ts";
import type { View } from "./view.svelte.ts";

/** Entries of the terminal's menu. */
export function commandActions({ marks, state }: View): Action[] {
  const { last } = state.shell.commands;
  if (marks === null || last === undefined) return [];
  const { reached } = marks;
  return [
    { label: "Previous command", icon: "up", apart: true, shortcut: isMac ? "⌘↑" : "Ctrl+↑", disabled: !marks.any, run: () => void marks.jump(-1) },
    { label: "Next command", icon: "down", shortcut: isMac ? "⌘↓" : "Ctrl+↓", disabled: !marks.any, run: () => void marks.jump(1) },
    { label: reached ? "Copy its output" : "Copy last output", icon: "copy", run: () => copyOutput({ marks, state }, reached ?? last) },
  ];
}

/** Entries of a mark's menu. */
export function markActions({ marks, state, screen }: View, command: Command): Action[] {
  if (marks === null || screen === null) return [];
  const bracketed = screen.term.modes.bracketedPasteMode;
  // Several lines would run one by one where the shell does not know a paste when it gets one.
  const sound = repeatable(command.line) && (bracketed || !command.line.includes("\n")) && state.shell.commands.running === undefined;
  const writable = state.phase === "live" && state.hello?.writable === true;
  const elsewhere = command.cwd !== "" && command.cwd !== state.shell.cwd;
  return [
    { label: "Copy output", icon: "copy", run: () => copyOutput({ marks, state }, command) },
    { label: "Copy command", icon: "copy", disabled: command.line === "", run: () => copy(command.line) },
    {
      label: elsewhere ? `Run again in ${words.shortPath(state.shell.cwd)}` : "Run again",
      icon: "again",
      apart: true,
      disabled: !sound || !writable || !marks.vacant,
      run() {
        screen.term.paste(command.line);
        screen.term.input("\r");
      },
    },
  ];
}

/** Copies what `command` has printed; where some of it is gone, says so and asks, unless `rest` is all that is asked for. */
export async function copyOutput({ marks, state }: Pick<View, "marks" | "state">, command: Command, rest = false): Promise<void> {
  const output = marks?.output(command) ?? null;
  state.notice = null;
  if (output === null || (output.partial && output.lines.length === 0)) {
    state.notice = { tone: "warn", text: "This output is no longer held in the view.", buttons: [{ label: "Dismiss", action: "dismiss" }] };
  } else if (output.partial && !rest) {
    const held = output.lines.length === 1 ? "Its last line is" : `Its last ${output.lines.length.toLocaleString("en")} lines are`;
    state.notice = {
      tone: "warn",
      text: `The beginning of this output is no longer held in the view. ${held}.`,
      buttons: [
        { label: "Copy what is left", action: "copy rest" },
        { label: "Dismiss", action: "dismiss" },
      ],
    };
    marks!.partial = command;
  } else if (output.lines.length === 0) {
    marks!.note(command, "no output");
  } else {
    const { length } = output.lines;
    if (await copy(output.lines.join("\n"))) marks!.note(command, length === 1 ? "1 line copied" : `${length.toLocaleString("en")} lines copied`);
  }
}
