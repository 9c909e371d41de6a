// A stream of file events over reconnects, and what ends it.
import { expect, test } from "vitest";
import { HELLO_WITHIN } from "../../src/core/files.ts";
import { PING_EVERY, PONG_WITHIN } from "../../src/core/pulse.ts";
import { settled } from "./fakes.ts";
import { FakeFilesWay, watching } from "./filesFakes.ts";

test("it asks for what is to be watched, and tells batches as they come", async () => {
  const { client, webSocket, batches } = watching();
  await client.start();
  expect(webSocket.last.request).toEqual({ path: "src", recursive: true, ignore: ["*.log"] });
  webSocket.last.hello();
  webSocket.last.batch("b:r:1", "src/a");
  expect(client.phase).toBe("live");
  expect(batches.map(({ events }) => events.map(({ path }) => path))).toEqual([["src/a"]]);
});

test("a reconnect goes on from the clock of the last batch", async () => {
  const { client, webSocket, clock } = watching();
  await client.start();
  webSocket.last.hello("b:r:3");
  webSocket.last.batch("b:r:7", "src/a");
  webSocket.last.close(1006);
  expect(client.phase).toBe("reconnecting");
  clock.pass(300);
  expect(webSocket.streams).toHaveLength(2);
  expect(webSocket.last.request.since).toBe("b:r:7");
});

test("one that heard nothing goes on from where it began, and a later hello takes nothing away", async () => {
  const { client, webSocket, clock } = watching();
  await client.start();
  webSocket.last.hello("b:r:3");
  webSocket.last.close(1012);
  clock.pass(300);
  expect(webSocket.last.request.since).toBe("b:r:3");
  webSocket.last.hello("b:r:9");
  webSocket.last.close(1006);
  clock.pass(600);
  expect(webSocket.last.request.since).toBe("b:r:3");
});

test("a resync is told, and the stream goes on from its clock", async () => {
  const { client, webSocket, clock, resyncs } = watching();
  await client.start();
  webSocket.last.hello("b:r:3");
  webSocket.last.say({ type: "resync", clock: "c:r:1", reason: "restart", path: "src" });
  expect(resyncs.map(({ reason }) => reason)).toEqual(["restart"]);
  webSocket.last.close(1006);
  clock.pass(300);
  expect(webSocket.last.request.since).toBe("c:r:1");
});

test("it pings, and one that does not answer is given up", async () => {
  const { client, webSocket, clock } = watching();
  await client.start();
  webSocket.last.hello();
  expect(webSocket.last.sent).toEqual([{ type: "ping" }]);
  clock.pass(40);
  webSocket.last.say({ type: "pong" });
  expect(client.roundTrip).toBe(40);
  clock.pass(PING_EVERY);
  expect(webSocket.last.sent).toHaveLength(2);
  clock.pass(PONG_WITHIN);
  expect(client.phase).toBe("reconnecting");
});

test("the engine's own ping is answered", async () => {
  const { client, webSocket } = watching();
  await client.start();
  webSocket.last.hello();
  webSocket.last.say({ type: "ping" });
  expect(webSocket.last.sent.at(-1)).toEqual({ type: "pong" });
});

test("messages of a kind that is not known yet are passed over, and nonsense ends the stream", async () => {
  const { client, webSocket } = watching();
  await client.start();
  webSocket.last.hello();
  webSocket.last.say({ type: "news", clock: 1 });
  expect(client.phase).toBe("live");
  webSocket.last.say("{");
  expect(client.phase).toBe("reconnecting");
});

test("a server that never says hello is given up", async () => {
  const { client, webSocket, clock } = watching();
  await client.start();
  clock.pass(HELLO_WITHIN);
  await settled();
  expect(webSocket.streams[0]!.closed).toBe(true);
  expect(client.retryAt).not.toBeNull();
});

test.each([
  [4404, "gone"],
  [4403, "refused"],
  [4400, "failed"],
])("after %i it does not try again", async (code, phase) => {
  const { client, webSocket, clock } = watching();
  await client.start();
  webSocket.last.close(code, "no");
  clock.pass(60_000);
  expect(client.phase).toBe(phase);
  expect(webSocket.streams).toHaveLength(1);
});

test("what the server does not have is asked of the kernel", async () => {
  const comm = new FakeFilesWay("comm");
  const { client, webSocket } = watching({ comm });
  await client.start();
  webSocket.last.close(4404);
  expect(comm.streams).toHaveLength(1);
  comm.last.hello();
  expect([client.phase, client.kind]).toEqual(["live", "comm"]);
});

test("a page whose server is another's asks the kernel alone", async () => {
  const comm = new FakeFilesWay("comm");
  const { client, webSocket } = watching({ comm, probe: () => Promise.resolve({ kind: "foreign" }) });
  await client.start();
  expect([webSocket.streams.length, comm.streams.length]).toEqual([0, 1]);
});

test("nothing is heard of it once it is closed", async () => {
  const { client, webSocket, batches, clock } = watching();
  await client.start();
  webSocket.last.hello();
  client.close();
  webSocket.last.batch("b:r:1", "src/a");
  webSocket.last.close(1006);
  clock.pass(60_000);
  expect([batches.length, webSocket.streams.length]).toEqual([0, 1]);
});

test("through the kernel a page that nobody looks at still lets itself be heard", async () => {
  const comm = new FakeFilesWay("comm");
  const { client, clock } = watching({ webSocket: null, comm });
  await client.start();
  comm.last.hello();
  client.setVisible(false);
  const before = comm.last.sent.length;
  clock.pass(180_000);
  expect(comm.last.sent.slice(before)).toEqual([{ type: "ping" }, { type: "ping" }, { type: "ping" }]);
  comm.last.close(1006);
  expect(client.phase).toBe("reconnecting");
});
