// What is written into a notebook so that it shows its terminals again.
import { expect, test } from "vitest";
import type { AnyModel } from "../../src/widgets/anywidget.ts";
import { save } from "../../src/widgets/saved.ts";

const STATE = "application/vnd.jupyter.widget-state+json";
const VIEW = "application/vnd.jupyter.widget-view+json";

class FakeWidget {
  readonly model_id: string;
  readonly name: string;
  readonly module: string;
  readonly state: Record<string, unknown>;
  constructor(model_id: string, name: string, module: string, state: Record<string, unknown>) {
    Object.assign(this, { model_id, name, module, state });
    this.model_id = model_id;
    this.name = name;
    this.module = module;
    this.state = state;
  }
  get = (name: string) => (name === "_model_module_version" ? "1" : this.state[name]);
  get_state = () => ({ ...this.state });
  serialize = (state: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(state).map(([key, value]) => [key, value instanceof FakeWidget ? `IPY_MODEL_${value.model_id}` : value]));
}

function notebook(outputs: string[], widgets?: unknown) {
  const layout = new FakeWidget("layout1", "LayoutModel", "@jupyter-widgets/base", {});
  const other = new FakeWidget("other", "IntSliderModel", "@jupyter-widgets/controls", { layout: {} });
  const whole = new FakeWidget("term1", "AnyModel", "anywidget", { terminal: "t1", bundle: "terminal.js?v=1", layout });
  const metadata: Record<string, unknown> = { widgets };
  let writes = 0;
  const manager = {
    _modelsSync: new Map([other, whole].map((widget) => [widget.model_id, widget])),
    context: {
      model: {
        cells: outputs.map((model_id) => ({ type: "code", outputs: { length: 1, get: () => ({ data: { [VIEW]: { model_id } } }) } })),
        getMetadata: (name: string) => metadata[name],
        setMetadata: (name: string, value: unknown) => {
          writes++;
          metadata[name] = value;
        },
      },
    },
  };
  const model = { get: (name: string) => whole.get(name), widget_manager: manager } as unknown as AnyModel;
  return { model, whole, states: () => ((metadata["widgets"] as Record<string, { state: Record<string, { state: Record<string, unknown> }> }>)?.[STATE]?.state ?? {}), writes: () => writes };
}

test("our model and its layout are written, and nobody else's", () => {
  const { model, states } = notebook(["term1"]);
  save(model);
  expect(Object.keys(states()).sort()).toEqual(["layout1", "term1"]);
  expect(states()["term1"]).toEqual({
    model_name: "AnyModel",
    model_module: "anywidget",
    model_module_version: "1",
    state: { terminal: "t1", bundle: "terminal.js?v=1", layout: "IPY_MODEL_layout1" },
  });
});

test("an unchanged notebook is not written again; a new terminal is", () => {
  const { model, whole, states, writes } = notebook(["term1"]);
  save(model);
  save(model);
  expect(writes()).toBe(1);
  whole.state["terminal"] = "t2";
  save(model);
  expect(states()["term1"]!.state["terminal"]).toBe("t2");
});

test("ours that no output shows any more go with their layouts; others' stay", () => {
  const entry = (module: string, state: Record<string, unknown>) => ({ model_name: "M", model_module: module, model_module_version: "1", state });
  const old = {
    stale: entry("anywidget", { terminal: "t0", bundle: "b", layout: "IPY_MODEL_stale-layout" }),
    metrics: entry("anywidget", { root: "/r", bundle: "b" }),
    "stale-layout": entry("@jupyter-widgets/base", {}),
    boxed: entry("anywidget", { terminal: "t7", bundle: "b" }),
    box: entry("@jupyter-widgets/controls", { children: ["IPY_MODEL_boxed"] }),
    foreign: entry("anywidget", { value: 3 }),
  };
  const { model, states } = notebook(["term1"], { [STATE]: { version_major: 2, version_minor: 0, state: old }, more: 1 });
  save(model);
  expect(Object.keys(states()).sort()).toEqual(["box", "boxed", "foreign", "layout1", "term1"]);
});

test("a view that is not in an output is not written", () => {
  const { model, writes } = notebook([]);
  save(model);
  expect(writes()).toBe(0);
});

test("a host without a notebook, or with another manager, is left alone", () => {
  for (const widget_manager of [undefined, {}, { context: {} }, { context: { model: { getMetadata: () => ({}) } } }])
    expect(() => save({ get: () => null, widget_manager } as unknown as AnyModel)).not.toThrow();
});
