// What the program of a view's terminal does: its title, where it is, and which commands ran or run in it.
import type { Clock } from "../core/clock.ts";
import type { Hello, TerminalEvent } from "../protocol/terminal.ts";
import { CommandLog } from "./commands.ts";

export class Shell {
  /** What the program calls itself (OSC 0 and 2). */
  title = $state("");
  cwd = $state("");
  /** When the command that runs began, by the clock's `now()`. */
  busySince = $state<number | null>(null);
  readonly commands = new CommandLog();
  readonly #clock: () => Clock;
  #hello: Hello | null = null;

  constructor(clock: () => Clock) {
    this.#clock = clock;
  }

  /** Another terminal is shown. */
  forget(): void {
    this.title = this.cwd = "";
    this.#hello = null;
    this.commands.forget();
    this.#time();
  }

  /** The terminal's model tells what may have happened while there was no connection. */
  greeted(hello: Hello): void {
    this.#hello = hello;
    if (hello.last_command) this.commands.tell(hello.last_command);
    this.cwd = hello.cwd;
    this.#time();
  }

  /** What happened at an output offset. */
  event(event: TerminalEvent, offset: number): void {
    this.commands.event(event);
    // What lies before HELLO's offset is history, of which HELLO itself has told how it went on.
    if (offset < (this.#hello?.offset ?? 0)) return;
    if (event.kind === "title" && typeof event["title"] === "string") this.title = event["title"];
    if (event.kind === "cwd" && typeof event["cwd"] === "string") this.cwd = event["cwd"];
    this.#time();
  }

  #time(): void {
    const { running } = this.commands;
    // The page's clock may be another one than the engine's.
    const ran = (this.#clock().epoch() + (this.#hello?.ahead ?? 0)) / 1000 - (running?.began ?? 0);
    this.busySince = running === undefined ? null : this.#clock().now() - Math.max(0, ran);
  }
}
