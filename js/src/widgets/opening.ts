// Opens a file where the notebook is: within JupyterLab by its own handler of links, else by a link to it.
import { address, type Server } from "../core/server.ts";
import type { AnyModel } from "./anywidget.ts";

interface LinkHandler {
  handleLink(node: HTMLElement, path: string, id: string): void;
}

/** The address of a file of the server's; null where there is no server, or no address has such a name in it. */
export function addressOf(server: Server | null, path: string): string | null {
  if (server === null) return null;
  try {
    const encoded = path.split("/").map(encodeURIComponent).join("/");
    return address(server.base, `lab/tree/${encoded}`, { ...server, token: "" });
  } catch {
    // A name that is no UTF-8 is no text either.
    return null;
  }
}

/** Opens it in this window; false where the host offers no way. */
export function openHere(model: AnyModel, path: string): boolean {
  // What JupyterLab opens links in Markdown with (IRenderMime.ILinkHandler), which asks nobody's leave to run a command.
  const manager = model.widget_manager as { rendermime?: { linkHandler?: LinkHandler | null } } | undefined;
  const handler = manager?.rendermime?.linkHandler;
  if (typeof handler?.handleLink !== "function") return false;
  const link = document.createElement("a");
  link.hidden = true;
  // Some versions hear clicks at the link, others at the page's body.
  document.body.append(link);
  try {
    handler.handleLink(link, path, "");
    link.click();
    return true;
  } catch (error) {
    console.warn("orchflow: the page does not open files", error);
    return false;
  } finally {
    link.remove();
  }
}
