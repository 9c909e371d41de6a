// What an editor says of its file, and what it does when asked.
import { expect, test } from "vitest";
import { EditorState, type EditorSettings } from "../../src/state/editor.svelte.ts";
import { FakeDocumentsWay } from "../core/documentsFakes.ts";
import { FakeClock, settled } from "../core/fakes.ts";

async function shown(settings: Partial<EditorSettings> = {}, text = "one\n") {
  const clock = new FakeClock();
  const way = new FakeDocumentsWay();
  const room = way.make("src/a.py", "r1", text);
  const state = new EditorState(
    { path: "src/a.py", line: 0, readonly: false, height: 100, theme: "auto", error: "", ...settings },
    { webSocket: way, comm: null, name: "Ada", seed: 0, clock },
  );
  await settled();
  return { clock, way, room, state };
}
const at = (clock: FakeClock, ago: number) => clock.epoch() / 1000 - ago;

test("it names the file, where it is, and who else is in it", async () => {
  const { state, room } = await shown();
  expect([state.condition, state.name, state.folder, state.transport]).toEqual(["live", "a.py", "src", "websocket"]);
  room.show(3, "Grace", "#2563eb", 1);
  await settled();
  expect(state.people.map(({ name }) => name)).toEqual(["Grace"]);
});

test("whether it is saved is always said, and why not", async () => {
  const { state, room, clock } = await shown();
  const told: string[] = [];
  for (const save of [
    { status: "saved", reason: null, at: null },
    { status: "unsaved", reason: null, at: null },
    { status: "saving", reason: null, at: null },
    { status: "saved", reason: null, at: at(clock, 4000) },
    { status: "waiting", reason: "the server is away", at: null },
    { status: "failed", reason: "no space is left", at: null },
  ]) {
    room.state.set("save", save);
    await settled();
    told.push(`${state.saved}: ${state.strip?.text ?? ""}`);
  }
  expect(told).toEqual([
    "saved: ",
    "not saved yet: ",
    "saving: ",
    "saved 4 s ago: ",
    "waiting to save: The server is away. Saving waits; nothing is lost.",
    "not saved: Not saved. No space is left. Nothing is lost; it is tried again.",
  ]);
});

test("offline it says so, and whether anything is only here", async () => {
  const { state, room, way, clock } = await shown();
  way.refusal = { kind: "unreachable" };
  room.cut(1006);
  await settled();
  expect(state.saved).toBe("offline");
  state.history!.text.insert(0, "x");
  await settled();
  expect([state.saved, state.unsafe]).toEqual(["offline, not saved", true]);
  expect(state.strip?.text).toMatch(/^Connection lost\. .* kept here and merged then\.$/);
  way.refusal = null;
  await state.act("now");
  await settled();
  clock.pass(10);
  expect([state.condition, state.unsafe, room.text.toString()]).toEqual(["live", false, "xone\n"]);
});

test("a conflict is asked about until somebody chooses", async () => {
  const { state, room } = await shown();
  const conflict = { id: "c1", at: 0, base: "a", ours: "b", theirs: "c", start: null, end: null };
  room.answer = ({ call, conflict: id }) => {
    if (call === "resolve" && id === "c1") room.state.set("conflicts", []);
    return {};
  };
  room.state.set("conflicts", [conflict, { ...conflict, id: "c2" }]);
  await settled();
  expect(state.decision).toMatchObject({ kind: "conflict", id: "c1", before: "b", after: "c" });
  expect(state.strip?.text).toContain("(1 of 2)");
  await state.act("theirs");
  await settled();
  expect(room.calls).toMatchObject([{ call: "resolve", conflict: "c1", take: "theirs" }]);
  expect(state.decision).toBeNull();
});

test("edits of another history are taken over or dismissed", async () => {
  const { state, room } = await shown();
  room.state.set("offers", [{ id: "o1", at: 0, author: "Grace", base: "one\n", text: "one\ntwo\n" }]);
  await settled();
  expect(state.strip?.buttons.map(({ label }) => label)).toEqual(["Copy", "Dismiss", "Take them over"]);
  await state.act("take");
  await state.act("dismiss");
  expect(room.calls).toMatchObject([{ call: "take", offer: "o1" }, { call: "dismiss", offer: "o1" }]);
});

test("what the engine refuses is said in its words, once", async () => {
  const { state, room } = await shown();
  room.answer = () => {
    throw new Error("the conflict is not there any more");
  };
  await state.act("save");
  expect(state.strip?.text).toBe("Saving failed: the conflict is not there any more.");
  await state.act("ok");
  expect(state.strip).toBeNull();
});

test("what stands in the file's place is never called saved, and why a save failed is said for as long as it does", async () => {
  const { state, room } = await shown();
  const became = async (status: string) => (room.state.set("file", { status, message: null }), settled());
  const told = () => [state.saved, state.strip?.buttons.map(({ label }) => label)];
  await became("unreadable");
  expect(told()).toEqual(["unreadable", ["Try again"]]);
  await became("replaced");
  expect(told()).toEqual(["replaced", ["Try again"]]);
  room.answer = () => {
    throw new Error("src/a.py is a directory now");
  };
  await state.act("save");
  expect(state.strip?.text).toBe("Saving failed: src/a.py is a directory now.");
  await became("deleted");
  expect(told()).toEqual(["deleted", ["Make it again"]]);
  room.state.set("save", { status: "failed", reason: "there is no directory src any more for src/a.py", at: null });
  await settled();
  expect(state.strip?.text).toBe("Not saved. There is no directory src any more for src/a.py. Nothing is lost.");
});

test("what became of the file is told in sentences that fit their button", async () => {
  const { state, room } = await shown();
  const told = async (status: string, message: string | null) => {
    room.state.set("file", { status, message });
    await settled();
    return `${state.strip?.text} [${state.strip?.buttons[0]?.label}]`;
  };
  expect(await told("deleted", "the file was deleted; saving makes it anew")).toBe("a.py was deleted. What is here stays; saving makes the file again. [Make it again]");
  expect(await told("replaced", "src/a.py is a directory now, and cannot be edited")).toBe(
    "src/a.py is a directory now, and cannot be edited. It is not written over; what is here stays. [Try again]",
  );
  expect(await told("unreadable", "the disk of src/a.py does not answer")).toBe("The disk of src/a.py does not answer. It is not written over; what is here stays. [Try again]");
});

test("who may only look is told, and so is who edits a file that cannot be written", async () => {
  const { state } = await shown({ readonly: true });
  expect([state.writable, state.saved]).toEqual([false, "read only"]);
  const other = await shown();
  other.room.state.set("file", { status: "there", writable: false });
  await settled();
  expect(other.state.writable).toBe(false);
});

test("a file that was renamed has its new name", async () => {
  const { state, room } = await shown();
  room.state.set("path", "lib/b.py");
  await settled();
  expect([state.name, state.folder]).toEqual(["b.py", "lib"]);
});

test("what is no state at all breaks nothing", async () => {
  const { state, room } = await shown();
  for (const name of ["save", "file", "conflicts", "offers", "path"]) for (const value of [7, "x", null, [1, null, {}], {}]) room.state.set(name, value);
  await settled();
  expect(state.condition).toBe("live");
});

test("a file that is not there is made by a button, and who only looks has none", async () => {
  const { state, way, room } = await shown();
  const gone = { kind: "gone", reason: "there is no src/a.py" } as const;
  const missing = async (settings: Partial<EditorSettings> = {}) => {
    const other = new EditorState({ path: "src/b.py", line: 0, readonly: false, height: 100, theme: "auto", error: "", ...settings }, { webSocket: way, comm: null, name: "Ada", seed: 0 });
    await settled();
    return other;
  };
  way.refusal = gone;
  const one = await missing();
  expect([one.strip?.text, one.strip?.buttons.map(({ label }) => label)]).toEqual(["There is no src/b.py.", ["Try again", "Make it"]]);
  for (const other of [await missing({ readonly: true }), await missing({ path: "b.ipynb" })]) expect(other.strip?.buttons.map(({ label }) => label)).toEqual(["Try again"]);
  way.create = () => Promise.reject(new Error("there is no folder src"));
  await one.act("make");
  expect([one.strip?.text, one.strip?.buttons.length]).toEqual(["src/b.py cannot be made: there is no folder src.", 2]);
  way.create = (path) => Promise.resolve(void (way.make(path, "r2", ""), (way.refusal = null)));
  await one.act("make");
  await settled();
  expect([one.condition, one.strip]).toEqual(["live", null]);
  // What is here is more than an empty file.
  way.refusal = gone;
  room.cut(4404);
  await settled();
  await state.act("now");
  await settled();
  expect([state.condition, state.strip?.buttons.map(({ label }) => label)]).toEqual(["gone", ["Try again"]]);
});

test("a kernel that has no such file is believed", async () => {
  const { state, way } = await shown({ error: "there is no src/a.py" });
  expect([state.condition, state.strip?.text, way.asked]).toEqual(["error", "there is no src/a.py", 0]);
});
