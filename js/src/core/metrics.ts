// The engine's figures: what they are, and where a page gets them: from its server, or through the kernel.
import type { CommChannel } from "./comm.ts";
import { address, xsrf, type Server } from "./server.ts";

/** Counts of times in fixed buckets, and some of their quantiles in seconds (docs/metrics.md). */
export interface Summary {
  count: number;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}
export interface Histogram extends Summary {
  sum: number;
  buckets: number[];
}
export interface TerminalFigures {
  id: string;
  name: string;
  state: "running" | "exited";
  inputs: number;
  bytes_in: number;
  bytes_out: number;
  clients: number;
  gaps: number;
  echo: Summary;
  /** Of its programs: seconds of a processor and bytes; null where they have ended. */
  cpu: number | null;
  resident: number | null;
}
/** Totals since the engine's start; times in seconds, sizes in bytes. */
export interface Figures {
  boot: string;
  root: string;
  uptime: number;
  operations: number;
  bytes_in: number;
  bytes_out: number;
  bounds: number[];
  echo: Histogram;
  output: Histogram;
  calls: Record<string, Histogram>;
  errors: Record<string, number>;
  open: number;
  connections: { opened: number; dropped: number };
  terminals: { running: number; exited: number };
  memory: { private: number | null; resident: number | null };
  cpu: { user: number; system: number };
  each: TerminalFigures[];
}

/** Refused, in the server's own words; asking again is of no use. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}

const PATH = "orchflow/api/metrics";
const SIGNED_OUT = "You are not signed in to this server any more. Reload the page to sign in.";

export interface MetricsOptions {
  server: Server | null;
  channel: Pick<CommChannel, "call">;
  /** The root of the kernel's engine; a server with another one has another engine. Empty where it is not known. */
  root: string;
  cookie(): string;
  fetcher?: typeof fetch;
}

export class MetricsSource {
  via: "server" | "kernel";
  readonly #options: MetricsOptions;
  #answered = false;

  constructor(options: MetricsOptions) {
    this.#options = options;
    this.via = options.server === null ? "kernel" : "server";
  }

  /** The figures of now. Rejects with words for people, and with a `RefusedError` where nothing else is to be expected. */
  async read(): Promise<Figures> {
    if (this.via === "server" && this.#options.server !== null) {
      const told = await this.#ask(this.#options.server);
      if (told !== null) return told;
      this.via = "kernel";
    }
    try {
      return (await this.#options.channel.call("metrics", {})) as Figures;
    } catch (error) {
      // Next time whoever answers first.
      if (this.#options.server !== null) this.via = "server";
      throw error;
    }
  }

  /** The server's answer; null where the kernel is to be asked instead. */
  async #ask(server: Server): Promise<Figures | null> {
    const { cookie, root, fetcher = (...parts: Parameters<typeof fetch>) => fetch(...parts) } = this.#options;
    let response: Response;
    try {
      response = await fetcher(address(server.base, PATH, server), {
        credentials: "same-origin",
        // A sign-in page is not an answer.
        redirect: "manual",
        cache: "no-store",
        headers: xsrf(cookie()),
      });
    } catch {
      if (this.#answered) throw new Error("The server does not answer.");
      return null;
    }
    const body = (await response.json().catch(() => null)) as (Partial<Figures> & { message?: unknown }) | null;
    if (response.ok) {
      if (!Array.isArray(body?.bounds) || (root !== "" && body.root !== root)) return null;
      this.#answered = true;
      return body as Figures;
    }
    if (response.status === 404) return null;
    const message = typeof body?.message === "string" && body.message !== "" ? body.message : null;
    if (response.type === "opaqueredirect" || response.status === 401 || response.status === 403) throw new RefusedError(message ?? SIGNED_OUT);
    throw new Error(message ?? `The server answers ${response.status}.`);
  }
}
