// Everything that one view of a terminal shows, and what its buttons do.
import type { Clock } from "../core/clock.ts";
import { clock as systemClock } from "../core/clock.ts";
import { TerminalConnection, type Exit, type Phase } from "../core/connection.ts";
import type { Emulator } from "../core/output.ts";
import type { RouteOptions } from "../core/route.ts";
import { Sizing, type Size } from "../core/sizing.ts";
import type { TransportKind } from "../core/transport.ts";
import type { Hello, Signal } from "../protocol/terminal.ts";
import { stripOf, type StripAction } from "./strip.ts";
import * as words from "./words.ts";

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
}

/** What the view may ask of its surroundings. */
export interface Surroundings extends RouteOptions {
  create(params: Record<string, unknown>): Promise<string>;
  remove(terminal: string): Promise<void>;
  /** The widget shows another terminal from now on. */
  rename(terminal: string): void;
  clock?: Clock;
}

export type Dot = "ready" | "busy" | "trouble" | "failed" | "ended" | "waiting";
/** The states that the host element names for tests and style sheets. */
export type Condition = "connecting" | "live" | "reconnecting" | "ended" | "gone" | "refused" | "error";

export class TerminalState {
  settings = $state<Settings>()!;
  /** What the program calls itself (OSC 0 and 2). */
  title = $state("");
  busySince = $state<number | null>(null);
  searching = $state(false);
  closed = $state(false);
  trouble = $state("");
  working = $state(false);

  phase = $state<Phase>("connecting");
  transport = $state<TransportKind | null>(null);
  hello = $state.raw<Hello | null>(null);
  exit = $state.raw<Exit | null>(null);
  reason = $state("");
  roundTrip = $state<number | null>(null);
  retryAt = $state<number | null>(null);
  waiting = $state(0);
  size = $state.raw<Size | null>(null);
  /** The clock's ms, kept fresh only while something counts. */
  now = $state(0);

  readonly condition = $derived<Condition>(this.#condition());
  readonly dot = $derived<Dot>(this.#dot());
  readonly name = $derived(this.settings.name || this.hello?.name || "terminal");
  readonly sub = $derived(this.#sub());
  readonly runs = $derived(
    this.busySince === null || this.phase !== "live" ? "" : words.stopwatch(this.now - this.busySince),
  );
  readonly roundTripText = $derived(this.roundTrip === null ? "" : words.roundTrip(this.roundTrip));
  readonly counting = $derived(this.retryAt !== null || (this.busySince !== null && this.phase === "live"));
  readonly strip = $derived(
    this.working
      ? null
      : stripOf({
          phase: this.phase,
          reason: this.reason,
          exit: this.exit,
          ran: this.#ran(),
          retryIn: this.retryAt === null ? null : this.retryAt - this.now,
          waiting: this.waiting,
          error: this.settings.error,
          trouble: this.trouble,
          named: this.settings.terminal !== "",
          greeted: this.hello !== null,
          closed: this.closed,
        }),
  );

  readonly #surroundings: Surroundings;
  readonly #clock: Clock;
  readonly #sizing: Sizing;
  #connection: TerminalConnection | null = null;
  #emulator: Emulator | null = null;
  #heard = () => {};
  #visible = true;

  constructor(settings: Settings, surroundings: Surroundings) {
    this.settings = settings;
    this.#surroundings = surroundings;
    this.#clock = surroundings.clock ?? systemClock;
    this.#sizing = new Sizing(this.#clock, ({ cols, rows }) => this.#connection?.resize(cols, rows));
    this.now = this.#clock.now();
  }

  get connection(): TerminalConnection | null {
    return this.#connection;
  }

  /** Shows the terminal in `emulator` from now on. `heard` is called for each OUTPUT before it is parsed. */
  attach(emulator: Emulator, heard: () => void): void {
    this.#emulator = emulator;
    this.#heard = heard;
    this.#open();
  }

  /** The widget's model has changed. */
  configure(change: Partial<Settings>): void {
    const before = this.settings.terminal;
    Object.assign(this.settings, change);
    if (this.settings.terminal !== before && this.#emulator !== null) {
      this.closed = false;
      this.trouble = "";
      this.#emulator.reset();
      this.#open();
    }
  }

  fits(size: Size): void {
    this.#sizing.fits(size);
  }
  /** The user focuses the view, presses a key or a button in it. What the emulator answers by itself is no use of it. */
  used(): void {
    this.#sizing.used();
  }
  left(): void {
    this.#sizing.left();
  }
  input(data: Uint8Array): void {
    this.#connection?.input(data);
  }
  signal(signal: Signal): void {
    this.#connection?.signal(signal);
  }
  reconnect(): void {
    this.#connection?.reconnect();
  }
  retryNow(): void {
    if (this.phase === "reconnecting" || (this.phase === "connecting" && this.retryAt !== null)) this.#connection?.retryNow();
  }
  setVisible(visible: boolean): void {
    this.#visible = visible;
    this.#connection?.setVisible(visible);
  }
  tick(): void {
    this.now = this.#clock.now();
  }

  act(action: StripAction): Promise<void> {
    switch (action) {
      case "restart":
        return this.#restart();
      case "close":
        return this.remove();
      case "now":
      case "here":
        this.#connection?.retryNow();
        return Promise.resolve();
    }
  }

  /** Ends the program if it still runs, and forgets the terminal. */
  async remove(): Promise<void> {
    await this.#attempt(async () => {
      await this.#surroundings.remove(this.settings.terminal);
      this.closed = true;
    });
  }

  dispose(): void {
    this.#sizing.dispose();
    this.#connection?.close();
    this.#connection = null;
  }

  async #restart(): Promise<void> {
    const { name, command, cwd } = this.settings;
    const size = this.#connection?.size ?? null;
    const params = {
      ...(name === "" ? {} : { name }),
      ...(command === null ? {} : { command: [...command] }),
      ...(cwd === "" ? {} : { cwd }),
      ...(size ?? {}),
    };
    await this.#attempt(async () => {
      const before = this.settings.terminal;
      const terminal = await this.#surroundings.create(params);
      // The one that has ended is of no more use, and whether it could be forgotten is nobody's concern here.
      if (before !== "" && this.phase === "ended") void this.#surroundings.remove(before).catch(() => {});
      this.#surroundings.rename(terminal);
      this.configure({ terminal, error: "" });
    });
  }

  async #attempt(what: () => Promise<void>): Promise<void> {
    if (this.working) return;
    this.working = true;
    this.trouble = "";
    try {
      await what();
    } catch (error) {
      this.trouble = error instanceof Error ? error.message : String(error);
    } finally {
      this.working = false;
    }
  }

  #open(): void {
    this.#connection?.close();
    this.#connection = null;
    this.title = "";
    this.busySince = null;
    if (this.settings.terminal === "" || this.#emulator === null) {
      this.#read(null);
      return;
    }
    const connection = new TerminalConnection({
      webSocket: this.#surroundings.webSocket,
      comm: this.#surroundings.comm,
      probe: (terminal) => this.#surroundings.probe(terminal),
      terminal: this.settings.terminal,
      emulator: this.#emulator,
      clock: this.#clock,
      events: {
        changed: () => this.#read(connection),
        output: () => this.#heard(),
        attached: (clients) => this.#sizing.attached(clients),
        resized: (size) => this.#sizing.resized(size),
        event: ({ kind, ...rest }) => this.#happened(kind, rest),
      },
    });
    this.#connection = connection;
    connection.setVisible(this.#visible);
    connection.connect();
    this.#read(connection);
  }

  #happened(kind: string, rest: Record<string, unknown>): void {
    if (kind === "command_started") this.busySince = this.#clock.now();
    else if (kind === "command_finished" || kind === "prompt") this.busySince = null;
    else if (kind === "title" && typeof rest["title"] === "string") this.title = rest["title"];
    this.tick();
  }

  #read(connection: TerminalConnection | null): void {
    if (connection !== this.#connection) return;
    this.now = this.#clock.now();
    this.phase = connection?.phase ?? "connecting";
    this.transport = connection?.kind ?? null;
    this.hello = connection?.hello ?? null;
    this.exit = connection?.exit ?? null;
    this.reason = connection?.reason ?? "";
    this.roundTrip = connection?.roundTrip ?? null;
    this.retryAt = connection?.retryAt ?? null;
    this.waiting = connection?.waiting ?? 0;
    this.size = connection?.size ?? null;
  }

  #condition(): Condition {
    if (this.settings.terminal === "" && this.settings.error !== "") return "error";
    if (this.phase === "failed") return "error";
    return this.phase === "taken" ? "refused" : this.phase;
  }

  #dot(): Dot {
    if (this.closed) return "ended";
    switch (this.condition) {
      case "live":
        return this.busySince !== null ? "busy" : "ready";
      case "reconnecting":
        return "trouble";
      case "connecting":
        return this.retryAt === null ? "waiting" : "trouble";
      case "ended":
      case "gone":
        return "ended";
      case "refused":
      case "error":
        return "failed";
    }
  }

  #sub(): string {
    const hello = this.hello;
    const command = this.settings.command ?? hello?.command ?? [];
    const what = this.title || hello?.title || words.commandLine(command);
    const cwd = words.shortPath(hello?.cwd ?? this.settings.cwd);
    return [what, what.includes(cwd) ? "" : cwd].filter((part) => part !== "").join(" · ");
  }

  #ran(): number | null {
    const { hello, exit } = this;
    if (hello === null || exit === null) return null;
    const end = hello.state === "exited" ? Date.parse(hello.last_activity) : exit.at / 1000;
    const ran = end - Date.parse(hello.created);
    return Number.isFinite(ran) && ran >= 0 ? ran : null;
  }
}
