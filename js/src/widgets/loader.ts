// The few KB that travel with each widget: fetches the bundle once per page and hands the widget over to it.
import { commChannel, type CommModel } from "../core/comm.ts";
import { address, findServer, readPage } from "../core/server.ts";
import type { AnyModel, Bundle, RenderContext } from "./anywidget.ts";

const pageWide = globalThis as unknown as Record<symbol, Promise<Bundle> | undefined>;

/** The bundle `name`, from the server or else from the kernel; one for the whole page. */
function bundleOf(name: string, model: AnyModel): Promise<Bundle> {
  const key = Symbol.for(`orchflow.bundle:${name}`);
  return (pageWide[key] ??= load(name, model).catch((error: unknown) => {
    // The next view may have better luck.
    pageWide[key] = undefined;
    throw error;
  }));
}

async function load(name: string, model: AnyModel): Promise<Bundle> {
  const server = findServer(readPage());
  if (server !== null) {
    try {
      return (await import(/* @vite-ignore */ address(server.base, `orchflow/static/${name}`, { ...server, token: "" }))) as Bundle;
    } catch {
      // Not this server's doing, or not within its reach: the kernel has the same bytes.
    }
  }
  const channel = commChannel(model as unknown as CommModel);
  try {
    const blob = URL.createObjectURL(new Blob([await channel.bundle()], { type: "text/javascript" }));
    return (await import(/* @vite-ignore */ blob)) as Bundle;
  } finally {
    channel.dispose();
  }
}

/** Says in the cell what went wrong and what to do. */
function explain(el: HTMLElement, error: unknown, again: () => void): void {
  const box = document.createElement("div");
  box.setAttribute("role", "alert");
  box.style.cssText =
    "display:flex;gap:10px;align-items:center;padding:4px 10px;font:12px/1.4 var(--jp-ui-font-family,system-ui,sans-serif);" +
    "color:var(--jp-ui-font-color0,inherit);border:1px solid var(--jp-border-color2,#8886);border-radius:6px";
  const text = document.createElement("span");
  text.style.flex = "1";
  text.textContent =
    "The terminal could not be loaded: neither the Jupyter server nor the kernel gave its program. " +
    `Run the cell again; if that does not help, check that the server has the extension orchflow_jupyter. (${error instanceof Error ? error.message : String(error)})`;
  const button = document.createElement("button");
  button.textContent = "Try again";
  button.onclick = again;
  box.append(text, button);
  el.replaceChildren(box);
}

async function render(context: RenderContext): Promise<() => void> {
  const { model, el, signal } = context;
  let cleanup = () => {};
  const start = async () => {
    try {
      const bundle = await bundleOf(String(model.get("bundle")), model);
      if (signal?.aborted) return;
      el.replaceChildren();
      cleanup = await bundle.render(context);
    } catch (error) {
      if (!signal?.aborted) explain(el, error, () => void start());
    }
  };
  await start();
  return () => cleanup();
}

export default { render };
