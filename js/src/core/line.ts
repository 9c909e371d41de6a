// The line to the engine, one stream after another: messages in and out, and the signs that a stream is dead.
import { decode, encode, ProtocolError, type Hello, type Message } from "../protocol/terminal.ts";
import type { Clock } from "./clock.ts";
import { Pulse } from "./pulse.ts";
import { ABNORMAL, type Connector, type StreamRequest, type Transport } from "./transport.ts";

/** ms that a stream may take from its opening to HELLO; a server that is stuck accepts connections and says nothing. */
export const HELLO_WITHIN = 10_000;

const NO_ANSWER = "The server does not answer.";

export interface LineEvents {
  hello(sequence: number, hello: Hello): void;
  /** Any message after HELLO but PONG. */
  message(message: Message): void;
  /** There is a new round trip. */
  measured(): void;
  /** The stream is over, and was not ended from here. `greeted` says whether HELLO had come. */
  lost(code: number, reason: string, greeted: boolean): void;
}

type Unsent = Message extends infer Each ? (Each extends Message ? Omit<Each, "timestamp"> : never) : never;

/** At most one stream at a time. Nothing is heard of a stream once it is over. */
export class Line {
  readonly #clock: Clock;
  readonly #events: LineEvents;
  readonly #pulse: Pulse;
  #transport: Transport | null = null;
  #greeted = false;
  #cancelSilence = () => {};

  constructor(clock: Clock, events: LineEvents) {
    this.#clock = clock;
    this.#events = events;
    this.#pulse = new Pulse(clock, {
      ping: (sequence) => this.send({ op: "PING", sequence, data: new Uint8Array(0) }),
      measured: () => events.measured(),
      silent: () => this.cut(NO_ANSWER),
    });
  }

  /** Whether there is a stream, be it greeted or not. */
  get taken(): boolean {
    return this.#transport !== null;
  }
  /** Whether messages can be sent. */
  get greeted(): boolean {
    return this.#greeted;
  }
  get roundTrip(): number | null {
    return this.#pulse.roundTrip;
  }

  open(connector: Connector, request: StreamRequest): void {
    const transport = connector.open(request, {
      message: (bytes) => this.#transport === transport && this.#receive(bytes),
      close: (code, reason) => this.#transport === transport && this.#lost(code, reason),
    });
    this.#transport = transport;
    this.#cancelSilence = this.#clock.after(HELLO_WITHIN, () => this.cut(NO_ANSWER));
  }

  /** Sends `message`, stamped with the time; before HELLO nothing is sent. */
  send(message: Unsent): void {
    if (this.#greeted) this.#transport?.send(encode({ ...message, timestamp: this.#clock.epoch() }));
  }

  /** Gives up a stream that has gone wrong, which is the same as losing it. */
  cut(reason: string): void {
    this.#lost(ABNORMAL, reason);
  }

  /** Ends the stream from here; no event follows. */
  close(): void {
    this.#transport?.close();
    this.#transport = null;
    this.#greeted = false;
    this.#cancelSilence();
    this.#pulse.stop();
  }

  setVisible(visible: boolean): void {
    this.#pulse.setVisible(visible);
  }

  #receive(bytes: Uint8Array): void {
    let message: Message;
    try {
      message = decode(bytes);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.cut(error.message);
      return;
    }
    if (message.op !== "HELLO") {
      if (!this.#greeted) return;
      if (message.op === "PONG") this.#pulse.pong(message.sequence);
      else this.#events.message(message);
      return;
    }
    this.#greeted = true;
    this.#cancelSilence();
    this.#pulse.start();
    this.#events.hello(message.sequence, { ...(message.model as unknown as Hello), ahead: message.timestamp - this.#clock.epoch() });
  }

  #lost(code: number, reason: string): void {
    const greeted = this.#greeted;
    this.close();
    this.#events.lost(code, reason, greeted);
  }
}
