// The REST calls that a view makes, and what the answers mean.
import type { Verdict } from "./route.ts";
import { address, xsrf, type Server } from "./server.ts";

export interface Rest {
  probe(terminal: string): Promise<Verdict>;
  /** Creates a terminal and returns its id, or that of the running one that has the name already. Rejects with the server's own words. */
  create(params: Record<string, unknown>): Promise<string>;
  /** Whether a terminal's program reads line by line just now. */
  canonical(terminal: string): Promise<boolean>;
  /** Ends a terminal; one that is gone already is as good. */
  delete(terminal: string): Promise<void>;
}

/** A refusal in the server's own words. `status` is 0 where there is no server. */
export class RestError extends Error {
  override readonly name = "RestError";
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const ROUTE = "orchflow/api/terminals";

export function restOf(server: Server, cookie: () => string, fetcher: typeof fetch = (...parts) => fetch(...parts)): Rest {
  const request = (method: string, path: string, body?: unknown) =>
    fetcher(address(server.base, path, server), {
      method,
      credentials: "same-origin",
      // A sign-in page is not an answer.
      redirect: "manual",
      cache: "no-store",
      headers: { ...xsrf(cookie()), ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const running = async (name: unknown): Promise<string | undefined> => {
    const response = await request("GET", ROUTE);
    const all = response.ok ? ((await response.json()) as { id: string; name: string; state: string }[]) : [];
    return all.find((terminal) => terminal.name === name && terminal.state === "running")?.id;
  };
  const one = (terminal: string) => `${ROUTE}/${encodeURIComponent(terminal)}`;

  return {
    async probe(terminal) {
      let response: Response;
      try {
        response = await request("GET", one(terminal));
      } catch {
        return { kind: "unreachable" };
      }
      const said = await words(response);
      if (response.ok) return said.json ? { kind: "there" } : { kind: "foreign" };
      if (response.type === "opaqueredirect" || response.status === 401)
        return { kind: "refused", reason: said.message ?? "You are not signed in to this server any more. Reload the page to sign in." };
      if (response.status === 403)
        return { kind: "refused", reason: said.message ?? "You are not allowed to use this terminal." };
      if (response.status === 404) return { kind: said.reason === "not_found" ? "gone" : "foreign" };
      return response.status >= 500 ? { kind: "unreachable" } : { kind: "there" };
    },
    async create(params) {
      const response = await request("POST", ROUTE, params);
      const namesake = response.status === 409 ? await running(params["name"]) : undefined;
      if (namesake !== undefined) return namesake;
      if (!response.ok) throw await failure(response);
      return ((await response.json()) as { id: string }).id;
    },
    async canonical(terminal) {
      const response = await request("GET", one(terminal));
      if (!response.ok) throw await failure(response);
      return ((await response.json()) as { canonical?: boolean }).canonical === true;
    },
    async delete(terminal) {
      const response = await request("DELETE", one(terminal));
      if (!response.ok && response.status !== 404) throw await failure(response);
    },
  };
}

async function failure(response: Response): Promise<RestError> {
  const { message } = await words(response);
  return new RestError(response.status, message ?? `The server answers ${response.status}.`);
}

/** The server's words, where it speaks JSON. Only OrchFlow's routes give a `reason` with a 404. */
async function words(response: Response): Promise<{ json: boolean; message: string | null; reason: string | null }> {
  try {
    const body = (await response.clone().json()) as Record<string, unknown>;
    const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);
    return { json: true, message: text(body["message"]), reason: text(body["reason"]) };
  } catch {
    return { json: false, message: null, reason: null };
  }
}
