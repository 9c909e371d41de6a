// One view's stream of file events over all reconnects: it goes on from the clock that it has, and says where something may be missing.
import { decodeFiles, FilesProtocolError, PING, PONG, type FilesBatch, type FilesHello, type FilesMessage, type FilesResync } from "../protocol/files.ts";
import { clock as systemClock, type Clock } from "./clock.ts";
import { closing } from "./closing.ts";
import type { FilesRequest, FilesStream, FilesWay } from "./filesWays.ts";
import { Pulse } from "./pulse.ts";
import { Retry } from "./retry.ts";
import { Route, type RouteOptions } from "./route.ts";
import { ABNORMAL, type TransportKind } from "./transport.ts";

export type FilesPhase =
  | "connecting"
  | "live"
  /** Lost; it goes on by itself. */
  | "reconnecting"
  /** There is nothing of that name to watch. */
  | "gone"
  | "refused"
  /** Ended for good by an error; `reason` says which. */
  | "failed";

export interface FilesEvents {
  /** Anything that is shown has changed: read the client's fields. */
  changed(): void;
  batch(batch: FilesBatch): void;
  resync(resync: FilesResync): void;
}

export interface FilesOptions extends RouteOptions<FilesWay>, Omit<FilesRequest, "since"> {
  events: FilesEvents;
  clock?: Clock;
}

/** ms that a stream may take from its opening to HELLO; a big tree takes its time to be watched. */
export const HELLO_WITHIN = 30_000;
/** ms between two signs of life where a kernel waits for them; hidden pages have timers of a minute. */
const SIGN_EVERY = 60_000;
const NO_ANSWER = "The server does not answer.";

export class FilesClient {
  readonly #options: FilesOptions;
  readonly #clock: Clock;
  #route: Route<FilesWay>;
  readonly #retry: Retry;
  readonly #pulse: Pulse;
  #stream: FilesStream | null = null;
  #hello: FilesHello | null = null;
  #greeted = false;
  #phase: FilesPhase = "connecting";
  #reason = "";
  #since: string | undefined;
  #sequence = 0;
  #closed = false;
  #cancelSilence = () => {};
  #cancelSign = () => {};

  constructor(options: FilesOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#route = new Route<FilesWay>(options);
    this.#retry = new Retry(this.#clock, () => this.connect());
    this.#pulse = new Pulse(this.#clock, {
      ping: (sequence) => {
        this.#sequence = sequence;
        this.#stream?.send(PING);
      },
      measured: () => this.#changed(),
      silent: () => this.#cut(NO_ANSWER),
    });
  }

  get path(): string {
    return this.#options.path;
  }
  get phase(): FilesPhase {
    return this.#phase;
  }
  get kind(): TransportKind | null {
    return this.#route.current?.kind ?? null;
  }
  /** What the engine said at the last beginning. */
  get hello(): FilesHello | null {
    return this.#hello;
  }
  /** Why it is refused or failed, in words. */
  get reason(): string {
    return this.#reason;
  }
  /** When the next attempt is due, by the clock's `now()`. */
  get retryAt(): number | null {
    return this.#retry.at;
  }
  /** ms from ping to pong; null while none is known. */
  get roundTrip(): number | null {
    return this.#phase === "live" ? this.#pulse.roundTrip : null;
  }
  /** The clock up to which everything was told. */
  get since(): string | undefined {
    return this.#since;
  }

  /** Connects, by the kernel where the page's server is another's. */
  async start(): Promise<void> {
    const { webSocket, comm, probe, path } = this.#options;
    if (webSocket !== null && comm !== null && (await probe(path)).kind === "foreign") this.#route = new Route({ webSocket: null, comm, probe });
    this.connect();
  }

  connect(): void {
    if (this.#closed || this.#stream !== null) return;
    this.#retry.cancel();
    const way = this.#route.current;
    if (way === null) return this.#end("failed", "This page names no Jupyter server, and no kernel answers. Run the cell again.");
    const { path, recursive, ignore } = this.#options;
    const since = this.#since;
    const stream = way.open(
      { path, recursive, ignore, ...(since === undefined ? {} : { since }) },
      {
        message: (text) => this.#stream === stream && this.#receive(text),
        close: (code, reason) => this.#stream === stream && this.#lost(code, reason),
      },
    );
    this.#stream = stream;
    this.#cancelSilence = this.#clock.after(HELLO_WITHIN, () => this.#cut(NO_ANSWER));
    this.#changed();
  }

  /** Tries at once, where it is waiting for its turn or was refused. */
  retryNow(): void {
    if (this.#closed || this.#stream !== null) return;
    if (this.#phase !== "connecting") this.#phase = "reconnecting";
    this.#retry.reset();
    this.connect();
  }

  /** Whether anybody looks. Only then is the round trip measured; becoming visible tries at once. */
  setVisible(visible: boolean): void {
    this.#pulse.setVisible(visible);
    if (visible && this.#phase === "reconnecting") this.retryNow();
  }

  close(): void {
    this.#closed = true;
    this.#drop();
    this.#retry.cancel();
  }

  #receive(text: string): void {
    let message: FilesMessage | null;
    try {
      message = decodeFiles(text);
    } catch (error) {
      if (!(error instanceof FilesProtocolError)) throw error;
      return this.#cut(error.message);
    }
    switch (message?.type) {
      case "hello":
        return this.#greet(message);
      case "batch":
        this.#since = message.clock;
        return this.#options.events.batch(message);
      case "resync":
        this.#since = message.clock;
        return this.#options.events.resync(message);
      case "ping":
        return this.#stream?.send(PONG);
      case "pong":
        return this.#pulse.pong(this.#sequence);
    }
  }

  #greet(hello: FilesHello): void {
    this.#hello = hello;
    this.#greeted = true;
    // A clock that we named counts on: what lies between the two is still to come.
    this.#since ??= hello.clock;
    this.#cancelSilence();
    this.#route.opened();
    this.#retry.connected();
    this.#phase = "live";
    this.#reason = "";
    this.#pulse.start();
    if (this.kind === "comm") this.#sign();
    this.#changed();
  }

  /** The pulse stands still while nobody looks, and a page that is gone says no word either. */
  #sign(): void {
    this.#cancelSign();
    this.#cancelSign = this.#clock.after(SIGN_EVERY, () => {
      this.#stream?.send(PING);
      this.#sign();
    });
  }

  #cut(reason: string): void {
    this.#lost(ABNORMAL, reason);
  }

  #drop(): void {
    this.#stream?.close();
    this.#stream = null;
    this.#greeted = false;
    this.#cancelSilence();
    this.#cancelSign();
    this.#pulse.stop();
  }

  #lost(code: number, reason: string): void {
    const greeted = this.#greeted;
    this.#drop();
    const outcome = closing(code, reason);
    if (outcome.phase === "reconnecting") {
      if (greeted) this.#later();
      else if (this.#route.asking) this.#end("gone", "");
      else void this.#diagnose();
    } else if (outcome.phase === "gone" && this.#route.elsewhere()) {
      this.connect();
    } else if (outcome.phase === "taken") {
      this.#end("failed", outcome.reason);
    } else {
      this.#end(outcome.phase, outcome.phase === "refused" && reason === "" ? "You are not allowed to watch files here." : outcome.reason);
    }
  }

  /** It never opened, and a browser does not say why: ask. */
  async #diagnose(): Promise<void> {
    const verdict = await this.#route.failed(this.#options.path);
    if (this.#closed || this.#stream !== null) return;
    if (verdict.kind === "refused") this.#end("refused", verdict.reason);
    else if (verdict.kind === "foreign")
      this.#end("failed", "This server does not run OrchFlow. Enable its extension orchflow_jupyter and restart it.");
    else this.#later();
  }

  #later(): void {
    if (this.#hello !== null) this.#phase = "reconnecting";
    this.#retry.later();
    this.#changed();
  }

  #end(phase: FilesPhase, reason: string): void {
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
