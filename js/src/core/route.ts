// Which transport to take: the WebSocket where it works, the kernel's comm where it cannot, and what a failure means.
import type { Connector } from "./transport.ts";

/** What the server says about a terminal, or whatever else is streamed, when asked over HTTP. */
export type Verdict =
  | { kind: "there" }
  | { kind: "gone" }
  | { kind: "refused"; reason: string }
  /** The server answers, but does not know OrchFlow. */
  | { kind: "foreign" }
  | { kind: "unreachable" }
  /** The kernel that had it has gone, and the server does not know OrchFlow, or cannot be reached by WebSockets. */
  | { kind: "orphaned" };

export interface RouteOptions<Way = Connector> {
  webSocket: Way | null;
  comm: Way | null;
  /** Asks the server, since a browser does not say why a WebSocket was refused. */
  probe(terminal: string): Promise<Verdict>;
}

/** WebSockets that never opened, one after another, before the comm is taken though the server answers. */
const FAILURES = 2;
/** The same where the server does not answer at all and never has: longer, since it may be starting. */
const SILENCES = 3;

export class Route<Way = Connector> {
  readonly #options: RouteOptions<Way>;
  #current: Way | null;
  #failures = 0;
  #silences = 0;
  #worked = false;
  #commAsked = false;

  constructor(options: RouteOptions<Way>) {
    this.#options = options;
    this.#current = options.webSocket ?? options.comm;
  }

  get current(): Way | null {
    return this.#current;
  }

  /** A stream came to life. */
  opened(): void {
    this.#failures = this.#silences = 0;
    this.#commAsked = false;
    this.#worked ||= this.#current === this.#options.webSocket;
  }

  /** No such terminal, says the current transport. True if another is worth asking: a kernel may have an engine of its own. */
  elsewhere(): boolean {
    const { webSocket, comm } = this.#options;
    if (this.#current !== webSocket || comm === null || this.#commAsked) return false;
    this.#commAsked = true;
    this.#current = comm;
    return true;
  }

  /** A verdict stands, whoever was asked: a next time begins with the WebSocket again. */
  home(): void {
    this.#current = this.#options.webSocket ?? this.#options.comm;
    this.#commAsked = false;
  }

  /** True while the comm is asked only because the WebSocket found no terminal. */
  get asking(): boolean {
    return this.#commAsked && this.#current === this.#options.comm;
  }

  /** Whether the kernel has gone for good: there is no use in waiting for it. */
  get #deserted(): boolean {
    return (this.#options.comm as Pick<Connector, "alive"> | null)?.alive?.() === false;
  }

  /** The stream never opened. Says what is to be done: try again (perhaps by the other transport), or believe a verdict. */
  async failed(terminal: string): Promise<Verdict> {
    const { webSocket, comm, probe } = this.#options;
    if (this.#current !== webSocket) {
      this.#current = webSocket ?? comm;
      if (!this.#deserted) return { kind: "unreachable" };
      if (webSocket === null) return { kind: "orphaned" };
    }
    const verdict = await probe(terminal);
    if (verdict.kind === "there") this.#failures++;
    if (verdict.kind === "unreachable" && !this.#worked) this.#silences++;
    const useless = verdict.kind === "foreign" || this.#failures >= FAILURES || this.#silences >= SILENCES;
    if (useless && comm !== null) {
      this.#failures = this.#silences = 0;
      if (this.#deserted) return verdict.kind === "unreachable" ? verdict : { kind: "orphaned" };
      this.#current = comm;
      return { kind: "there" };
    }
    return verdict;
  }
}
