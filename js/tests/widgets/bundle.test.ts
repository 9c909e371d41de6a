// The bundle comes from the server, or else from the kernel, and once for a page.
import { resolveObjectURL } from "node:buffer";
import { expect, test, vi } from "vitest";
import type { AnyModel, Bundle } from "../../src/widgets/anywidget.ts";
import { bundleOf } from "../../src/widgets/bundle.ts";

const page = (config: string | null) => ({ config, bodyBase: null, href: "https://hub.example/user/ada/lab", cookie: "" });
const jupyter = page('{"baseUrl": "/user/ada/", "token": "secret"}');
const program = "export const render = () => () => {};";

/** A kernel that answers `{"kind": "bundle"}`; `null`: with an error. */
function kernel(source: string | null) {
  const handlers = new Set<(content: unknown, buffers: DataView[]) => void>();
  const send = vi.fn((_content: unknown) => {
    const buffers = source === null ? [] : [new DataView(new TextEncoder().encode(source).buffer)];
    const content = { kind: "bundle", ...(source === null ? { error: "No such file." } : {}) };
    queueMicrotask(() => handlers.forEach((handler) => handler(content, buffers)));
  });
  const on = (_event: string, handler: never) => void handlers.add(handler);
  const off = (_event: string, handler: never) => void handlers.delete(handler);
  return { model: { send, on, off, get: () => null } as unknown as AnyModel, send, handlers };
}
const made: Bundle = { render: () => () => {} };
/** Runs what a blob's address holds, as a browser does; Node.js imports no such address. */
async function takeBlob(from: string): Promise<unknown> {
  const source = await resolveObjectURL(from)!.text();
  return import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(source)}`);
}

test("the server is asked first, below its base and without the page's token", async () => {
  const { model, send } = kernel(program);
  const take = vi.fn((_from: string) => Promise.resolve(made));
  expect(await bundleOf("terminal.js?v=1", model, jupyter, take)).toBe(made);
  expect(take.mock.calls).toEqual([["https://hub.example/user/ada/orchflow/static/terminal.js?v=1"]]);
  expect(send).not.toHaveBeenCalled();
});

test("a server that does not have it: the kernel's bytes are run, and nothing is left behind", async () => {
  const { model, handlers } = kernel(program);
  let blob = "";
  const take = (from: string) => (from.startsWith("blob:") ? takeBlob((blob = from)) : Promise.reject(new Error("404")));
  const bundle = await bundleOf("terminal.js?v=2", model, jupyter, take);
  expect(bundle.render({} as never)).toBeTypeOf("function");
  expect(resolveObjectURL(blob)).toBeUndefined();
  expect(handlers.size).toBe(0);
});

test("a page that names no server: the kernel is asked at once", async () => {
  const { model, send } = kernel(program);
  const bundle = await bundleOf("terminal.js?v=3", model, page(null), takeBlob);
  expect(bundle.render).toBeTypeOf("function");
  expect(send.mock.calls).toEqual([[{ kind: "bundle" }]]);
});

test("a page loads it once, for however many views", async () => {
  const { model } = kernel(program);
  const take = vi.fn(() => Promise.resolve(made));
  await Promise.all([1, 2, 3].map(() => bundleOf("terminal.js?v=4", model, jupyter, take)));
  await bundleOf("terminal.js?v=4", model, jupyter, take);
  expect(take).toHaveBeenCalledOnce();
});

test("neither has it: the kernel's words are told, and the next view tries again", async () => {
  const { model } = kernel(null);
  const take = () => Promise.reject(new Error("404"));
  await expect(bundleOf("terminal.js?v=5", model, jupyter, take)).rejects.toThrow("No such file.");
  expect(await bundleOf("terminal.js?v=5", kernel(program).model, jupyter, () => Promise.resolve(made))).toBe(made);
});
