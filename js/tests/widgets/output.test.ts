// The model of the terminal within the widget of file events.
import { expect, test } from "vitest";
import type { AnyModel } from "../../src/widgets/anywidget.ts";
import { terminalModel } from "../../src/widgets/output.ts";

test("it names the terminal of the last run, and its messages say which one they mean", () => {
  const sent: unknown[] = [];
  const real = { get: (name: string) => (name === "theme" ? "dark" : undefined), send: (content: unknown) => void sent.push(content), on: () => {}, off: () => {} } as unknown as AnyModel;
  let terminal = "t1";
  const model = terminalModel(real, () => terminal);
  const seen: unknown[] = [];
  const changed = () => void seen.push(model.get("terminal"));
  model.on("change:terminal", changed);
  terminal = "t2";
  model.changed();
  model.off("change:terminal", changed);
  model.changed();
  model.send({ kind: "open", stream: "s" });
  model.set("terminal", "other");
  expect([seen, sent, model.get("theme"), model.get("terminal"), model.get("marks")]).toEqual([["t2"], [{ kind: "open", stream: "s", terminal: "t2" }], "dark", "t2", false]);
});
