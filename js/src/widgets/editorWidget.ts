// Binds an anywidget model to an editor of its file.
import { mount, unmount } from "svelte";
import { clock } from "../core/clock.ts";
import { commChannel, type CommModel } from "../core/comm.ts";
import { documentsByComm, documentsByServer } from "../core/documentsWays.ts";
import { findServer, readPage } from "../core/server.ts";
import { EditorState, type EditorSettings } from "../state/editor.svelte.ts";
import Editor from "../ui/Editor.svelte";
import colours from "../ui/editor.css?inline";
import tokens from "../ui/tokens.css?inline";
import { untilRemoved, type AnyModel, type RenderContext } from "./anywidget.ts";
import { addressOf, openHere } from "./opening.ts";
import { save, wholeModel } from "./saved.ts";
import { whoAmI } from "./user.ts";

const TRAITS = ["line", "readonly", "height", "theme", "error"] as const;

function settingsOf(model: AnyModel): EditorSettings {
  return {
    path: String(model.get("path") ?? ""),
    line: Number(model.get("line") ?? 0),
    readonly: model.get("readonly") === true,
    height: Number(model.get("height") ?? 420),
    theme: (model.get("theme") as EditorSettings["theme"] | undefined) ?? "auto",
    error: String(model.get("error") ?? ""),
  };
}

function dress(): void {
  if (document.getElementById("orchflow-editor-style") !== null) return;
  const style = document.createElement("style");
  style.id = "orchflow-editor-style";
  style.textContent = `${tokens}\n${colours}`;
  document.head.append(style);
}

export function render(context: RenderContext): () => void {
  const { model, el } = context;
  dress();
  const server = findServer(readPage());
  // The proxy hears nothing any more once its view is gone, and the channel may outlast that.
  const whole = wholeModel(model);
  const channel = commChannel((whole ?? model) as unknown as CommModel, clock, () => whole?.comm_live !== false);
  const seed = Math.floor(Math.random() * 2 ** 16);
  const root = String(model.get("root") ?? "");
  const state = new EditorState(settingsOf(model), {
    webSocket: server === null ? null : documentsByServer(server, root, () => document.cookie),
    comm: documentsByComm(channel),
    closed: () => channel.dispose(),
    place: JSON.stringify([server?.base ?? "", root]),
    name: String(model.get("user") ?? "") || "Somebody",
    seed,
  });
  if (server !== null) void whoAmI(server).then((name) => name !== null && state.rename(name, seed));
  const openInJupyter = () => {
    if (openHere(model, state.path)) return;
    const address = addressOf(server, state.path);
    if (address !== null) window.open(address, "_blank", "noopener");
  };
  const close = model.get("close") as (() => void) | undefined;
  const focus = model.get("focus") === true;
  const component = mount(Editor, { target: el, props: { state, openInJupyter, focus, ...(typeof close === "function" ? { close } : {}) } });
  const changed = () => {
    state.configure(settingsOf(model));
    save(model);
  };
  save(model);

  return untilRemoved(context, TRAITS, changed, () => {
    void unmount(component);
    state.dispose();
  });
}
