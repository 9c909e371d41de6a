// Where a widget's program comes from: the Jupyter server, or else the kernel; one for the whole page.
import { commChannel, type CommModel } from "../core/comm.ts";
import { address, findServer, type Page } from "../core/server.ts";
import type { AnyModel, Bundle } from "./anywidget.ts";

export type Import = (address: string) => Promise<unknown>;

const pageWide = globalThis as unknown as Record<symbol, Promise<Bundle> | undefined>;

/** The bundle `name`. Rejects where neither server nor kernel gives it; the next call tries again. */
export function bundleOf(name: string, model: AnyModel, page: Page, take: Import): Promise<Bundle> {
  const key = Symbol.for(`orchflow.bundle:${name}`);
  return (pageWide[key] ??= load(name, model, page, take).catch((error: unknown) => {
    pageWide[key] = undefined;
    throw error;
  }));
}

async function load(name: string, model: AnyModel, page: Page, take: Import): Promise<Bundle> {
  const server = findServer(page);
  if (server !== null) {
    try {
      return (await take(address(server.base, `orchflow/static/${name}`, { ...server, token: "" }))) as Bundle;
    } catch {
      // Not this server's doing, or not within its reach: the kernel has the same bytes.
    }
  }
  const channel = commChannel(model as unknown as CommModel);
  try {
    const blob = URL.createObjectURL(new Blob([await channel.bundle()], { type: "text/javascript" }));
    try {
      return (await take(blob)) as Bundle;
    } finally {
      URL.revokeObjectURL(blob);
    }
  } finally {
    channel.dispose();
  }
}
