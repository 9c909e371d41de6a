// The widget "Editor" as the loader imports it: what it is made of comes from beside this file, and languages when they are needed.
import type { RenderContext } from "./anywidget.ts";

export async function render(context: RenderContext): Promise<() => void> {
  const { render: shown } = await import("./editorWidget.ts");
  return shown(context);
}
