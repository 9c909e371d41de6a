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
