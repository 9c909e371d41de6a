// What goes through a kernel's comm, and what a server's answer to the first question means.
import { expect, test } from "vitest";
import { commChannel } from "../../src/core/comm.ts";
import { filesByComm, probeFiles } from "../../src/core/filesWays.ts";
import { FakeClock } from "./fakes.ts";

const SERVER = { base: "http://host/base/", socket: "ws://host/base/", token: "" };
const answer = (status: number, body: unknown) =>
  (() => Promise.resolve(new Response(JSON.stringify(body), { status }))) as unknown as typeof fetch;

test("through the kernel texts go as bytes, one buffer each, and the kernel is told only from where on", () => {
  let receive: (content: unknown, buffers: DataView[]) => void = () => {};
  const sent: { kind: string; stream: string; since?: string }[] = [];
  const data: string[] = [];
  const model = {
    send: (content: unknown, _callbacks?: unknown, buffers: ArrayBuffer[] = []) => {
      sent.push(content as (typeof sent)[0]);
      for (const buffer of buffers) data.push(new TextDecoder().decode(buffer));
    },
    on: (_event: string, handler: typeof receive) => void (receive = handler),
    off: () => {},
  };
  const heard: string[] = [];
  const stream = filesByComm(commChannel(model, new FakeClock())).open(
    { path: "src", recursive: true, ignore: [], since: "b:r:1" },
    { message: (text) => heard.push(text), close: (code) => heard.push(String(code)) },
  );
  expect(sent).toEqual([{ kind: "open", stream: sent[0]!.stream, path: "src", since: "b:r:1" }]);
  const { stream: name } = sent[0]!;
  receive({ kind: "data", stream: name }, [new DataView(new TextEncoder().encode('{"päth"}').buffer)]);
  stream.send("ping");
  receive({ kind: "closed", stream: name, code: 4404, reason: "" }, []);
  expect([heard, data]).toEqual([['{"päth"}', "4404"], ["ping"]]);
});

test.each([
  ["the same root", 200, { root: "/r" }, "there"],
  ["another root", 200, { root: "/other" }, "foreign"],
  ["no OrchFlow", 404, {}, "foreign"],
  ["a login", 403, { message: "no" }, "refused"],
  ["trouble", 503, {}, "unreachable"],
])("a server with %s", async (_what, status, body, kind) => {
  expect((await probeFiles(SERVER, "/r", () => "", answer(status, body))).kind).toBe(kind);
});

test("a server that cannot be reached", async () => {
  const fetcher = (() => Promise.reject(new TypeError("no"))) as unknown as typeof fetch;
  expect((await probeFiles(SERVER, "/r", () => "", fetcher)).kind).toBe("unreachable");
});
