// The widget "Metrics": binds an anywidget model to a view of the engine's figures.
import { mount, unmount } from "svelte";
import { clock } from "../core/clock.ts";
import { commChannel, type CommModel } from "../core/comm.ts";
import { MetricsSource } from "../core/metrics.ts";
import { findServer, readPage } from "../core/server.ts";
import { MetricsState } from "../state/metrics.svelte.ts";
import Metrics from "../ui/Metrics.svelte";
import tokens from "../ui/tokens.css?inline";
import { untilRemoved, type RenderContext } from "./anywidget.ts";
import { lives, save } from "./saved.ts";

function dress(): void {
  if (document.getElementById("orchflow-metrics-style") !== null) return;
  const style = document.createElement("style");
  style.id = "orchflow-metrics-style";
  style.textContent = tokens;
  document.head.append(style);
}

export function render(context: RenderContext): () => void {
  const { model, el } = context;
  dress();
  const channel = commChannel(model as unknown as CommModel, clock, () => lives(model));
  const source = new MetricsSource({
    server: findServer(readPage()),
    channel,
    root: String(model.get("root") ?? ""),
    cookie: () => document.cookie,
  });
  const state = new MetricsState(() => source.read());
  const theme = model.get("theme") as "auto" | "light" | "dark";
  const component = mount(Metrics, { target: el, props: { state, theme, via: () => source.via } });

  // The server answers without a kernel too.
  save(model);

  return untilRemoved(context, [], () => {}, () => {
    void unmount(component);
    state.dispose();
    channel.dispose();
  });
}
