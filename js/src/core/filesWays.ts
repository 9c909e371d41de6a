// The two ways on which file events come: the page's own WebSocket, and the kernel's comm.
import { FILES_SUBPROTOCOL } from "../protocol/files.ts";
import type { CommChannel } from "./comm.ts";
import type { Verdict } from "./route.ts";
import { address, xsrf, type Server } from "./server.ts";
import { ABNORMAL, type TransportKind } from "./transport.ts";

/** What is to be watched. Paths are relative to the server's root. */
export interface FilesRequest {
  path: string;
  recursive: boolean;
  ignore: readonly string[];
  /** The clock up to which changes are known already. */
  since?: string;
}

/** Who listens. `close` comes once, and nothing after it. */
export interface FilesListener {
  message(text: string): void;
  close(code: number, reason: string): void;
}

export interface FilesStream {
  send(text: string): void;
  /** Ends it from here; no event follows. */
  close(): void;
}

export interface FilesWay {
  readonly kind: TransportKind;
  open(request: FilesRequest, listener: FilesListener): FilesStream;
}

export function filesByWebSocket(server: Server): FilesWay {
  return {
    kind: "websocket",
    open({ path, recursive, ignore, since }, listener) {
      const url = new URL(address(server.socket, "orchflow/ws/files", server, { path, recursive: recursive ? "1" : "0", since }));
      for (const glob of ignore) url.searchParams.append("ignore", glob);
      const socket = new WebSocket(url, FILES_SUBPROTOCOL);
      socket.onmessage = ({ data }) => {
        if (typeof data === "string") listener.message(data);
      };
      socket.onclose = ({ code, reason }) => listener.close(code || ABNORMAL, reason);
      return {
        send: (text) => {
          if (socket.readyState === WebSocket.OPEN) socket.send(text);
        },
        close: () => {
          socket.onmessage = socket.onclose = null;
          socket.close();
        },
      };
    },
  };
}

/** The kernel knows what its widget watches, and is told only which of its paths, and from where on. */
export function filesByComm(channel: Pick<CommChannel, "stream">): FilesWay {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  return {
    kind: "comm",
    open({ path, since }, listener) {
      const stream = channel.stream({ path, ...(since === undefined ? {} : { since }) }, {
        message: (bytes) => listener.message(decoder.decode(bytes)),
        close: (code, reason) => listener.close(code, reason),
      });
      return { send: (text) => stream.send(encoder.encode(text)), close: () => stream.close() };
    },
  };
}

/** Asks the server whether it can be used at all; `root` is that of the kernel's engine, another one is another's. */
export async function probeFiles(server: Server, root: string, cookie: () => string, fetcher: typeof fetch = (...parts) => fetch(...parts)): Promise<Verdict> {
  let response: Response;
  try {
    response = await fetcher(address(server.base, "orchflow/api/status", server), {
      credentials: "same-origin",
      // A sign-in page is not an answer.
      redirect: "manual",
      cache: "no-store",
      headers: xsrf(cookie()),
    });
  } catch {
    return { kind: "unreachable" };
  }
  const body = (await response.json().catch(() => null)) as { root?: unknown; message?: unknown } | null;
  if (response.ok) return typeof body?.root === "string" && (root === "" || body.root === root) ? { kind: "there" } : { kind: "foreign" };
  const said = typeof body?.message === "string" && body.message !== "" ? body.message : null;
  if (response.type === "opaqueredirect" || response.status === 401)
    return { kind: "refused", reason: said ?? "You are not signed in to this server any more. Reload the page to sign in." };
  if (response.status === 403) return { kind: "refused", reason: said ?? "You are not allowed to watch files here." };
  if (response.status === 404) return { kind: "foreign" };
  return response.status >= 500 ? { kind: "unreachable" } : { kind: "there" };
}
