// What becomes of edits that are only in the page when their view goes.
import { beforeEach, expect, test, vi } from "vitest";
import { EditorState } from "../../src/state/editor.svelte.ts";
import { FakeDocumentsWay } from "../core/documentsFakes.ts";
import { FakeClock, settled } from "../core/fakes.ts";

const LEFT = (globalThis as Record<symbol, unknown>)[Symbol.for("orchflow.left")] as Set<unknown>;

beforeEach(() => {
  vi.stubGlobal("window", new EventTarget());
  LEFT.clear();
});

/** Whether the page asks before it goes. */
const asks = () => !window.dispatchEvent(new Event("beforeunload", { cancelable: true }));

async function shown() {
  const clock = new FakeClock();
  const way = new FakeDocumentsWay();
  const room = way.make("a.txt", "r1", "one\n");
  let channels = 0;
  const open = async (settings: { path?: string; readonly?: boolean; place?: string } = {}) => {
    const { path = "a.txt", readonly = false, place = "here" } = settings;
    channels++;
    const state = new EditorState(
      { path, line: 0, readonly, height: 100, theme: "auto", error: "" },
      { webSocket: way, comm: null, name: "Ada", seed: 0, clock, place, closed: () => channels-- },
    );
    await settled();
    return state;
  };
  const cut = () => {
    way.refusal = { kind: "unreachable" };
    room.cut(1006);
  };
  const mend = async () => {
    way.refusal = null;
    clock.pass(6000);
    await settled();
  };
  return { clock, way, room, state: await open(), open, cut, mend, channels: () => channels };
}

test("who has nothing to lose goes at once", async () => {
  const { state, room, clock, channels } = await shown();
  state.history!.text.insert(0, "x");
  state.dispose();
  expect([LEFT.size, room.members.size, clock.pending, channels(), asks()]).toEqual([0, 0, 0, 0, false]);
});

test("edits that the engine has not got outlast their view until it has them", async () => {
  const { state, room, clock, cut, mend, channels } = await shown();
  cut();
  state.history!.text.insert(0, "x");
  state.dispose();
  await settled();
  expect([LEFT.size, asks()]).toEqual([1, true]);
  room.safe = false;
  await mend();
  expect([room.text.toString(), asks()]).toEqual(["xone\n", true]);
  // Nobody is there any more.
  expect(room.awareness.getStates().size).toBe(0);
  room.keep();
  await settled();
  expect([LEFT.size, room.members.size, clock.pending, channels(), asks()]).toEqual([0, 0, 0, 0, false]);
});

test("another view of the document takes them over, and edits on", async () => {
  const { state, room, open, cut, mend, channels } = await shown();
  cut();
  state.history!.text.insert(0, "x");
  state.dispose();
  const next = await open();
  expect([next.condition, next.unsafe, next.history!.text.toString()]).toEqual(["reconnecting", true, "xone\n"]);
  // It is the view's to ask now.
  expect([LEFT.size, channels(), asks()]).toEqual([0, 1, false]);
  next.history!.text.insert(1, "y");
  await mend();
  expect([next.condition, next.unsafe, room.text.toString()]).toEqual(["live", false, "xyone\n"]);
  expect(room.awareness.getStates().size).toBe(1);
  next.dispose();
  expect(channels()).toBe(0);
});

test("what was sent and is not kept yet is taken over by a view whose connection is another", async () => {
  const { state, room, open, channels } = await shown();
  room.safe = false;
  state.history!.text.insert(0, "x");
  state.dispose();
  expect(asks()).toBe(true);
  room.safe = true;
  const next = await open();
  expect([next.condition, next.unsafe, room.members.size, channels()]).toEqual(["live", false, 1, 1]);
  expect(room.text.toString()).toBe("xone\n");
});

test("a view of another file, of another engine's, or that only looks takes nothing over", async () => {
  const { state, way, open, cut, mend } = await shown();
  way.make("b.txt", "r2", "");
  cut();
  state.history!.text.insert(0, "x");
  state.dispose();
  const others = [await open({ path: "b.txt" }), await open({ place: "there" }), await open({ readonly: true })];
  expect([LEFT.size, ...others.map(({ history }) => history)]).toEqual([1, null, null, null]);
  await mend();
  expect(LEFT.size).toBe(0);
  expect(others.map(({ history }) => history?.text.toString())).toEqual(["", "xone\n", "xone\n"]);
});

test("of several the last is taken over, and the others are merged by themselves", async () => {
  const { state, room, open, cut, mend } = await shown();
  const other = await open();
  cut();
  state.history!.text.insert(4, "first\n");
  other.history!.text.insert(0, "last\n");
  state.dispose();
  other.dispose();
  const next = await open();
  expect(next.history!.text.toString()).toBe("last\none\n");
  await mend();
  expect([room.text.toString(), LEFT.size]).toEqual(["last\none\nfirst\n", 0]);
  expect(next.history!.text.toString()).toBe("last\none\nfirst\n");
});

test("an engine that lost the history is offered them though nobody looks", async () => {
  const { state, way, room, cut, mend } = await shown();
  cut();
  state.history!.text.insert(0, "x");
  state.dispose();
  const next = way.make("a.txt", "r2", "one\n");
  room.cut(4404);
  await mend();
  await mend();
  expect(next.calls).toMatchObject([{ call: "offer", base: "one\n", text: "xone\n", author: "Ada" }]);
  expect([next.text.toString(), LEFT.size, asks()]).toEqual(["one\n", 0, false]);
});

test("when the network is back it tries at once", async () => {
  const { state, way, room, cut } = await shown();
  cut();
  state.history!.text.insert(0, "x");
  state.dispose();
  way.refusal = null;
  window.dispatchEvent(new Event("online"));
  await settled();
  expect([room.text.toString(), LEFT.size]).toEqual(["xone\n", 0]);
});
