// The terminal of what reruns, within the widget of file events: a view by the terminal's own bundle.
import { readPage } from "../core/server.ts";
import type { AnyModel } from "./anywidget.ts";
import { bundleOf } from "./bundle.ts";

/** Lines of text that are seen of it. */
const ROWS = 12;

/** A model as the widget "Terminal" has one, whose messages go by the real one and say which terminal they mean. */
export function terminalModel(model: AnyModel, terminal: () => string): AnyModel & { changed(): void } {
  const listeners = new Set<() => void>();
  const traits: Record<string, () => unknown> = {
    terminal,
    name: () => "output",
    rows: () => ROWS,
    theme: () => model.get("theme"),
    marks: () => false,
    root: () => model.get("root"),
    editor_bundle: () => model.get("editor_bundle"),
    layout: () => null,
  };
  return {
    get: (name) => traits[name]?.(),
    // Nothing of it is anybody's to change.
    set: () => {},
    save_changes: () => {},
    send: (content, callbacks, buffers) => model.send({ ...(content as object), terminal: terminal() }, callbacks, buffers),
    on: (event, handler) => {
      if (event === "msg:custom") model.on(event, handler);
      else if (event === "change:terminal") listeners.add(handler as () => void);
    },
    off: (event, handler) => {
      if (event === "msg:custom") model.off(event, handler);
      else listeners.delete(handler as () => void);
    },
    changed: () => {
      for (const listener of listeners) listener();
    },
  };
}

/** Shows it in `el`. The result removes it. */
export function showTerminal(real: AnyModel, inner: AnyModel, el: HTMLElement): () => void {
  const ended = new AbortController();
  void bundleOf(String(real.get("terminal_bundle")), inner, readPage(), (from) => import(/* @vite-ignore */ from))
    .then(async (bundle) => {
      if (!ended.signal.aborted) await bundle.render({ model: inner, el, signal: ended.signal });
    })
    .catch((error: unknown) => (el.textContent = error instanceof Error ? error.message : String(error)));
  return () => ended.abort();
}
