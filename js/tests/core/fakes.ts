// Hands to turn a clock, an engine that remembers, and an emulator that parses when told.
import type { Clock } from "../../src/core/clock.ts";
import { TerminalConnection, type ConnectionOptions } from "../../src/core/connection.ts";
import type { Emulator } from "../../src/core/output.ts";
import type { Connector, StreamRequest, TransportEvents, TransportKind } from "../../src/core/transport.ts";
import { decode, encode, type Hello, type Message } from "../../src/protocol/terminal.ts";

export const bytes = (text: string) => new TextEncoder().encode(text);
export const text = (data: Uint8Array) => new TextDecoder().decode(data);

export const dataOf = (message: Message) => ("data" in message ? message.data : new Uint8Array(0));

/** Time that passes only when told. */
export class FakeClock implements Clock {
  time = 0;
  #timers: { at: number; call: () => void }[] = [];
  now = () => this.time;
  /** ms for which the machine has slept. */
  slept = 0;
  wall = () => this.time + this.slept;
  epoch = () => 1_764_000_000_000_000 + this.time * 1000;
  random = () => 0.5;
  after = (delay: number, call: () => void) => {
    const timer = { at: this.time + delay, call };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };
  get pending(): number {
    return this.#timers.length;
  }
  pass(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.time = Math.max(this.time, next.at);
      next.call();
    }
    this.time = end;
  }
}

/** Shows what it is told, in order. With `lazy` it parses only on `parse()`. */
export class FakeEmulator implements Emulator {
  shown = "";
  log: string[] = [];
  lazy = false;
  #waiting: (() => void)[] = [];
  write(data: Uint8Array, history: boolean, done: () => void): void {
    const content = text(data);
    this.shown += content;
    this.log.push(`${history ? "history" : "write"} ${content}`);
    if (this.lazy) this.#waiting.push(done);
    else done();
  }
  snapshot(data: Uint8Array, done: () => void): void {
    this.write(data, true, done);
  }
  reset(): void {
    this.shown = "";
    this.log.push("reset");
  }
  resize(cols: number, rows: number): void {
    this.log.push(`resize ${cols}x${rows}`);
  }
  parse(): void {
    for (const done of this.#waiting.splice(0)) done();
  }
}

/** One opened stream, from the engine's side. */
export class FakeStream {
  readonly request: StreamRequest;
  readonly sent: Message[] = [];
  closed = false;
  readonly #events: TransportEvents;
  constructor(request: StreamRequest, events: TransportEvents) {
    this.request = request;
    this.#events = events;
  }
  hello(sequence: number, model: Partial<Hello> = {}, timestamp = 0): void {
    this.say({
      op: "HELLO",
      sequence,
      timestamp,
      model: { id: "t1", cols: 80, rows: 24, clients: 1, offset: 0, writable: true, input: 0, state: "running", window: 524_288, ...model },
    });
  }
  output(sequence: number, content: string): void {
    this.say({ op: "OUTPUT", sequence, timestamp: 0, data: bytes(content) });
  }
  say(message: Message): void {
    this.#events.message(encode(message));
  }
  raw(data: Uint8Array): void {
    this.#events.message(data);
  }
  close(code: number, reason = ""): void {
    this.closed = true;
    this.#events.close(code, reason);
  }
  of(op: Message["op"]): Message[] {
    return this.sent.filter((message) => message.op === op);
  }
  get typed(): string {
    return this.of("INPUT").map((message) => text(dataOf(message))).join("");
  }
}

export class FakeConnector implements Connector {
  readonly kind: TransportKind;
  readonly streams: FakeStream[] = [];
  alive?: () => boolean;
  constructor(kind: TransportKind = "websocket") {
    this.kind = kind;
  }
  open(request: StreamRequest, events: TransportEvents) {
    const stream = new FakeStream(request, events);
    this.streams.push(stream);
    return {
      send: (data: Uint8Array) => void stream.sent.push(decode(data.slice())),
      close: () => void (stream.closed = true),
    };
  }
  get last(): FakeStream {
    return this.streams.at(-1)!;
  }
}

export function connected(options: Partial<ConnectionOptions> = {}) {
  const clock = new FakeClock();
  const emulator = new FakeEmulator();
  const webSocket = new FakeConnector();
  const events: string[] = [];
  const connection = new TerminalConnection({
    terminal: "t1",
    webSocket,
    comm: null,
    probe: () => Promise.resolve({ kind: "unreachable" }),
    emulator,
    clock,
    events: { changed: () => {}, event: ({ kind }) => void events.push(kind) },
    ...options,
  });
  connection.connect();
  return { clock, emulator, webSocket, connection, events };
}

/** Lets promises settle. */
export const settled = () => new Promise((resolve) => setTimeout(resolve));
