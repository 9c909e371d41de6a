// The widget "Terminal": binds an anywidget model to a view of a terminal.
import xtermCss from "@xterm/xterm/css/xterm.css?inline";
import { mount, unmount } from "svelte";
import { clock } from "../core/clock.ts";
import { commChannel, type CommModel } from "../core/comm.ts";
import { restOf } from "../core/rest.ts";
import { findServer, readPage } from "../core/server.ts";
import { webSocketConnector } from "../core/websocket.ts";
import type { Settings } from "../state/settings.ts";
import { TerminalState } from "../state/terminal.svelte.ts";
import Terminal from "../ui/Terminal.svelte";
import tokens from "../ui/tokens.css?inline";
import { View } from "../ui/view.svelte.ts";
import { untilRemoved, type AnyModel, type RenderContext } from "./anywidget.ts";
import { fileFinder, showPlace } from "./place.ts";
import { lives, save } from "./saved.ts";

const TRAITS = ["terminal", "name", "rows", "command", "cwd", "error", "theme", "size", "marks"] as const;

function settingsOf(model: AnyModel): Settings {
  return {
    terminal: String(model.get("terminal") ?? ""),
    name: String(model.get("name") ?? ""),
    rows: Number(model.get("rows") ?? 24),
    command: (model.get("command") as string[] | null | undefined) ?? null,
    cwd: String(model.get("cwd") ?? ""),
    error: String(model.get("error") ?? ""),
    theme: (model.get("theme") as Settings["theme"] | undefined) ?? "auto",
    size: (model.get("size") as [number, number] | null | undefined) ?? null,
    // Widgets of notebooks that were saved before there were marks have no such trait.
    marks: model.get("marks") !== false,
  };
}

/** CSS once per page. xterm.js' own rules are kept to our elements: the page may have another version of it. */
function dress(): void {
  if (document.getElementById("orchflow-style") !== null) return;
  const style = document.createElement("style");
  style.id = "orchflow-style";
  style.textContent = `.orchflow{${xtermCss}}\n${tokens}`;
  document.head.append(style);
}

export function render(context: RenderContext): () => void {
  const { model, el } = context;
  dress();
  const server = findServer(readPage());
  const rest = server === null ? null : restOf(server, () => document.cookie);
  // A model restored from a saved notebook has no kernel behind it, and neither has one whose kernel was restarted.
  const alive = () => lives(model);
  const channel = commChannel(model as unknown as CommModel, clock, alive);
  /** By the server, or by the kernel where the server cannot be reached. */
  const either = async <T>(byServer: (() => Promise<T>) | undefined, byKernel: () => Promise<T>): Promise<T> => {
    if (byServer === undefined || state.transport === "comm") return byKernel();
    return byServer().catch((error: unknown) => {
      // fetch() fails with a TypeError only where no answer came; a refusal is an answer.
      if (!(error instanceof TypeError)) throw error;
      return byKernel();
    });
  };

  const state = new TerminalState(settingsOf(model), {
    webSocket: server === null ? null : webSocketConnector(server),
    comm: channel,
    probe: (terminal) => rest?.probe(terminal) ?? Promise.resolve({ kind: "unreachable" }),
    create: (params) =>
      either(
        rest === null ? undefined : () => rest.create(params),
        async () => idOf(await channel.call("create", params)),
      ),
    remove: (terminal) =>
      either(
        rest === null ? undefined : () => rest.delete(terminal),
        async () => void (await channel.call("delete", { id: terminal })),
      ),
    canonical: (terminal) =>
      either(
        rest === null ? undefined : () => rest.canonical(terminal),
        async () => (await channel.call("get", { id: terminal }) as { canonical?: boolean }).canonical === true,
      ),
    rename: (terminal) => {
      model.set("terminal", terminal);
      model.save_changes();
    },
  });
  const byKernel = async (path: string) => (await channel.call("file", { path })) === true;
  // Terminals of notebooks that were saved before there was an editor know of none.
  const root = model.get("editor_bundle") ? String(model.get("root") ?? "") : "";
  const view = new View(state, {
    root,
    there: fileFinder(server, byKernel, () => document.cookie),
    show: (place, element, close) => showPlace(model, place, element, close),
  });
  const component = mount(Terminal, { target: el, props: { view } });

  const changed = () => {
    state.configure(settingsOf(model));
    save(model);
  };
  save(model);

  return untilRemoved(context, TRAITS, changed, () => {
    void unmount(component);
    channel.dispose();
  });
}

/** The kernel answers with the new terminal's model, or with its id alone. */
function idOf(result: unknown): string {
  const id = typeof result === "string" ? result : (result as { id?: unknown } | null)?.id;
  if (typeof id !== "string") throw new Error("The kernel named no terminal.");
  return id;
}
