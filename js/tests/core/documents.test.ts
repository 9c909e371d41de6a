// A document over reconnects: what is edited is kept and merged, and never put into another history.
import { expect, test } from "vitest";
import { SYNC_WITHIN } from "../../src/core/conversation.ts";
import { saveOf } from "../../src/state/documentState.ts";
import { editing, FakeDocumentsWay } from "./documentsFakes.ts";
import { settled } from "./fakes.ts";

const live = async (given = editing()) => {
  given.client.connect();
  await settled();
  return { ...given, text: given.client.history!.text };
};

test("it is here once both have what the other had, and edits go both ways", async () => {
  const { client, room, text } = await live();
  expect(client.phase).toBe("live");
  expect(text.toString()).toBe("one\ntwo\n");
  text.insert(0, "zero\n");
  expect(room.text.toString()).toBe("zero\none\ntwo\n");
  room.text.insert(0, "# ");
  expect(text.toString()).toBe("# zero\none\ntwo\n");
});

test.each([
  [6, "one\n"],
  [3, "one"],
  [100, "one\ntwo\nthr"],
])("of a text its first %i characters are here before the rest, in whole lines", async (head, lines) => {
  const heads = new Set<string>();
  let look = () => {};
  const given = editing({ head, changed: () => look() }, "one\ntwo\nthr");
  look = () => void heads.add(given.client.head);
  await live(given);
  expect([...heads]).toEqual([lines, ""]);
});

test("what is edited offline is merged on return", async () => {
  const { client, room, text, clock } = await live();
  room.cut(1006);
  expect(client.phase).toBe("reconnecting");
  text.insert(0, "offline ");
  room.text.insert(room.text.length, "three\n");
  expect(client.unsafe).toBe(true);
  clock.pass(400);
  await settled();
  expect(client.phase).toBe("live");
  expect(text.toString()).toBe("offline one\ntwo\nthree\n");
  expect(room.text.toString()).toBe(text.toString());
  expect(client.unsafe).toBe(false);
});

test("an edit is safe when the engine has said that all that was sent is kept", async () => {
  const given = editing();
  given.room.safe = false;
  const { client, room, text } = await live(given);
  text.insert(0, "a");
  text.insert(1, "b");
  expect(client.unsafe).toBe(true);
  for (const member of room.members) member.updates--;
  room.keep();
  expect(client.unsafe).toBe(true);
  for (const member of room.members) member.updates++;
  room.keep();
  expect(client.unsafe).toBe(false);
});

test("another history is never merged with: what was not safe is offered to it once", async () => {
  const { client, way, room, text, clock } = await live();
  text.insert(0, "safe ");
  room.safe = false;
  text.insert(0, "lost ");
  const next = way.make("a.txt", "r2", "one, from the file\n");
  room.cut(4404);
  clock.pass(400);
  await settled();
  expect(client.phase).toBe("live");
  expect(client.history!.room).toBe("r2");
  expect(client.history!.text.toString()).toBe("one, from the file\n");
  expect(next.text.toString()).toBe("one, from the file\n");
  expect(next.calls).toMatchObject([{ call: "offer", base: "safe one\ntwo\n", text: "lost safe one\ntwo\n", author: "Ada" }]);
  expect(client.kept).toBeNull();
});

test("what was safe is not offered to another history", async () => {
  const { way, room, text, clock } = await live();
  text.insert(0, "safe ");
  const next = way.make("a.txt", "r2", "safe one\ntwo\n");
  room.cut(4404);
  clock.pass(400);
  await settled();
  expect(next.calls).toEqual([]);
});

test("an offer that the engine does not take stays here", async () => {
  const { client, way, room, text, clock } = await live();
  room.safe = false;
  text.insert(0, "lost ");
  way.make("a.txt", "r2", "other\n").answer = () => {
    throw new Error("there is no call 'offer'");
  };
  room.cut(4404);
  clock.pass(400);
  await settled();
  expect(client.kept).toMatchObject({ base: "one\ntwo\n", text: "lost one\ntwo\n" });
  expect(client.unsafe).toBe(true);
  client.forget();
  expect(client.unsafe).toBe(false);
});

test("others are seen at once, and nobody is while there is no connection", async () => {
  const given = editing();
  given.room.show(7, "Grace", "#2563eb", 2);
  const { client, room, clock } = await live(given);
  const names = () => [...client.history!.awareness.getStates().values()].map(({ user }) => (user as { name: string }).name);
  expect(names().sort()).toEqual(["Ada", "Grace"]);
  room.cut(1006);
  expect(names()).toEqual(["Ada"]);
  clock.pass(400);
  await settled();
  expect(names().sort()).toEqual(["Ada", "Grace"]);
});

test("one that leaves is gone for the others", async () => {
  const { client, room } = await live();
  expect(room.awareness.getStates().size).toBe(1);
  client.close();
  expect(room.awareness.getStates().size).toBe(0);
});

test.each([
  [{ kind: "gone", reason: "there is no file" }, "gone"],
  [{ kind: "refused", reason: "sign in" }, "refused"],
  [{ kind: "failed", reason: "it is no text" }, "failed"],
] as const)("%o is said, and tried again when asked", async (refusal, phase) => {
  const { client, way } = editing();
  way.refusal = refusal;
  client.connect();
  await settled();
  expect([client.phase, client.reason]).toEqual([phase, refusal.reason]);
  way.refusal = null;
  client.retryNow();
  await settled();
  expect(client.phase).toBe("live");
});

test("a server that does not answer is asked again by itself", async () => {
  const { client, way, clock } = editing();
  way.refusal = { kind: "unreachable" };
  client.connect();
  await settled();
  expect(client.phase).toBe("connecting");
  expect(client.retryAt).not.toBeNull();
  way.refusal = null;
  clock.pass(400);
  await settled();
  expect(client.phase).toBe("live");
});

test("a server that has no such file sends one to the kernel, whose engine may be another", async () => {
  const comm = new FakeDocumentsWay("comm");
  comm.make("a.txt", "k1", "of the kernel");
  const { client, way } = editing({ comm });
  way.refusal = { kind: "foreign" };
  client.connect();
  await settled();
  expect([client.phase, client.kind]).toEqual(["live", "comm"]);
  expect(client.history!.text.toString()).toBe("of the kernel");
});

test("a notebook is Jupyter's to open", async () => {
  const { client, way } = editing();
  way.opened = { type: "notebook" };
  client.connect();
  await settled();
  expect(client.phase).toBe("notebook");
  expect(way.joined).toBe(0);
});

test("in a room of jupyter-collaboration nothing of ours is said, and what is sent is taken for kept", async () => {
  const { client, way, room } = editing();
  way.opened = { provider: "jupyter-collaboration" };
  room.answer = () => {
    throw new Error("never asked");
  };
  client.connect();
  await settled();
  client.history!.text.insert(0, "x");
  expect(client.unsafe).toBe(false);
  expect(room.text.toString()).toBe("xone\ntwo\n");
  expect(room.calls).toEqual([]);
});

test("what anybody edits is not in the file until a room of jupyter-collaboration says that nothing is dirty", async () => {
  const { client, way, room } = editing();
  way.opened = { provider: "jupyter-collaboration" };
  client.connect();
  await settled();
  const history = client.history!;
  const save = () => saveOf(history.state, history.behind).status;
  expect(save()).toBe("saved");
  for (const text of [history.text, room.text]) {
    text.insert(0, "x");
    expect(save()).toBe("unsaved");
    room.state.set("path", "other.txt");
    expect(save()).toBe("unsaved");
    room.state.set("dirty", false);
    expect(save()).toBe("saved");
  }
});

test("a room of jupyter-collaboration writes its file when it is asked to, after what was edited, and is not believed blindly", async () => {
  const { client, way, room } = editing();
  way.opened = { provider: "jupyter-collaboration" };
  client.connect();
  await settled();
  const seen: string[] = [];
  const write = room.written;
  room.written = () => (seen.push(room.text.toString()), write());
  client.history!.text.insert(0, "x");
  await client.save();
  expect(seen).toEqual(["xone\ntwo\n"]);
  expect(client.history!.behind).toBe(false);
  room.written = () => "skipped";
  await client.save();
  for (const status of ["failed", "success"]) {
    room.written = () => status;
    await expect(client.save()).rejects.toThrow("did not write the file");
  }
  room.cut(1006);
  await expect(client.save()).rejects.toThrow("no connection");
});

test("a file that is not there can be made", async () => {
  const { client, way } = editing();
  way.refusal = { kind: "gone", reason: "there is no a.txt" };
  client.connect();
  await settled();
  expect(client.phase).toBe("gone");
  await client.create();
  await settled();
  expect([client.phase, client.history!.text.toString()]).toEqual(["live", ""]);
  await expect(client.create()).rejects.toThrow("not allowed");
});

test("a kernel that is busy does not keep one from hearing that there is no such file", async () => {
  const comm = new FakeDocumentsWay("comm");
  const { client, way, clock } = editing({ comm });
  let answer = () => {};
  comm.answers = new Promise((resolve) => (answer = resolve));
  way.refusal = { kind: "gone", reason: "there is no a.txt" };
  client.connect();
  await settled();
  expect([client.phase, comm.asked]).toEqual(["connecting", 1]);
  clock.pass(1000);
  expect([client.phase, client.reason]).toEqual(["gone", "there is no a.txt"]);
  // What it says later is nothing that was asked any more, and it is asked again when the user is.
  comm.make("a.txt", "k1", "of the kernel");
  answer();
  await settled();
  expect(client.phase).toBe("gone");
  client.retryNow();
  await settled();
  expect([client.phase, client.kind]).toEqual(["live", "comm"]);
});

test("what the server says of a file holds where the kernel knows no more", async () => {
  for (const refusal of [{ kind: "failed", reason: "there is no engine" }, { kind: "unreachable" }] as const) {
    const comm = new FakeDocumentsWay("comm");
    comm.refusal = refusal;
    const { client, way } = editing({ comm });
    way.refusal = { kind: "gone", reason: "there is no a.txt" };
    client.connect();
    await settled();
    expect([client.phase, client.reason, client.retryAt]).toEqual(["gone", "there is no a.txt", null]);
    expect(client.kind).toBe("websocket");
  }
});

test("one that does not come to an end in time is tried again", async () => {
  const { client, way, clock } = editing();
  let joined = 0;
  way.join = () => (joined++, { send: () => {}, close: () => {} });
  client.connect();
  await settled();
  clock.pass(SYNC_WITHIN);
  await settled();
  clock.pass(6000);
  await settled();
  expect(joined).toBe(2);
});

test("who may only look is told so, and asks for no more", async () => {
  const { client } = await live(editing({ mode: "ro" }));
  expect(client.writable).toBe(false);
});

test("a call gives the engine's answer or its words", async () => {
  const { client, room } = await live();
  room.answer = ({ call }) => {
    if (call === "save") return { status: "saved", at: 1 };
    throw new Error(`there is no call ${call}`);
  };
  await expect(client.call("save")).resolves.toEqual({ status: "saved", at: 1 });
  await expect(client.call("fly")).rejects.toThrow("there is no call fly");
  room.cut(1006);
  await expect(client.call("save")).rejects.toThrow("no connection");
});
