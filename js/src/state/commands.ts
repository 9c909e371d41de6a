// The commands of an integrated shell, as the engine tells of them: which there were, and how they ended.
import type { CommandModel, TerminalEvent } from "../protocol/terminal.ts";
import * as words from "./words.ts";

/** Commands that are remembered; each has places in the emulator, which follow every line that it trims. */
export const KEPT = 400;

export type Outcome = "running" | "ok" | "failed" | "unknown";

export interface Command {
  /** The line; empty where the shell keeps it to itself. */
  readonly line: string;
  readonly cwd: string;
  /** By the engine's clock, ms since the Unix epoch. */
  readonly began: number;
  /** The output offset at which its output begins, which also names the command. */
  readonly start: number;
  /** Where its output ends; null while it runs. */
  end: number | null;
  /** ms; null while it runs. */
  duration: number | null;
  exit: number | null;
  outcome: Outcome;
}

/** In the order of the output, each command once, however often one is told of it. */
export class CommandLog {
  /** Called for a command that has begun or ended. */
  changed: (command: Command) => void = () => {};
  readonly #commands: Command[] = [];

  get all(): readonly Command[] {
    return this.#commands;
  }
  get last(): Command | undefined {
    return this.#commands.at(-1);
  }
  get running(): Command | undefined {
    return this.last?.end === null ? this.last : undefined;
  }

  /** The command whose output begins at offset `start`. */
  at(start: number): Command | undefined {
    return this.#commands.findLast((command) => command.start === start);
  }

  /** Another terminal is shown. */
  forget(): void {
    this.#commands.length = 0;
  }

  /** The terminal is gone: nobody will tell how what runs has ended. */
  lose(): void {
    const { running } = this;
    if (running?.outcome !== "running") return;
    running.outcome = "unknown";
    this.changed(running);
  }

  event(event: TerminalEvent): void {
    const tells = event.kind === "command_started" || event.kind === "command_finished";
    if (tells && typeof event["start"] === "number") this.tell(event as unknown as CommandModel);
  }

  /** What an event or the terminal's model says of a command. */
  tell(model: CommandModel): void {
    const known = this.at(model.start);
    if (known === undefined) this.#add(model);
    // A replay tells the beginning of what is known to have ended.
    else if (known.end === null && model.end !== null) {
      finish(known, model);
      this.changed(known);
    }
  }

  #add(model: CommandModel): void {
    const command: Command = {
      line: model.command,
      cwd: model.cwd,
      began: Date.parse(model.started),
      start: model.start,
      end: null,
      duration: null,
      exit: null,
      outcome: "running",
    };
    if (model.end !== null) finish(command, model);
    const at = this.#commands.findLastIndex(({ start }) => start < model.start) + 1;
    this.#commands.splice(at, 0, command);
    // One shell runs one command at a time: the end of an earlier one has not reached us, or is yet to be replayed.
    for (const earlier of this.#commands.slice(0, -1)) if (earlier.outcome === "running") earlier.outcome = "unknown";
    if (this.#commands.length > KEPT) this.#commands.shift();
    this.changed(command);
  }
}

function finish(command: Command, { end, duration, exit_code }: CommandModel): void {
  command.end = end;
  command.duration = duration === null ? null : duration * 1000;
  command.exit = exit_code;
  command.outcome = exit_code === null ? "unknown" : exit_code === 0 ? "ok" : "failed";
}

/** What stands at the end of the command's line: "3.1 s · exit 2"; nothing while it runs. */
export function labelOf({ duration, exit }: Command): string {
  const took = duration === null ? "" : words.duration(duration);
  return exit === null || exit === 0 ? took : `${took} · exit ${exit}`;
}

/** The same in a sentence, for those who see no colours or nothing at all. */
export function sentenceOf({ line, duration, exit, outcome }: Command): string {
  const name = line === "" ? "command" : line.replaceAll(/\s+/g, " ").slice(0, 80);
  const took = duration === null || duration < words.SHORT ? "" : ` after ${words.duration(duration)}`;
  switch (outcome) {
    case "running":
      return `${name}: running`;
    case "ok":
      return `${name}: succeeded${took}`;
    case "failed":
      return `${name}: failed with exit code ${exit}${took}`;
    case "unknown":
      return `${name}: ended${took}, exit code not known`;
  }
}

/** Whether to send the line again does what it did: nothing in it but what one types, and all of it. */
export function repeatable(line: string): boolean {
  // The shell tells 8,192 characters at most.
  return line !== "" && line.length < 8192 && !/[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]/.test(line);
}

/** The index in `lines`, ascending, of the one to jump to from line `from`, exclusive; undefined past either end. */
export function neighbour(lines: readonly number[], from: number, direction: -1 | 1): number | undefined {
  const index = direction < 0 ? lines.findLastIndex((line) => line < from) : lines.findIndex((line) => line > from);
  return index < 0 ? undefined : index;
}
