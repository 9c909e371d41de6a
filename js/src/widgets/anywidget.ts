// What anywidget gives to a front-end module (anywidget.dev/en/afm), as far as it is used here.

export interface AnyModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
  on(event: string, handler: (...parts: never[]) => void): void;
  off(event: string, handler: (...parts: never[]) => void): void;
  widget_manager?: unknown;
}

export interface RenderContext {
  model: AnyModel;
  el: HTMLElement;
  signal?: AbortSignal;
}

export interface Bundle {
  render(context: RenderContext): (() => void) | Promise<() => void>;
}

/** Calls `changed` when one of `traits` has changed, until the view is removed, however that is told; then `end`, once. */
export function untilRemoved({ model, signal }: RenderContext, traits: readonly string[], changed: () => void, end: () => void): () => void {
  for (const trait of traits) model.on(`change:${trait}`, changed);
  let done = false;
  const cleanup = () => {
    if (done) return;
    done = true;
    for (const trait of traits) model.off(`change:${trait}`, changed);
    end();
  };
  signal?.addEventListener("abort", cleanup);
  return cleanup;
}
