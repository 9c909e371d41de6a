// Opening a file where the notebook is.
import { afterEach, expect, test, vi } from "vitest";
import type { AnyModel } from "../../src/widgets/anywidget.ts";
import { addressOf, openHere } from "../../src/widgets/opening.ts";

const SERVER = { base: "http://host/base/", socket: "ws://host/base/", token: "secret" };
afterEach(() => vi.unstubAllGlobals());

test("a link leads to JupyterLab's page of the file, without the token", () => {
  expect(addressOf(SERVER, "my dir/a#b?.txt")).toBe("http://host/base/lab/tree/my%20dir/a%23b%3F.txt");
});

test("no link leads to a name that is no UTF-8, nor from a page without a server", () => {
  expect(addressOf(SERVER, "a\udcff")).toBeNull();
  expect(addressOf(null, "a")).toBeNull();
});

test("the host's own handler of links opens it", () => {
  const clicked: string[] = [];
  let listener = () => {};
  vi.stubGlobal("document", {
    createElement: () => ({ hidden: false, addEventListener: (_: string, call: () => void) => (listener = call), click: () => listener(), remove: () => clicked.push("removed") }),
    body: { append: () => {} },
  });
  const handleLink = (node: { addEventListener(event: string, call: () => void): void }, path: string) => node.addEventListener("click", () => clicked.push(path));
  const model = { widget_manager: { rendermime: { linkHandler: { handleLink } } } } as unknown as AnyModel;
  expect(openHere(model, "src/a.py")).toBe(true);
  expect(clicked).toEqual(["src/a.py", "removed"]);
});

test.each([{}, { widget_manager: {} }, { widget_manager: { rendermime: { linkHandler: null } } }])("a host without one (%o) leaves it to the link", (model) => {
  expect(openHere(model as unknown as AnyModel, "a")).toBe(false);
});
