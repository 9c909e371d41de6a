// Who the page's user is, as the Jupyter server knows them.
import { address, type Server } from "../core/server.ts";

/** The name that others are shown; null where the server does not say. */
export async function whoAmI(server: Server, fetcher: typeof fetch = (...parts) => fetch(...parts)): Promise<string | null> {
  try {
    const response = await fetcher(address(server.base, "api/me", server), { credentials: "same-origin", redirect: "manual" });
    const { identity } = (await response.json()) as { identity?: { display_name?: unknown; name?: unknown; username?: unknown } };
    const name = [identity?.display_name, identity?.name, identity?.username].find((one) => typeof one === "string" && one !== "");
    return (name as string | undefined) ?? null;
  } catch {
    return null;
  }
}
