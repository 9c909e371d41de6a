// One view's connection to one terminal: over all reconnects, nothing lost and nothing doubled in either direction.
import { decode, encode, ProtocolError, type Hello, type Message, type Signal, type TerminalEvent } from "../protocol/terminal.ts";
import { clock as systemClock, type Clock } from "./clock.ts";
import { closing } from "./closing.ts";
import { InputQueue } from "./input.ts";
import { newName } from "./name.ts";
import { OutputStream, type Emulator } from "./output.ts";
import { Pulse } from "./pulse.ts";
import { Backoff } from "./retry.ts";
import { Route, type RouteOptions } from "./route.ts";
import { ABNORMAL, type Transport, type TransportKind } from "./transport.ts";

export type Phase =
  | "connecting"
  | "live"
  /** Lost; it goes on by itself. */
  | "reconnecting"
  /** The program has ended. */
  | "ended"
  /** There is no such terminal any more. */
  | "gone"
  | "refused"
  /** Another window took this attachment over. */
  | "taken"
  /** Ended for good by an error; `reason` says which. */
  | "failed";

/** How the program ended, and when the engine said so (µs since the epoch). */
export interface Exit {
  code: number | null;
  signal: string | null;
  at: number;
}

export interface ConnectionEvents {
  /** Anything that is shown has changed: read the connection's fields. */
  changed(): void;
  /** OUTPUT has arrived, before it is parsed. */
  output?(): void;
  /** HELLO: the stream is open, `clients` views have it, this one among them. */
  attached?(clients: number): void;
  /** RESIZED: somebody, perhaps this view, changed the terminal's size. */
  resized?(size: { cols: number; rows: number }): void;
  event?(event: TerminalEvent): void;
}

export interface ConnectionOptions extends RouteOptions {
  terminal: string;
  mode?: "rw" | "ro";
  emulator: Emulator;
  events: ConnectionEvents;
  clock?: Clock;
}

/** ms that a stream may take from its opening to HELLO; a server that is stuck accepts connections and says nothing. */
export const HELLO_WITHIN = 10_000;

export class TerminalConnection {
  readonly terminal: string;
  readonly attachment = newName();
  readonly #options: ConnectionOptions;
  readonly #clock: Clock;
  readonly #route: Route;
  readonly #inputs = new InputQueue();
  readonly #output: OutputStream;
  readonly #pulse: Pulse;
  readonly #backoff: Backoff;
  #phase: Phase = "connecting";
  #transport: Transport | null = null;
  #greeted = false;
  #cancelRetry = () => {};
  #cancelSilence = () => {};
  #retryAt: number | null = null;
  #hello: Hello | null = null;
  #exit: Exit | null = null;
  #reason = "";
  #size: { cols: number; rows: number } | null = null;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.terminal = options.terminal;
    this.#clock = options.clock ?? systemClock;
    this.#route = new Route(options);
    this.#backoff = new Backoff(this.#clock);
    this.#output = new OutputStream(options.emulator, (offset) => this.#send({ op: "ACK", ...this.#head(offset) }));
    this.#pulse = new Pulse(this.#clock, {
      ping: (sequence) => this.#send({ op: "PING", ...this.#head(sequence), data: new Uint8Array(0) }),
      measured: () => this.#changed(),
      silent: () => this.#lost(ABNORMAL, "The server does not answer."),
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
    return this.#phase === "live" ? this.#pulse.roundTrip : null;
  }
  /** When the next attempt is due, by the clock's `now()`. */
  get retryAt(): number | null {
    return this.#retryAt;
  }
  /** Presses and pastes that have not arrived yet. */
  get waiting(): number {
    return this.#inputs.waiting;
  }
  /** The terminal's size as the engine has it. */
  get size(): { cols: number; rows: number } | null {
    return this.#size;
  }
  get writable(): boolean {
    return this.#hello?.writable ?? this.#options.mode !== "ro";
  }
  /** The offset up to which output is held. */
  get received(): number | undefined {
    return this.#output.received;
  }

  connect(): void {
    if (this.#closed || this.#transport !== null) return;
    this.#cancelRetry();
    this.#retryAt = null;
    const connector = this.#route.current;
    if (connector === null) {
      this.#end("failed", "This page names no Jupyter server, and no kernel answers. Run the cell again.");
      return;
    }
    this.#greeted = false;
    const since = this.#output.received;
    const request = {
      terminal: this.terminal,
      attachment: this.attachment,
      mode: this.#options.mode ?? "rw",
      ...(since === undefined ? {} : { since }),
    };
    const transport = connector.open(request, {
      message: (bytes) => this.#transport === transport && this.#receive(bytes),
      close: (code, reason) => this.#transport === transport && this.#lost(code, reason),
    });
    this.#transport = transport;
    this.#cancelSilence = this.#clock.after(HELLO_WITHIN, () => this.#lost(ABNORMAL, "The server does not answer."));
    this.#changed();
  }

  /** Tries at once, where it is waiting for its turn or was refused. */
  retryNow(): void {
    if (this.#closed || this.#transport !== null || this.#phase === "ended") return;
    if (this.#phase !== "connecting") this.#phase = "reconnecting";
    this.#backoff.reset();
    this.connect();
  }

  /** Gives the connection up and makes a new one: what the user's "Reconnect" does. */
  reconnect(): void {
    this.#drop();
    this.retryNow();
  }

  /** What was typed or pasted. Kept until it has arrived, over any number of reconnects. */
  input(data: Uint8Array): void {
    if (!this.writable || ["ended", "gone", "refused", "taken", "failed"].includes(this.#phase)) return;
    this.#inputs.push(data);
    this.#flush();
    if (this.#phase !== "live") this.#changed();
  }

  /** Asks for a size; nothing is sent for the one that it has. */
  resize(cols: number, rows: number): void {
    if (!this.#greeted || (this.#size?.cols === cols && this.#size.rows === rows)) return;
    this.#size = { cols, rows };
    this.#send({ op: "RESIZE", ...this.#head(0), cols, rows });
  }

  signal(signal: Signal): void {
    this.#send({ op: "SIGNAL", ...this.#head(0), signal });
  }

  /** Whether anybody looks. Only then is the round trip measured; becoming visible tries at once. */
  setVisible(visible: boolean): void {
    this.#pulse.setVisible(visible);
    if (visible && this.#phase === "reconnecting") this.retryNow();
  }

  close(): void {
    this.#closed = true;
    this.#drop();
    this.#cancelRetry();
  }

  #head(sequence: number): { sequence: number; timestamp: number } {
    return { sequence, timestamp: this.#clock.epoch() };
  }

  #send(message: Message): void {
    if (this.#greeted) this.#transport?.send(encode(message));
  }

  #flush(): void {
    if (!this.#greeted) return;
    for (const { number, data } of this.#inputs.take()) this.#send({ op: "INPUT", ...this.#head(number), data });
  }

  #receive(bytes: Uint8Array): void {
    let message: Message;
    try {
      message = decode(bytes);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#lost(ABNORMAL, error.message);
      return;
    }
    if (message.op === "HELLO") this.#greet(message.sequence, message.model as unknown as Hello);
    else if (this.#greeted) this.#take(message);
  }

  #greet(sequence: number, hello: Hello): void {
    this.#hello = hello;
    this.#greeted = true;
    this.#cancelSilence();
    this.#route.opened();
    this.#backoff.connected();
    this.#output.hello(sequence, hello.offset);
    this.#resized(hello.cols, hello.rows);
    this.#inputs.resume(hello.input);
    this.#phase = "live";
    this.#reason = "";
    this.#flush();
    this.#pulse.start();
    this.#options.events.attached?.(hello.clients);
    this.#changed();
  }

  #take(message: Message): void {
    switch (message.op) {
      case "OUTPUT":
        this.#options.events.output?.();
        if (!this.#output.output(message.sequence, message.data)) this.#lost(ABNORMAL, "Output was missing.");
        return;
      case "INPUT_ACK": {
        this.#inputs.arrived(message.sequence);
        this.#flush();
        return;
      }
      case "GAP":
        this.#output.gap(message.sequence);
        return;
      case "SNAPSHOT":
        this.#output.snapshot(message.sequence, message.data);
        return;
      case "RESIZED":
        this.#resized(message.cols, message.rows);
        this.#options.events.resized?.({ cols: message.cols, rows: message.rows });
        this.#changed();
        return;
      case "EXIT":
        this.#exit = { code: message.code, signal: message.signal, at: message.timestamp };
        this.#inputs.clear();
        this.#phase = "ended";
        this.#changed();
        return;
      case "PONG":
        this.#pulse.pong(message.sequence);
        return;
      case "EVENT":
        this.#options.events.event?.(message.event);
        return;
      case "ERROR":
        this.#reason = message.message;
        this.#changed();
        return;
      default:
        // The client's own ops never come from an engine.
        this.#lost(ABNORMAL, `The engine sent ${message.op}.`);
    }
  }

  #resized(cols: number, rows: number): void {
    this.#size = { cols, rows };
    this.#output.resized(cols, rows);
  }

  #drop(): void {
    this.#transport?.close();
    this.#transport = null;
    this.#cancelSilence();
    this.#pulse.stop();
  }

  #lost(code: number, reason: string): void {
    const greeted = this.#greeted;
    this.#greeted = false;
    this.#drop();
    if (this.#phase === "ended") {
      this.#changed();
      return;
    }
    const outcome = closing(code, reason);
    if (outcome.phase === "reconnecting") {
      if (greeted) this.#later();
      else if (this.#route.asking) this.#believe("gone", "");
      else void this.#diagnose();
    } else if (outcome.phase === "gone" && this.#route.elsewhere()) {
      this.connect();
    } else {
      this.#believe(outcome.phase, outcome.reason);
    }
  }

  /** It never opened, and a browser does not say why: ask. */
  async #diagnose(): Promise<void> {
    const verdict = await this.#route.failed(this.terminal);
    if (this.#closed || this.#transport !== null) return;
    if (verdict.kind === "gone" && this.#route.elsewhere()) this.connect();
    else if (verdict.kind === "gone") this.#believe("gone", "");
    else if (verdict.kind === "refused") this.#end("refused", verdict.reason);
    else if (verdict.kind === "foreign")
      this.#end("failed", "This server does not run OrchFlow. Enable its extension orchflow_jupyter and restart it.");
    else this.#later();
  }

  #later(): void {
    if (this.#hello !== null) this.#phase = "reconnecting";
    const delay = this.#backoff.next();
    this.#retryAt = this.#clock.now() + delay;
    this.#cancelRetry();
    this.#cancelRetry = this.#clock.after(delay, () => this.connect());
    this.#changed();
  }

  #believe(phase: Phase, reason: string): void {
    this.#route.home();
    this.#end(phase, reason);
  }

  #end(phase: Phase, reason: string): void {
    this.#phase = phase;
    this.#reason = reason;
    this.#retryAt = null;
    this.#cancelRetry();
    this.#changed();
  }

  #changed(): void {
    if (!this.#closed) this.#options.events.changed();
  }
}
