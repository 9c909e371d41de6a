// The few KB that travel with each widget: fetches the bundle and hands the widget over to it, or says why not.
import { readPage } from "../core/server.ts";
import type { RenderContext } from "./anywidget.ts";
import { bundleOf } from "./bundle.ts";

const FRAME =
  "display:flex;flex-wrap:wrap;gap:4px 8px;align-items:center;box-sizing:border-box;padding:5px 8px 5px 10px;border-radius:6px;" +
  "font:12px/1.4 var(--jp-ui-font-family,system-ui,sans-serif);color:var(--jp-ui-font-color0,inherit);" +
  "background:var(--jp-layout-color2,transparent);border:1px solid var(--jp-border-color2,#8886);" +
  "box-shadow:inset 2px 0 var(--jp-error-color1,#cf222e)";
const BUTTON =
  "font:11px/18px var(--jp-ui-font-family,system-ui,sans-serif);padding:0 8px;border-radius:4px;cursor:pointer;white-space:nowrap;" +
  "color:inherit;background:var(--jp-layout-color0,transparent);border:1px solid var(--jp-border-color2,#8886)";
const CAUSE = "flex-basis:100%;color:var(--jp-ui-font-color2,inherit);overflow-wrap:anywhere";

/** Says in the cell what went wrong and what to do; without the bundle there are no style sheets. */
function explain(el: HTMLElement, error: unknown, again: () => void): void {
  const part = <Name extends "div" | "span" | "button">(name: Name, style: string, text = "") => {
    const element = document.createElement(name);
    element.style.cssText = style;
    element.textContent = text;
    return element;
  };
  const box = part("div", FRAME);
  box.setAttribute("role", "alert");
  const text = part("span", "flex:1;min-width:240px", "This widget could not be loaded: neither the Jupyter server nor the kernel has its program. Run the cell again.");
  const button = part("button", BUTTON, "Try again");
  button.type = "button";
  button.onclick = again;
  const reason = error instanceof Error ? error.message : String(error);
  const cause = part("span", CAUSE, `If that does not help, check that the server has the extension orchflow_jupyter. (${reason})`);
  box.append(text, button, cause);
  el.replaceChildren(box);
}

async function render(context: RenderContext): Promise<() => void> {
  const { model, el, signal } = context;
  let cleanup = () => {};
  const start = async () => {
    try {
      const bundle = await bundleOf(String(model.get("bundle")), model, readPage(), (from) => import(/* @vite-ignore */ from));
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
