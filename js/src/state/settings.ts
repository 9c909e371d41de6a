// What a view of a terminal is given: the widget's settings, and what it may ask of its surroundings.
import type { Clock } from "../core/clock.ts";
import type { RouteOptions } from "../core/route.ts";
import type { Size } from "../core/sizing.ts";
import type { PasteHabits } from "./paste.svelte.ts";

/** What the widget's model says. */
export interface Settings {
  terminal: string;
  name: string;
  rows: number;
  command: readonly string[] | null;
  cwd: string;
  error: string;
  theme: "auto" | "light" | "dark";
  size: readonly [number, number] | null;
  /** Whether commands are marked at the left. */
  marks: boolean;
}

/** What the view may ask of its surroundings. */
export interface Surroundings extends RouteOptions {
  create(params: Record<string, unknown>): Promise<string>;
  remove(terminal: string): Promise<void>;
  /** Whether the terminal's program reads line by line just now. */
  canonical(terminal: string): Promise<boolean>;
  /** The widget shows another terminal from now on. */
  rename(terminal: string): void;
  clock?: Clock;
  /** Shared by the page's terminals unless given. */
  habits?: PasteHabits;
}

/** What to ask for to have another terminal like this one. */
export function creationOf({ name, command, cwd }: Settings, size: Size | null): Record<string, unknown> {
  return {
    ...(name === "" ? {} : { name }),
    ...(command === null ? {} : { command: [...command] }),
    ...(cwd === "" ? {} : { cwd }),
    ...(size ?? {}),
  };
}
