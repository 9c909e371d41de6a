// One view's connection to one terminal: over all reconnects, nothing lost and nothing doubled in either direction.
import type { Hello, Message, Signal, TerminalEvent } from "../protocol/terminal.ts";
import { clock as systemClock, type Clock } from "./clock.ts";
import { closing, judged, NOT_ALLOWED } from "./closing.ts";
import { InputQueue, type PasteProgress } from "./input.ts";
import { Line } from "./line.ts";
import { newName } from "./name.ts";
import { OutputStream, type Emulator } from "./output.ts";
import type { Exit, Phase } from "./phase.ts";
import { Retry } from "./retry.ts";
import { Route, type RouteOptions } from "./route.ts";
import type { Size } from "./sizing.ts";
import type { TransportKind } from "./transport.ts";

export interface ConnectionEvents {
  /** Anything that is shown has changed: read the connection's fields. */
  changed(): void;
  /** OUTPUT has arrived, before it is parsed. */
  output?(): void;
  /** HELLO, `anew`, or RESIZED: the terminal has this size. */
  sized?(size: Size, anew: boolean): void;
  event?(event: TerminalEvent, offset: number): void;
}

export interface ConnectionOptions extends RouteOptions {
  terminal: string;
  mode?: "rw" | "ro";
  emulator: Emulator;
  events: ConnectionEvents;
  clock?: Clock;
}

export class TerminalConnection {
  readonly terminal: string;
  readonly attachment = newName();
  readonly #options: ConnectionOptions;
  readonly #clock: Clock;
  readonly #route: Route;
  readonly #inputs = new InputQueue();
  readonly #output: OutputStream;
  readonly #line: Line;
  readonly #retry: Retry;
  #phase: Phase = "connecting";
  #hello: Hello | null = null;
  #exit: Exit | null = null;
  #reason = "";
  #size: Size | null = null;
  #mode: "rw" | "ro" | undefined;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.terminal = options.terminal;
    this.#clock = options.clock ?? systemClock;
    this.#route = new Route(options);
    this.#retry = new Retry(this.#clock, () => this.connect());
    this.#output = new OutputStream(options.emulator, (sequence) => this.#line.send({ op: "ACK", sequence }));
    this.#line = new Line(this.#clock, {
      hello: (sequence, hello) => this.#greet(sequence, hello),
      message: (message) => this.#take(message),
      measured: () => this.#changed(),
      lost: (code, reason, greeted) => this.#lost(code, reason, greeted),
    });
  }

  get phase(): Phase {
    return this.#phase;
  }
  get kind(): TransportKind | null {
    return this.#route.current?.kind ?? null;
  }
  /** The terminal as the last HELLO described it. */
  get hello(): Hello | null {
    return this.#hello;
  }
  get exit(): Exit | null {
    return this.#exit;
  }
  /** Why it is refused or failed, in words. */
  get reason(): string {
    return this.#reason;
  }
  /** ms from PING to PONG, the last one; `null` while none is known. */
  get roundTrip(): number | null {
    return this.#phase === "live" ? this.#line.roundTrip : null;
  }
  /** When the next attempt is due, by the clock's `now()`. */
  get retryAt(): number | null {
    return this.#retry.at;
  }
  /** Presses and pastes that have not arrived yet. */
  get waiting(): number {
    return this.#inputs.waiting;
  }
  /** How far a long paste has come; `null` while there is none. */
  get paste(): PasteProgress | null {
    return this.#inputs.paste;
  }
  /** The terminal's size as the engine has it. */
  get size(): Size | null {
    return this.#size;
  }
  get writable(): boolean {
    return this.#hello?.writable ?? (this.#mode ?? this.#options.mode) !== "ro";
  }
  /** Whether input goes to the program, now or after a reconnect. */
  get takesInput(): boolean {
    return this.writable && (this.#phase === "live" || this.#phase === "connecting" || this.#phase === "reconnecting");
  }
  /** The offset up to which output is held. */
  get received(): number | undefined {
    return this.#output.received;
  }

  connect(): void {
    if (this.#closed || this.#line.taken) return;
    this.#retry.cancel();
    const connector = this.#route.current;
    if (connector === null) return this.#end("failed", "This page names no Jupyter server, and no kernel answers. Run the cell again.");
    const since = this.#output.received;
    this.#line.open(connector, {
      terminal: this.terminal,
      attachment: this.attachment,
      mode: this.#mode ?? this.#options.mode ?? "rw",
      ...(since === undefined ? {} : { since }),
    });
    this.#changed();
  }

  /** Tries at once, where it is waiting for its turn or was refused. */
  retryNow(): void {
    if (this.#closed || this.#line.taken || this.#phase === "ended") return;
    this.#mode = undefined;
    if (this.#phase !== "connecting") this.#phase = "reconnecting";
    this.#retry.reset();
    this.connect();
  }

  /** Gives the connection up and makes a new one: what the user's "Reconnect" does. */
  reconnect(): void {
    this.#line.close();
    this.retryNow();
  }

  /** What was typed or pasted. Kept until it has arrived, over any number of reconnects. */
  input(data: Uint8Array): void {
    if (!this.takesInput) return;
    const pasting = this.paste !== null;
    this.#inputs.push(data);
    this.#flush();
    if (this.#phase !== "live" || pasting || this.paste !== null) this.#changed();
  }

  /** Drops what has not been sent yet of the paste that `paste` tells of. */
  cancelPaste(): void {
    this.#inputs.cancelPaste();
    this.#flush();
    this.#changed();
  }

  /** Says what size this view would have. False if nothing was sent: it is not connected, or may only watch. */
  resize(cols: number, rows: number): boolean {
    if (!this.#line.greeted || !this.writable) return false;
    this.#line.send({ op: "RESIZE", sequence: 0, cols, rows });
    return true;
  }

  /** Takes the terminal's size for this view, as typing would, and types nothing. */
  takeSize(): void {
    this.#inputs.touch();
    this.#flush();
  }

  signal(signal: Signal): void {
    this.#line.send({ op: "SIGNAL", sequence: 0, signal });
  }

  /** Whether anybody looks. Only then is the round trip measured; becoming visible tries at once. */
  setVisible(visible: boolean): void {
    this.#line.setVisible(visible);
    if (visible && this.#phase === "reconnecting") this.retryNow();
  }

  close(): void {
    this.#closed = true;
    this.#line.close();
    this.#retry.cancel();
  }

  #flush(): void {
    if (!this.#line.greeted || !this.writable) return;
    for (const { number, data } of this.#inputs.take()) this.#line.send({ op: "INPUT", sequence: number, data });
  }

  #greet(sequence: number, hello: Hello): void {
    this.#hello = hello;
    this.#route.opened();
    this.#retry.connected();
    this.#output.hello(sequence, hello.offset);
    this.#resized(hello, true);
    this.#inputs.resume(hello.input);
    this.#phase = "live";
    this.#reason = "";
    this.#flush();
    this.#changed();
  }

  #take(message: Message): void {
    switch (message.op) {
      case "OUTPUT":
        this.#options.events.output?.();
        if (!this.#output.output(message.sequence, message.data)) this.#line.cut("Output was missing.");
        return;
      case "INPUT_ACK": {
        const pasting = this.paste !== null;
        this.#inputs.arrived(message.sequence);
        this.#flush();
        if (pasting) this.#changed();
        return;
      }
      case "GAP":
        this.#output.gap(message.sequence);
        return;
      case "SNAPSHOT":
        this.#output.snapshot(message.sequence, message.data);
        return;
      case "RESIZED":
        this.#resized(message, false);
        this.#changed();
        return;
      case "EXIT":
        this.#exit = { code: message.code, signal: message.signal, reason: message.reason, at: message.timestamp };
        this.#inputs.clear();
        this.#phase = "ended";
        this.#changed();
        return;
      case "EVENT":
        this.#options.events.event?.(message.event, message.sequence);
        return;
      case "ERROR":
        this.#reason = message.message;
        this.#changed();
        return;
      default:
        this.#line.cut(`The engine sent ${message.op}.`); // a client's own op
    }
  }

  #resized({ cols, rows }: Size, anew: boolean): void {
    this.#size = { cols, rows };
    this.#output.resized(cols, rows);
    this.#options.events.sized?.(this.#size, anew);
  }

  #lost(code: number, reason: string, greeted: boolean): void {
    if (this.#phase === "ended") return this.#changed();
    const outcome = closing(code, reason);
    if (outcome.phase === "reconnecting") {
      if (greeted) this.#later();
      else if (this.#route.asking) this.#end("gone", "");
      else void this.#diagnose();
    } else if (outcome.phase === "gone" && this.#route.elsewhere()) {
      this.connect();
    } else if (code === NOT_ALLOWED && !greeted && (this.#mode ?? this.#options.mode) !== "ro") {
      this.#mode = "ro"; // who may not type in it may be allowed to look at it
      this.#inputs.clear();
      this.connect();
    } else {
      this.#end(outcome.phase, outcome.reason);
    }
  }

  /** It never opened, and a browser does not say why: ask. */
  async #diagnose(): Promise<void> {
    const verdict = await this.#route.failed(this.terminal);
    if (this.#closed || this.#line.taken) return;
    const { phase, reason } = judged(verdict, this.#hello !== null);
    if (phase === "gone" && this.#route.elsewhere()) this.connect();
    else if (phase === "reconnecting") this.#later();
    else this.#end(phase, reason);
  }

  #later(): void {
    if (this.#hello !== null) this.#phase = "reconnecting";
    this.#retry.later();
    this.#changed();
  }

  #end(phase: Phase, reason: string): void {
    this.#route.home();
    this.#phase = phase;
    this.#reason = reason;
    this.#retry.cancel();
    this.#changed();
  }

  #changed(): void {
    if (!this.#closed) this.#options.events.changed();
  }
}
