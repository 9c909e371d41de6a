// What the widget of file events shows, and how much work that is.
import { expect, test } from "vitest";
import { flushSync } from "svelte";
import { FilesState, type FilesSettings } from "../../src/state/files.svelte.ts";
import { LIMIT } from "../../src/state/changes.ts";
import type { Rerun } from "../../src/state/filesStrip.ts";
import { FakeClock } from "../core/fakes.ts";
import { FakeFilesWay } from "../core/filesFakes.ts";

const SETTINGS: FilesSettings = { path: "src", also: [], error: "", theme: "auto", height: 260, rerun: null };

async function shown(settings: Partial<FilesSettings> = {}) {
  const clock = new FakeClock();
  const way = new FakeFilesWay();
  const frames: (() => void)[] = [];
  const state = new FilesState(
    { ...SETTINGS, ...settings },
    {
      webSocket: way,
      comm: null,
      probe: () => Promise.resolve({ kind: "unreachable" }),
      recursive: true,
      ignore: [],
      clock,
      frame: (call) => {
        frames.push(call);
        return () => {};
      },
    },
  );
  await Promise.resolve();
  const paint = () => {
    for (const call of frames.splice(0)) call();
    flushSync();
  };
  way.streams.at(0)?.hello("b:r:0");
  return { clock, way, state, paint, frames };
}
const texts = (state: FilesState) => state.rows.map(({ text }) => text);

test("batches are shown with the next frame, all at once", async () => {
  const { way, state, paint, frames } = await shown();
  way.last.batch("b:r:1", "src/a", "src/b");
  way.last.batch("b:r:2", "src/a");
  expect([texts(state), frames.length]).toEqual([[], 1]);
  paint();
  expect(texts(state)).toEqual(["a", "b"]);
  expect([state.rows[0]!.count, state.lastMinute, state.condition]).toEqual([2, 3, "live"]);
});

test("a hundred thousand events take few frames, and what is kept is bounded", async () => {
  const { way, state, paint, frames } = await shown();
  for (let batch = 0; batch < 100; batch++) way.last.batch(`b:r:${batch + 1}`, ...Array.from({ length: 1000 }, (_, file) => `src/d${batch}/f${file}`));
  let painted = 0;
  while (frames.length > 0) (paint(), painted++);
  expect(painted).toBeLessThan(30);
  expect([state.total, state.forgotten, state.events, state.lastMinute]).toEqual([LIMIT, 100_000 - LIMIT, 100_000, 100_000]);
  expect(texts(state)[0]).toBe("d99/f999");
});

test("a big tree is sorted anew only now and then", async () => {
  const { way, state, paint, clock } = await shown();
  state.asTree = true;
  way.last.batch("b:r:1", ...Array.from({ length: 3000 }, (_, file) => `src/f${file}`));
  paint();
  expect(texts(state)).toHaveLength(0);
  clock.pass(300);
  expect(texts(state)).toHaveLength(3000);
});

test("while it is paused nothing moves, and afterwards all of it is there", async () => {
  const { way, state, paint } = await shown();
  state.pause(true);
  way.last.batch("b:r:1", "src/a", "src/b");
  paint();
  state.filter = "src";
  expect([texts(state).length, state.unseen, state.condition]).toEqual([0, 2, "paused"]);
  state.filter = "";
  state.pause(false);
  expect([texts(state).length, state.unseen]).toEqual([2, 0]);
});

test("clear forgets what was, and goes on", async () => {
  const { way, state, paint } = await shown();
  way.last.batch("b:r:1", "src/a");
  way.last.say({ type: "resync", clock: "b:r:2", reason: "overflow", path: "src" });
  paint();
  expect(state.strip?.text).toBe("Changes below src may be missing here: too many at once.");
  state.clear();
  expect([texts(state).length, state.lastMinute, state.strip]).toEqual([0, 0, null]);
  way.last.batch("b:r:3", "src/b");
  paint();
  expect(texts(state)).toEqual(["b"]);
});

test("a filter shows what has its words", async () => {
  const { way, state, paint } = await shown();
  way.last.batch("b:r:1", "src/a.py", "src/b.txt");
  paint();
  state.filter = "PY";
  expect(texts(state)).toEqual(["a.py"]);
});

test("ages count from when it happened by the engine's clock", async () => {
  const { way, state, paint, clock } = await shown();
  clock.pass(1_000);
  way.last.say({ type: "batch", clock: "b:r:1", events: [{ kind: "created", path: "src/a", is_dir: false }], first_seen: 1_000_000, sent: 9_000_000 });
  paint();
  clock.pass(2_000);
  state.tick();
  expect(state.now - state.rows[0]!.at).toBe(10_000);
});

test("a lost connection is told with what goes on, and content stays", async () => {
  const { way, state, paint } = await shown();
  way.last.batch("b:r:1", "src/a");
  paint();
  way.last.close(1006);
  expect([state.condition, texts(state)]).toEqual(["reconnecting", ["a"]]);
  expect(state.strip?.text).toMatch(/^Connection lost\. Trying again in \d s; what changes meanwhile is told then\.$/);
});

test("where the kernel cannot watch, nothing is asked of the server", async () => {
  const { way, state } = await shown({ error: "there is no src" });
  expect([way.streams.length, state.condition, state.strip?.text]).toEqual([0, "error", "there is no src"]);
});

test("of several paths all are watched, shown from the root, and the one in trouble is named", async () => {
  const { way, state, paint } = await shown({ also: ["data.csv"] });
  expect(way.streams.map(({ request }) => request.path)).toEqual(["src", "data.csv"]);
  way.last.hello();
  way.streams[0]!.batch("b:r:1", "src/a");
  way.streams[1]!.batch("b:r:1", "data.csv");
  paint();
  expect(texts(state)).toEqual(["data.csv", "src/a"]);
  way.streams[1]!.close(4404);
  expect(state.strip?.text).toBe("There is no data.csv to watch.");
});

const RERUN: Rerun = { kind: "command", name: "make", state: "failed", how: "exit code 1", duration: 1, after: "", others: 0, runs: 1, queued: false, terminal: "" };
const RESYNC = { type: "resync", clock: "b:r:2", reason: "restart", path: "src" } as const;

test("a run that ends after changes were missed is told of, and one from before is not", async () => {
  const { way, state } = await shown({ rerun: RERUN });
  way.last.say(RESYNC);
  expect(state.strip?.text).toBe("Changes below src may be missing here: the engine started anew.");
  state.configure({ ...SETTINGS, rerun: { ...RERUN, state: "passed", how: "", runs: 2 } });
  expect(state.strip?.text).toBe("make passed in 1.0 s. Changes below src may be missing here: the engine started anew.");
  state.dismiss();
  expect(state.strip?.text).toBe("make passed in 1.0 s");
  way.last.say(RESYNC);
  expect(state.strip?.text).toBe("Changes below src may be missing here: the engine started anew.");
});

test("so is one that ends while the page has no connection", async () => {
  const { way, state, clock } = await shown({ rerun: RERUN });
  way.last.close(1006);
  state.configure({ ...SETTINGS, rerun: { ...RERUN, state: "passed", how: "", runs: 2 } });
  clock.pass(1000);
  way.last.hello();
  way.last.say(RESYNC);
  expect(state.strip?.text).toBe("make passed in 1.0 s. Changes below src may be missing here: the engine started anew.");
});
