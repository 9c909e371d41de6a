// The two ways to a document: the page's own WebSocket and REST, and the kernel's comm.
import type { CommChannel } from "./comm.ts";
import { address, xsrf, type Server } from "./server.ts";
import { ABNORMAL, type Transport, type TransportEvents, type TransportKind } from "./transport.ts";

/** What one needs to join a document. */
export interface Opened {
  path: string;
  /** The name of its history; the same path has another one when that is made anew. */
  room: string;
  /** Where its socket is, from the server's root. */
  wsUrl: string;
  /** Whose room it is: ours, or jupyter-collaboration's, which knows nothing of our calls. */
  provider: string;
  type: string;
  writable: boolean;
  /** The first characters of its text, to be shown until all has come; empty where they were not told. */
  head: string;
  /** How many lines the whole text has; 0 where that was not told. */
  lines: number;
}

/** What stands against it, or that nobody answers. */
export type Refusal =
  | { kind: "gone" | "refused" | "failed"; reason: string }
  /** The server answers, but does not know OrchFlow, or the file is none of its. */
  | { kind: "foreign" }
  | { kind: "unreachable" };

/** What was said of the file itself. */
export type Verdict = Exclude<Refusal, { kind: "unreachable" }>;

export interface DocumentsWay {
  readonly kind: TransportKind;
  /** Rejects with a `RefusedError`. Up to `head` characters of the text are wanted with it. */
  ask(path: string, head?: number): Promise<Opened>;
  /** Makes an empty file, where there is none. Rejects with the reason. */
  create(path: string): Promise<void>;
  join(opened: Opened, mode: "rw" | "ro", events: TransportEvents): Transport;
}

export class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.kind);
    this.refusal = refusal;
  }
}

/** `root` is that of the kernel's engine: a path means another file on a server that has another one. */
export function documentsByServer(server: Server, root: string, cookie: () => string, fetcher: typeof fetch = (...parts) => fetch(...parts)): DocumentsWay {
  const request = async (method: string, path: string, body?: unknown, query?: Record<string, string>): Promise<{ response: Response; said: Record<string, unknown> }> => {
    let response: Response;
    try {
      response = await fetcher(address(server.base, path, server, query), {
        method,
        credentials: "same-origin",
        // A sign-in page is not an answer.
        redirect: "manual",
        cache: "no-store",
        headers: { ...xsrf(cookie()), ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch {
      throw new RefusedError({ kind: "unreachable" });
    }
    return { response, said: ((await response.json().catch(() => null)) ?? {}) as Record<string, unknown> };
  };
  let ours: Promise<boolean> | null = null;
  const isOurs = () =>
    (ours ??= request("GET", "orchflow/api/status").then(
      ({ response, said }) => {
        if (!response.ok) ours = null;
        return !response.ok || said["root"] === root;
      },
      (error: unknown) => {
        ours = null;
        throw error;
      },
    ));

  return {
    kind: "websocket",
    async ask(path, head = 0) {
      // The request is on its way before the editor is made.
      if (root !== "" && !(await isOurs())) throw new RefusedError({ kind: "foreign" });
      const { response, said } = await request("POST", "orchflow/api/documents", { path }, head > 0 ? { head: String(head) } : {});
      if (response.ok && typeof said["room"] === "string") return openedOf(said);
      throw new RefusedError(refusalOf(response, said));
    },
    async create(path) {
      // Jupyter's own way to a new file, which replaces one that is there.
      const file = `api/contents/${path.split("/").map(encodeURIComponent).join("/")}`;
      const { response: before } = await request("GET", file, undefined, { content: "0" });
      if (before.ok) return;
      const { response, said } = await request("PUT", file, { type: "file", format: "text", content: "" });
      if (!response.ok) throw new Error(text(said, "message", `The server answers ${response.status}.`));
    },
    join(opened, mode, events) {
      const url = new URL(opened.wsUrl, server.socket);
      if (opened.provider === "orchflow") url.searchParams.set("mode", mode);
      if (server.token !== "") url.searchParams.set("token", server.token);
      const socket = new WebSocket(url);
      socket.binaryType = "arraybuffer";
      socket.onopen = () => events.opened?.();
      socket.onmessage = ({ data }) => {
        if (data instanceof ArrayBuffer) events.message(new Uint8Array(data));
      };
      socket.onclose = ({ code, reason }) => events.close(code || ABNORMAL, reason);
      return {
        send: (bytes) => {
          if (socket.readyState === WebSocket.OPEN) socket.send(bytes);
        },
        close: () => {
          socket.onopen = socket.onmessage = socket.onclose = null;
          socket.close();
        },
      };
    },
  };
}

/** The kernel knows what its widget edits, and is told only which room of that file's. */
export function documentsByComm(channel: Pick<CommChannel, "stream" | "call">): DocumentsWay {
  return {
    kind: "comm",
    async ask(path) {
      let said: unknown;
      try {
        said = await channel.call("open", { path });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new RefusedError(reason === "The kernel does not answer." ? { kind: "unreachable" } : { kind: "failed", reason });
      }
      return openedOf(said as Record<string, unknown>);
    },
    async create(path) {
      await channel.call("open", { path, new: true });
    },
    join: ({ room }, mode, events) => channel.stream({ room, mode }, events),
  };
}

const text = (said: Record<string, unknown>, name: string, otherwise = "") => (typeof said[name] === "string" && said[name] !== "" ? said[name] : otherwise);

function openedOf(said: Record<string, unknown>): Opened {
  return {
    path: text(said, "path"),
    room: text(said, "room"),
    wsUrl: text(said, "ws_url"),
    provider: text(said, "provider", "orchflow"),
    type: text(said, "type", "file"),
    writable: said["writable"] !== false,
    head: text(said, "head"),
    lines: typeof said["lines"] === "number" ? said["lines"] : 0,
  };
}

function refusalOf(response: Response, said: Record<string, unknown>): Refusal {
  const message = typeof said["message"] === "string" && said["message"] !== "" ? said["message"] : null;
  const known = typeof said["reason"] === "string";
  if (response.type === "opaqueredirect" || response.status === 401)
    return { kind: "refused", reason: message ?? "You are not signed in to this server any more. Reload the page to sign in." };
  if (response.status === 403) return { kind: "refused", reason: message ?? "You are not allowed to open this file." };
  // Only OrchFlow's routes give a reason with a 404.
  if (response.status === 404) return known ? { kind: "gone", reason: message ?? "" } : { kind: "foreign" };
  if (response.status === 503 || (response.status >= 500 && !known)) return { kind: "unreachable" };
  return { kind: "failed", reason: message ?? `The server answers ${response.status}.` };
}
