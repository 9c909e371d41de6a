// The widget "FileEvents": binds an anywidget model to a view of what changes below a path.
import { mount, unmount } from "svelte";
import { clock } from "../core/clock.ts";
import { commChannel, type CommModel } from "../core/comm.ts";
import { filesByComm, filesByWebSocket, probeFiles } from "../core/filesWays.ts";
import { findServer, readPage } from "../core/server.ts";
import { FilesState, type FilesSettings } from "../state/files.svelte.ts";
import type { Rerun } from "../state/filesStrip.ts";
import Files from "../ui/Files.svelte";
import tokens from "../ui/tokens.css?inline";
import { untilRemoved, type AnyModel, type RenderContext } from "./anywidget.ts";
import { addressOf, openHere } from "./opening.ts";
import { showTerminal, terminalModel } from "./output.ts";
import { lives, save } from "./saved.ts";

const TRAITS = ["error", "theme", "height", "rerun"] as const;

function settingsOf(model: AnyModel): FilesSettings {
  return {
    path: String(model.get("path") ?? ""),
    also: (model.get("also") as string[] | undefined) ?? [],
    error: String(model.get("error") ?? ""),
    theme: (model.get("theme") as FilesSettings["theme"] | undefined) ?? "auto",
    height: Number(model.get("height") ?? 260),
    // In a saved notebook there is nobody who would run it again.
    rerun: lives(model) ? ((model.get("rerun") as Rerun | null | undefined) ?? null) : null,
  };
}

function dress(): void {
  if (document.getElementById("orchflow-files-style") !== null) return;
  const style = document.createElement("style");
  style.id = "orchflow-files-style";
  style.textContent = tokens;
  document.head.append(style);
}

/** A page that is not painted has no frames, and is not to fall behind for that. */
function frame(call: () => void): () => void {
  if (document.visibilityState === "visible") {
    const request = requestAnimationFrame(call);
    return () => cancelAnimationFrame(request);
  }
  const timer = setTimeout(call, 100);
  return () => clearTimeout(timer);
}

export function render(context: RenderContext): () => void {
  const { model, el } = context;
  dress();
  const server = findServer(readPage());
  const channel = commChannel(model as unknown as CommModel, clock, () => lives(model));
  const root = String(model.get("root") ?? "");
  const state = new FilesState(settingsOf(model), {
    webSocket: server === null ? null : filesByWebSocket(server),
    comm: filesByComm(channel),
    probe: () => (server === null ? Promise.resolve({ kind: "unreachable" }) : probeFiles(server, root, () => document.cookie)),
    recursive: model.get("recursive") !== false,
    ignore: (model.get("ignore") as string[] | undefined) ?? [],
    frame,
  });
  const output = terminalModel(model, () => state.settings.rerun?.terminal ?? "");
  const component = mount(Files, {
    target: el,
    props: {
      state,
      address: (path: string) => addressOf(server, path),
      open: (path: string) => state.transport === "websocket" && openHere(model, path),
      ask: (what: "run" | "stop" | "start") => model.send({ kind: "rerun", action: what }),
      showOutput: (element: HTMLElement) => showTerminal(model, output, element),
    },
  });
  const changed = () => {
    const before = state.settings.rerun?.terminal;
    state.configure(settingsOf(model));
    if (state.settings.rerun?.terminal !== before) output.changed();
  };
  save(model);

  return untilRemoved(context, TRAITS, changed, () => {
    void unmount(component);
    state.dispose();
    channel.dispose();
  });
}
