// Everything that one view of a terminal shows, and what its buttons do.
import type { Clock } from "../core/clock.ts";
import { clock as systemClock } from "../core/clock.ts";
import { TerminalConnection } from "../core/connection.ts";
import { TypedLine } from "../core/lines.ts";
import type { Emulator } from "../core/output.ts";
import type { Exit, Phase } from "../core/phase.ts";
import { Sizing, type Size } from "../core/sizing.ts";
import type { TransportKind } from "../core/transport.ts";
import type { Hello, Signal } from "../protocol/terminal.ts";
import { conditionOf, dotOf, ranFor, runsFor, subOf, untilBeat, type Condition, type Dot } from "./appearance.ts";
import { Paste } from "./paste.svelte.ts";
import { Recorded } from "./recorded.svelte.ts";
import { creationOf, type Settings, type Surroundings } from "./settings.ts";
import { Shell } from "./shell.svelte.ts";
import { stripOf, type Situation, type StripAction, type StripContent } from "./strip.ts";
import * as words from "./words.ts";

export class TerminalState {
  settings = $state<Settings>()!;
  searching = $state(false);
  closed = $state(false);
  trouble = $state("");
  working = $state(false);
  /** Something to say that nothing else depends on. */
  notice = $state.raw<StripContent | null>(null);

  phase = $state<Phase>("connecting");
  transport = $state<TransportKind | null>(null);
  hello = $state.raw<Hello | null>(null);
  exit = $state.raw<Exit | null>(null);
  reason = $state("");
  roundTrip = $state<number | null>(null);
  retryAt = $state<number | null>(null);
  waiting = $state(0);
  size = $state.raw<Size | null>(null);
  /** The terminal's size where it is not this view's. */
  follows = $state.raw<Size | null>(null);
  /** The clock's ms, kept fresh only while something counts. */
  now = $state(0);

  readonly shell = new Shell(() => this.#clock);
  readonly recorded = new Recorded();
  readonly condition = $derived<Condition>(conditionOf(this.phase, this.settings.terminal === "" && this.settings.error !== ""));
  readonly dot = $derived<Dot>(this.closed ? "ended" : dotOf(this.condition, this.shell.busySince !== null, this.retryAt !== null));
  readonly name = $derived(this.settings.name || this.hello?.name || "terminal");
  readonly sub = $derived(
    subOf(
      this.shell.title || (this.hello?.title ?? ""),
      this.settings.command ?? this.hello?.command ?? [],
      this.shell.cwd || this.settings.cwd,
    ),
  );
  /** The terminal whose questions this view can answer, if it is the one to do so; `null` while it cannot. */
  readonly answers = $derived(this.#answers());
  /** For how long a command runs; one of less than a second would only flicker. */
  readonly runs = $derived(runsFor(this.phase === "live" ? this.shell.busySince : null, this.now));
  readonly roundTripText = $derived(this.roundTrip === null ? "" : words.roundTrip(this.roundTrip));
  readonly strip = $derived(this.working ? null : (stripOf(this.#situation()) ?? this.notice));

  readonly paste: Paste;
  readonly #surroundings: Surroundings;
  readonly #clock: Clock;
  readonly #sizing: Sizing;
  readonly #line = new TypedLine();
  #connection: TerminalConnection | null = null;
  #emulator: Emulator | null = null;
  #heard = () => {};
  #visible = true;

  constructor(settings: Settings, surroundings: Surroundings) {
    this.settings = settings;
    this.#surroundings = surroundings;
    this.#clock = surroundings.clock ?? systemClock;
    const tell = ({ cols, rows }: Size) => this.#connection?.resize(cols, rows) ?? false;
    this.#sizing = new Sizing(this.#clock, tell, (size) => (this.follows = size));
    this.paste = new Paste(this.#clock, surroundings.habits);
    this.paste.canonical = () => surroundings.canonical(this.settings.terminal);
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
  /** Whether the page, as it is laid out, has a place for the view. */
  shown(shown: boolean): void {
    this.#sizing.seen({ shown });
  }
  input(data: Uint8Array): void {
    this.#line.typed(data);
    this.#connection?.input(data);
  }
  /** The user pastes `text`; `bracketed` says that the program knows a paste when it gets one. */
  pasted(text: string, bracketed: boolean): void {
    if (this.connection?.takesInput) this.paste.offer(text, bracketed, this.#line.length);
  }
  signal(signal: Signal): void {
    this.#connection?.signal(signal);
  }
  reconnect(): void {
    this.#connection?.reconnect();
  }
  retryNow(): void {
    if (this.phase === "reconnecting" || (this.phase === "connecting" && this.retryAt !== null)) this.#connection?.retryNow();
    else this.#connection?.setVisible(this.#visible);
  }
  setVisible(visible: boolean): void {
    this.#visible = visible;
    this.#connection?.setVisible(visible);
    this.#sizing.seen({ visible });
  }
  tick(): void {
    this.now = this.#clock.now();
  }
  /** ms until what is shown changes by time alone; null while it does not. */
  untilTick(): number | null {
    return untilBeat(this.retryAt ?? (this.phase === "live" ? this.shell.busySince : null), this.now);
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
        break;
      case "paste":
        this.paste.accept();
        break;
      case "paste always":
        this.paste.acceptAlways();
        break;
      case "no paste":
        this.paste.decline();
        break;
      case "take size":
        this.#connection?.takeSize();
        break;
      case "cancel paste":
        this.#connection?.cancelPaste();
        break;
      case "dismiss":
        this.notice = null;
        break;
    }
    return Promise.resolve();
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
    this.paste.dispose();
    this.#connection?.close();
    this.#connection = null;
  }

  async #restart(): Promise<void> {
    const params = creationOf(this.settings, this.#connection?.size ?? null);
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
    this.#sizing.reset();
    this.notice = null;
    this.shell.forget();
    this.recorded.forget();
    // It was meant for the terminal that was shown before.
    this.paste.decline();
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
        sized: (size, anew) => this.#sizing.sized(size, anew),
        event: (event, offset) => {
          this.shell.event(event, offset);
          const failed = this.recorded.event(event, offset);
          if (failed !== null) this.notice = { tone: "err", text: words.sentence(failed), buttons: [{ label: "Dismiss", action: "dismiss" }] };
          this.tick();
        },
      },
    });
    this.#connection = connection;
    connection.setVisible(this.#visible);
    connection.connect();
    this.#read(connection);
  }

  #read(connection: TerminalConnection | null): void {
    if (connection !== this.#connection) return;
    this.now = this.#clock.now();
    this.phase = connection?.phase ?? "connecting";
    if (this.phase === "gone") this.shell.commands.lose();
    this.transport = connection?.kind ?? null;
    const hello = connection?.hello ?? null;
    if (hello !== null && hello !== this.hello) for (const part of [this.shell, this.recorded]) part.greeted(hello);
    this.hello = hello;
    this.exit = connection?.exit ?? null;
    this.reason = connection?.reason ?? "";
    this.roundTrip = connection?.roundTrip ?? null;
    this.retryAt = connection?.retryAt ?? null;
    this.waiting = connection?.waiting ?? 0;
    this.size = connection?.size ?? null;
    this.paste.read(connection?.paste ?? null);
  }

  #answers(): string | null {
    const { phase, retryAt, hello, settings } = this;
    // The first attempt stands already: a program asks in its first output, and what nobody answers it waits for.
    const able = phase === "live" || (phase === "connecting" && retryAt === null);
    return able && hello?.writable !== false && settings.terminal !== "" ? settings.terminal : null;
  }

  #situation(): Situation {
    return {
      phase: this.phase,
      reason: this.reason,
      exit: this.exit,
      ran: ranFor(this.hello, this.exit),
      retryIn: this.retryAt === null ? null : this.retryAt - this.now,
      waiting: this.waiting,
      error: this.settings.error,
      trouble: this.trouble,
      named: this.settings.terminal !== "",
      greeted: this.hello !== null,
      closed: this.closed,
      lines: this.paste.lines,
      loss: this.paste.loss,
      sure: this.paste.sure,
      pasting: this.paste.progress,
      follows: this.follows,
      writable: this.hello?.writable ?? false,
    };
  }
}
