// A widget whose program cannot be had says so in its cell, and tries again when told.
import { afterEach, expect, test, vi } from "vitest";
import type { RenderContext } from "../../src/widgets/anywidget.ts";
import { bundleOf } from "../../src/widgets/bundle.ts";
import loader from "../../src/widgets/loader.ts";

vi.mock("../../src/widgets/bundle.ts", () => ({ bundleOf: vi.fn() }));

/** As much of an element as the loader uses. */
class FakeElement {
  style = { cssText: "" };
  type = "";
  textContent = "";
  children: FakeElement[] = [];
  role = "";
  onclick = () => {};
  readonly tag: string;
  constructor(tag: string) {
    this.tag = tag;
  }
  setAttribute = (_name: string, value: string) => void (this.role = value);
  append = (...children: FakeElement[]) => void this.children.push(...children);
  replaceChildren = (...children: FakeElement[]) => void (this.children = children);
  get all(): FakeElement[] {
    return [this, ...this.children.flatMap((child) => child.all)];
  }
  get text(): string {
    return this.all.map(({ textContent }) => textContent).join(" ");
  }
}

function context(signal?: AbortSignal) {
  vi.stubGlobal("document", { createElement: (tag: string) => new FakeElement(tag), getElementById: () => null, body: { dataset: {} }, cookie: "" });
  vi.stubGlobal("location", { href: "https://example.org/" });
  const el = new FakeElement("div");
  return { el, context: { model: { get: () => "terminal.js?v=1" }, el, signal } as unknown as RenderContext };
}
afterEach(() => vi.unstubAllGlobals());

test("it could not be loaded: what went wrong, what to do, and a way to try again", async () => {
  const { el, context: given } = context();
  vi.mocked(bundleOf).mockRejectedValueOnce(new Error("The kernel does not answer."));
  await loader.render(given);
  expect(el.children[0]!.role).toBe("alert");
  expect(el.text).toContain("This widget could not be loaded");
  expect(el.text).toContain("Run the cell again.");
  expect(el.text).toContain("(The kernel does not answer.)");

  const cleanup = vi.fn();
  const render = vi.fn(() => cleanup);
  vi.mocked(bundleOf).mockResolvedValueOnce({ render });
  el.all.find(({ tag }) => tag === "button")!.onclick();
  await vi.waitFor(() => expect(render).toHaveBeenCalledWith(given));
  expect(el.children).toEqual([]);
});

test("loaded: the bundle renders, and the view's end is the bundle's", async () => {
  const { context: given } = context();
  const cleanup = vi.fn();
  vi.mocked(bundleOf).mockResolvedValueOnce({ render: () => cleanup });
  (await loader.render(given))();
  expect(cleanup).toHaveBeenCalledOnce();
});

test("a view that went while its program was fetched shows nothing", async () => {
  const gone = new AbortController();
  gone.abort();
  const { el, context: given } = context(gone.signal);
  const render = vi.fn(() => () => {});
  vi.mocked(bundleOf).mockResolvedValueOnce({ render });
  await loader.render(given);
  vi.mocked(bundleOf).mockRejectedValueOnce(new Error("late"));
  await loader.render(given);
  expect(render).not.toHaveBeenCalled();
  expect(el.children).toEqual([]);
});
