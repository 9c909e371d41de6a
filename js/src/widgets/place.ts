// A file that a terminal names, in an editor below it: an editor by its own bundle.
import { address, readPage, xsrf, type Server } from "../core/server.ts";
import type { AnyModel } from "./anywidget.ts";
import { bundleOf } from "./bundle.ts";

export interface FilePlace {
  path: string;
  line: number;
}

/** px that the text of such an editor has at most. */
const HEIGHT = 300;
/** ms for which it is believed that a file is there or is not. */
const BELIEVED = 30_000;

/** Shows it in `el`; calls `close` when its user wants it away. The result removes it. */
export function showPlace(real: AnyModel, { path, line }: FilePlace, el: HTMLElement, close: () => void): () => void {
  const traits: Record<string, unknown> = { path, line, close, height: HEIGHT, readonly: false, error: "", user: "", layout: null, focus: true };
  const inner: AnyModel = {
    get: (name) => (name in traits ? traits[name] : real.get(name)),
    set: () => {},
    save_changes: () => {},
    send: (content, callbacks, buffers) => real.send({ ...(content as object), editor: path }, callbacks, buffers),
    on: (event, handler) => event === "msg:custom" && real.on(event, handler),
    off: (event, handler) => event === "msg:custom" && real.off(event, handler),
  };
  const ended = new AbortController();
  void bundleOf(String(real.get("editor_bundle")), inner, readPage(), (from) => import(/* @vite-ignore */ from))
    .then(async (bundle) => {
      if (!ended.signal.aborted) await bundle.render({ model: inner, el, signal: ended.signal });
    })
    .catch((error: unknown) => (el.textContent = error instanceof Error ? error.message : String(error)));
  return () => ended.abort();
}

/** Tells whether there is a file of a path below the root: by the server, or by the kernel where that cannot be reached. */
export function fileFinder(server: Server | null, byKernel: (path: string) => Promise<boolean>, cookie: () => string, fetcher: typeof fetch = (...parts) => fetch(...parts)): (path: string) => Promise<boolean> {
  const known = new Map<string, { at: number; there: Promise<boolean> }>();
  const ask = async (path: string): Promise<boolean> => {
    if (server === null) return byKernel(path);
    const where = address(server.base, `api/contents/${path.split("/").map(encodeURIComponent).join("/")}`, server, { content: "0" });
    const response = await fetcher(where, { credentials: "same-origin", redirect: "manual", headers: xsrf(cookie()) });
    return response.ok && ((await response.json()) as { type?: unknown }).type === "file";
  };
  return (path) => {
    const before = known.get(path);
    if (before !== undefined && performance.now() - before.at < BELIEVED) return before.there;
    const there = ask(path).catch(() => false);
    known.set(path, { at: performance.now(), there });
    return there;
  };
}
