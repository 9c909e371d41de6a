// Where the page's Jupyter server is, as the page itself says.

/** The server's address. `base` and `socket` end with a slash; `token` is empty unless the page was given one. */
export interface Server {
  base: string;
  socket: string;
  token: string;
}

/** The parts of a page that say where its server is. */
export interface Page {
  /** Text of `#jupyter-config-data`: JupyterLab, Notebook 7. */
  config: string | null;
  /** `data-base-url` of the body: nbclassic. */
  bodyBase: string | null;
  /** Address of the page. */
  href: string;
  cookie: string;
}

export function readPage(): Page {
  return {
    config: document.getElementById("jupyter-config-data")?.textContent ?? null,
    bodyBase: document.body.dataset["baseUrl"] ?? null,
    href: location.href,
    cookie: document.cookie,
  };
}

/** The server that `page` belongs to, or `null` where it names none (VS Code, Colab, an exported page). */
export function findServer(page: Page): Server | null {
  let baseUrl = page.bodyBase;
  let wsUrl = "";
  let token = "";
  if (page.config !== null) {
    try {
      const config = JSON.parse(page.config) as Record<string, unknown>;
      if (typeof config["baseUrl"] === "string") baseUrl = config["baseUrl"];
      if (typeof config["wsUrl"] === "string") wsUrl = config["wsUrl"];
      if (typeof config["token"] === "string") token = config["token"];
    } catch {
      // A page whose configuration cannot be read is like a page without one.
    }
  }
  if (baseUrl === null) return null;
  const slashed = (url: string) => (url.endsWith("/") ? url : `${url}/`);
  const base = new URL(slashed(baseUrl), page.href);
  if (base.protocol !== "http:" && base.protocol !== "https:") return null;
  // Behind JupyterHub wsUrl is empty, and elsewhere it may lack the path.
  const socket = new URL(base);
  if (wsUrl !== "") {
    const named = new URL(wsUrl, page.href);
    socket.protocol = named.protocol;
    socket.host = named.host;
  }
  socket.protocol = socket.protocol.replace("http", "ws");
  return { base: base.href, socket: socket.href, token };
}

/** Address of `path` below `root`, with the query's parts that are there and the page's token. */
export function address(root: string, path: string, server: Server, query: Record<string, string | undefined> = {}): string {
  const url = new URL(path, root);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
  if (server.token !== "") url.searchParams.set("token", server.token);
  return url.href;
}

/** What Jupyter wants to see beside the cookie: the value of `_xsrf`. */
export function xsrf(cookie: string): Record<string, string> {
  const value = /(?:^|;\s*)_xsrf=([^;]*)/.exec(cookie)?.[1];
  return value === undefined ? {} : { "X-XSRFToken": decodeURIComponent(value) };
}
