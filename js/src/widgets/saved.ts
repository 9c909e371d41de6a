// Lets a saved notebook show its widgets again, although JupyterLab does not save widgets' state unless told to.
//
// The state goes into the notebook's metadata in the form that Jupyter's widget manager itself writes and restores
// (@jupyter-widgets/schema, widget-state 2.0). Everything here is optional: where a host lacks one of these, nothing happens.
import type { AnyModel } from "./anywidget.ts";

const VIEW = "application/vnd.jupyter.widget-view+json";
const STATE = "application/vnd.jupyter.widget-state+json";
/** What marks an entry as ours, beside the bundle: a trait that no other widget has: a terminal's, the metrics' and the file events', a recording's. */
const OURS = ["terminal", "root", "note"];

interface WidgetModel {
  model_id: string;
  name: string;
  module: string;
  get(name: string): unknown;
  get_state(dropDefaults?: boolean): Record<string, unknown>;
  serialize(state: Record<string, unknown>): Record<string, unknown>;
}
interface Entry {
  model_name: string;
  model_module: string;
  model_module_version: unknown;
  state: Record<string, unknown>;
}
interface Saved {
  version_major: number;
  version_minor: number;
  state: Record<string, Entry>;
}
interface Notebook {
  cells: Iterable<{ type: string; outputs?: { length: number; get(index: number): { data?: Record<string, unknown> } } }>;
  getMetadata(name: string): Record<string, unknown> | undefined;
  setMetadata(name: string, value: unknown): void;
}

/** The whole model behind anywidget's proxy; only the whole one knows its id. */
export function wholeModel(model: AnyModel): (WidgetModel & { comm_live?: boolean }) | null {
  const manager = model.widget_manager as { _modelsSync?: Map<string, WidgetModel> } | undefined;
  const layout = model.get("layout");
  if (!(manager?._modelsSync instanceof Map) || layout == null) return null;
  // Each widget has a layout of its own, which tells it from its siblings.
  for (const candidate of manager._modelsSync.values()) if (candidate.get("layout") === layout) return candidate;
  return null;
}

/** Whether there is a kernel behind it. */
export const lives = (model: AnyModel): boolean => wholeModel(model)?.comm_live !== false;

/** Writes what the model is now into its notebook. Call it when the view appears and when the terminal changes. */
export function save(model: AnyModel): void {
  try {
    const notebook = notebookOf(model);
    const whole = wholeModel(model);
    const layout = model.get("layout") as WidgetModel | null;
    if (notebook === null || whole === null || typeof layout?.get_state !== "function") return;
    const widgets = notebook.getMetadata("widgets") ?? {};
    const before = (widgets[STATE] as Saved | undefined) ?? { version_major: 2, version_minor: 0, state: {} };
    if (before.version_major !== 2) return;
    const shown = shownIn(notebook);
    const state = { ...before.state };
    if (shown.has(whole.model_id)) {
      state[layout.model_id] = entryOf(layout);
      state[whole.model_id] = entryOf(whole);
    }
    forgetStale(state, shown);
    const after = { ...before, state };
    // An unchanged notebook stays unchanged, and is not marked as edited.
    if (canonical(after) !== canonical(before)) notebook.setMetadata("widgets", { ...widgets, [STATE]: after });
  } catch (error) {
    console.warn("orchflow: the notebook does not take the widget's state", error);
  }
}

function notebookOf(model: AnyModel): Notebook | null {
  const manager = model.widget_manager as { context?: { model?: Partial<Notebook> } } | undefined;
  const notebook = manager?.context?.model;
  if (typeof notebook?.getMetadata !== "function" || typeof notebook.setMetadata !== "function" || notebook.cells === undefined) return null;
  return notebook as Notebook;
}

function entryOf(model: WidgetModel): Entry {
  return {
    model_name: model.name,
    model_module: model.module,
    model_module_version: model.get("_model_module_version"),
    state: plain(withoutBytes(model.serialize(model.get_state(true)))),
  };
}

function shownIn(notebook: Notebook): Set<string> {
  const shown = new Set<string>();
  for (const { type, outputs } of notebook.cells) {
    if (type !== "code" || outputs === undefined) continue;
    for (let index = 0; index < outputs.length; index++) {
      const view = outputs.get(index).data?.[VIEW] as { model_id?: string } | undefined;
      if (view?.model_id !== undefined) shown.add(view.model_id);
    }
  }
  return shown;
}

/** Drops our entries that no output and no other widget refers to, and the layouts that only they had. */
function forgetStale(state: Record<string, Entry>, shown: Set<string>): void {
  const used = (id: string) => Object.entries(state).some(([other, entry]) => other !== id && JSON.stringify(entry.state).includes(`IPY_MODEL_${id}`));
  for (const [id, entry] of Object.entries(state)) {
    const ours = entry.model_module === "anywidget" && OURS.some((trait) => typeof entry.state[trait] === "string") && typeof entry.state["bundle"] === "string";
    if (!ours || shown.has(id) || used(id)) continue;
    delete state[id];
    const layout = String(entry.state["layout"] ?? "").replace("IPY_MODEL_", "");
    if (layout in state && !used(layout)) delete state[layout];
  }
}

/** Bytes are left out: they are what was read of a file, up to 64 MiB, and no state of a view. */
const withoutBytes = (state: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(state).filter(([, value]) => !(value instanceof DataView || value instanceof ArrayBuffer)));

const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** JSON with sorted keys: metadata may come back in another order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
