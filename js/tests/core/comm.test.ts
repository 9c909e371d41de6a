// Streams and calls through the kernel.
import { expect, test } from "vitest";
import { commChannel, type CommModel } from "../../src/core/comm.ts";
import { bytes, FakeClock, text } from "./fakes.ts";

type Handler = (content: unknown, buffers: DataView[]) => void;
class FakeModel implements CommModel {
  sent: { content: Record<string, unknown>; buffers: ArrayBuffer[] }[] = [];
  handlers = new Set<Handler>();
  send = (content: unknown, _callbacks?: unknown, buffers: ArrayBuffer[] = []) =>
    void this.sent.push({ content: content as Record<string, unknown>, buffers });
  on = (_event: "msg:custom", handler: Handler) => void this.handlers.add(handler);
  off = (_event: "msg:custom", handler: Handler) => void this.handlers.delete(handler);
  say(content: unknown, ...buffers: Uint8Array<ArrayBuffer>[]) {
    const views = buffers.map((buffer) => new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength));
    for (const handler of this.handlers) handler(content, views);
  }
  get last() {
    return this.sent.at(-1)!.content;
  }
}

function opened() {
  const model = new FakeModel();
  const clock = new FakeClock();
  const channel = commChannel(model, clock);
  const heard: string[] = [];
  const transport = channel.open(
    { terminal: "t1", attachment: "a", mode: "rw", since: 7 },
    { message: (data) => heard.push(text(data)), close: (code, reason) => heard.push(`${code} ${reason}`) },
  );
  return { model, clock, channel, heard, transport, stream: model.last["stream"] };
}

test("a stream opens as the contract says, and carries messages as buffers", () => {
  const { model, heard, transport, stream } = opened();
  expect(model.last).toEqual({ kind: "open", stream, since: 7, attachment: "a", mode: "rw" });
  model.say({ kind: "opened", stream });
  model.say({ kind: "data", stream }, bytes("one"), bytes("two"));
  transport.send(bytes("key"));
  expect(heard).toEqual(["one", "two"]);
  expect(text(new Uint8Array(model.sent.at(-1)!.buffers[0]!))).toBe("key");
});

test("another view's messages are not ours", () => {
  const { model, heard } = opened();
  model.say({ kind: "data", stream: "other" }, bytes("x"));
  model.say({ kind: "closed", stream: "other", code: 4404, reason: "" });
  expect(heard).toEqual([]);
});

test("closed by the kernel: told once, and nothing after it", () => {
  const { model, heard, stream, transport } = opened();
  model.say({ kind: "closed", stream, code: 4404, reason: "gone" });
  model.say({ kind: "data", stream }, bytes("late"));
  transport.send(bytes("x"));
  expect(heard).toEqual(["4404 gone"]);
  expect(model.last["kind"]).toBe("open");
});

test("a kernel that keeps silent: the stream is given up, and the kernel told so", () => {
  const { model, clock, heard } = opened();
  clock.pass(8000);
  expect(heard).toEqual(["1006 The kernel does not answer."]);
  expect(model.last["kind"]).toBe("close");
});

test("a kernel that is known to be gone is not waited for", async () => {
  const clock = new FakeClock();
  const channel = commChannel(new FakeModel(), clock, () => false);
  const heard: number[] = [];
  channel.open({ terminal: "t1", attachment: "a", mode: "rw" }, { message: () => {}, close: (code) => heard.push(code) });
  const call = channel.call("create", {});
  clock.pass(0);
  expect(heard).toEqual([1006]);
  await expect(call).rejects.toThrow("does not answer");
});

test("a comm that takes nothing throws at nobody, and the stream ends by silence", () => {
  const { model, clock, channel, heard, transport } = opened();
  model.send = () => {
    throw new Error("Cannot send");
  };
  transport.send(bytes("key"));
  expect(heard).toEqual([]);
  clock.pass(8000);
  expect(heard).toEqual(["1006 The kernel does not answer."]);
  transport.close();
  channel.dispose();
});

test("calls are answered by their number, or fail in the kernel's words", async () => {
  const { model, channel, clock } = opened();
  const first = channel.call("create", { name: "x" });
  const number = model.last["call"] as number;
  const second = channel.call("delete", { id: "t" });
  model.say({ kind: "result", call: number + 1, error: "No such terminal." });
  model.say({ kind: "result", call: number, result: { id: "t2" } });
  expect(await first).toEqual({ id: "t2" });
  await expect(second).rejects.toThrow("No such terminal.");
  const third = channel.call("delete", {});
  clock.pass(8000);
  await expect(third).rejects.toThrow("does not answer");
});

test("the bundle comes as bytes", async () => {
  const { model, channel } = opened();
  const bundle = channel.bundle();
  model.say({ kind: "bundle" }, bytes("export"));
  expect(text(await bundle)).toBe("export");
  const failing = channel.bundle();
  model.say({ kind: "bundle", error: "not built" });
  await expect(failing).rejects.toThrow("not built");
});

test("disposed: its streams are closed and nobody listens", () => {
  const { model, channel } = opened();
  channel.dispose();
  expect(model.last["kind"]).toBe("close");
  expect(model.handlers.size).toBe(0);
});
