// What one view shows, and what its buttons do.
import { expect, test, vi } from "vitest";
import type { Settings } from "../../src/state/settings.ts";
import { TerminalState } from "../../src/state/terminal.svelte.ts";
import { bytes, FakeClock, FakeConnector, FakeEmulator, settled } from "../core/fakes.ts";

const head = { sequence: 0, timestamp: 0 };
function shown(settings: Partial<Settings> = {}) {
  const clock = new FakeClock();
  const webSocket = new FakeConnector();
  const surroundings = {
    webSocket,
    comm: null,
    probe: () => Promise.resolve({ kind: "unreachable" as const }),
    create: vi.fn((_params: Record<string, unknown>) => Promise.resolve("t2")),
    canonical: vi.fn((_terminal: string) => Promise.resolve(true)),
    remove: vi.fn((_terminal: string) => Promise.resolve()),
    rename: vi.fn((_terminal: string) => {}),
    clock,
    habits: { asks: true },
  };
  const state = new TerminalState(
    { terminal: "t1", name: "build", rows: 24, command: ["make"], cwd: "/p", error: "", theme: "auto", size: null, marks: true, ...settings },
    surroundings,
  );
  const emulator = new FakeEmulator();
  state.attach(emulator, () => {});
  return { state, emulator, ...surroundings };
}

test("from connecting to live to lost to live again", () => {
  const { state, webSocket, clock } = shown();
  expect([state.condition, state.dot, state.strip]).toEqual(["connecting", "waiting", null]);
  webSocket.last.hello(0);
  expect([state.condition, state.dot, state.strip]).toEqual(["live", "ready", null]);
  webSocket.last.close(1006);
  for (const key of "abc") state.input(bytes(key));
  expect([state.condition, state.dot]).toEqual(["reconnecting", "trouble"]);
  expect(state.strip!.text).toBe("Connection lost. Trying again in 1 s; the program goes on, 3 keys are waiting.");
  clock.pass(300);
  webSocket.last.hello(0);
  expect(state.strip).toBeNull();
  expect(webSocket.last.typed).toBe("abc");
});

test("ended: how, after how long, and run again makes a new one with the same words", async () => {
  const { state, webSocket, create, rename, remove } = shown();
  webSocket.last.hello(0, { created: "2026-01-01T00:00:00Z", command: ["make"] });
  webSocket.last.say({ op: "EXIT", sequence: 0, timestamp: Date.parse("2026-01-01T00:02:13Z") * 1000, code: 1, signal: null });
  expect(state.strip).toMatchObject({ tone: "err", text: "Ended with exit code 1 after 2 min 13 s." });
  await state.act("restart");
  expect(create).toHaveBeenCalledWith({ name: "build", command: ["make"], cwd: "/p", cols: 80, rows: 24 });
  expect(rename).toHaveBeenCalledWith("t2");
  expect(remove).toHaveBeenCalledWith("t1");
  expect(webSocket.last.request.terminal).toBe("t2");
  expect(state.condition).toBe("connecting");
});

test("the lines of a long paste are counted in thousands", () => {
  const { state, webSocket } = shown();
  webSocket.last.hello(0);
  state.pasted("x\n".repeat(250_000), false);
  expect(state.strip!.text).toContain("Paste 250,000 lines?");
});

test("whether it is recorded is known from the model, and from what happens then", () => {
  const { state, webSocket } = shown();
  const recording = { path: "/w/a.cast", bytes: 0, input: true, error: null };
  const tell = (recording: unknown, sequence = 10) =>
    webSocket.last.say({ op: "EVENT", timestamp: 0, sequence, event: { kind: "recording", recording } });
  webSocket.last.hello(10, { recording, offset: 10 });
  expect([state.recorded.on, state.recorded.title]).toEqual([true, "Recorded into /w/a.cast, with what is typed"]);
  tell(null, 4); // history
  expect(state.recorded.on).toBe(true);
  tell(null);
  expect(state.recorded.on).toBe(false);
  tell({ ...recording, input: false });
  expect([state.recorded.on, state.recorded.title]).toEqual([true, "Recorded into /w/a.cast, without what is typed"]);
  expect(state.strip).toBeNull();
  const error = "the recording to /w/a.cast has ended: No space left on device";
  tell({ ...recording, error });
  expect([state.recorded.on, state.strip!.text]).toEqual([false, "The recording to /w/a.cast has ended: No space left on device."]);
  void state.act("dismiss");
  webSocket.last.close(1006);
  state.retryNow();
  webSocket.last.hello(10, { recording: { ...recording, error }, offset: 10 });
  tell({ ...recording, error }); // again, with the offset that was asked for
  expect([state.recorded.on, state.strip]).toEqual([false, null]);
});

test("close deletes the terminal, and the view says so", async () => {
  const { state, webSocket, remove } = shown();
  webSocket.last.hello(0);
  webSocket.last.say({ op: "EXIT", ...head, code: 0, signal: null });
  await state.act("close");
  expect(remove).toHaveBeenCalledWith("t1");
  expect(state.strip!.text).toBe("Closed.");
});

test("what cannot be done is said in the server's words", async () => {
  const { state, webSocket, create } = shown();
  webSocket.last.close(4404);
  expect(state.condition).toBe("gone");
  create.mockRejectedValueOnce(new Error("There is no directory /p."));
  await state.act("restart");
  expect(state.strip).toMatchObject({ tone: "err", text: "There is no directory /p." });
});

test("an error from the kernel is shown, and a terminal that comes later is connected to", () => {
  const { state, webSocket } = shown({ terminal: "", error: "No engine." });
  expect([state.condition, state.strip!.text]).toEqual(["error", "No engine."]);
  expect(webSocket.streams).toHaveLength(0);
  state.configure({ terminal: "t5", error: "" });
  expect(webSocket.last.request.terminal).toBe("t5");
});

test("another terminal replaces the one that is shown, from nothing", () => {
  const { state, webSocket, emulator } = shown();
  const first = webSocket.last;
  first.hello(0);
  first.output(0, "old");
  state.configure({ terminal: "t2" });
  expect(first.closed).toBe(true);
  expect(emulator.shown).toBe("");
  expect(webSocket.last.request).toMatchObject({ terminal: "t2" });
  expect(webSocket.last.request.since).toBeUndefined();
});

test("refused and taken over say so, and offer a way", () => {
  const refused = shown();
  refused.webSocket.last.close(4403, "You may not type.");
  refused.webSocket.last.close(4403, "Ask Ada."); // nor look
  expect([refused.state.condition, refused.state.strip!.text]).toEqual(["refused", "Ask Ada."]);
  const taken = shown();
  taken.webSocket.last.hello(0);
  taken.webSocket.last.close(4408);
  expect(taken.state.strip!.buttons.map(({ label }) => label)).toEqual(["Use here"]);
  void taken.state.act("here");
  expect(taken.webSocket.streams).toHaveLength(2);
});

const ISO = (clock: FakeClock, ago = 0) => new Date(clock.epoch() / 1000 - ago).toISOString();
const began = (clock: FakeClock, more = {}) => ({ command: "make", cwd: "/p", started: ISO(clock), ended: null, duration: null, exit_code: null, start: 10, end: null, ...more });

test("a running command is timed from its mark to its end", () => {
  const { state, webSocket, clock } = shown();
  webSocket.last.hello(0);
  const command = began(clock);
  webSocket.last.say({ op: "EVENT", ...head, event: { kind: "command_started", ...command } });
  expect([state.dot, state.runs]).toEqual(["busy", ""]);
  clock.pass(5000);
  state.tick();
  expect([state.dot, state.runs]).toEqual(["busy", "0:05"]);
  webSocket.last.say({ op: "EVENT", ...head, event: { kind: "command_finished", ...command, duration: 5, exit_code: 0, end: 20 } });
  expect([state.dot, state.runs, state.untilTick()]).toEqual(["ready", "", null]);
});

test("a page that comes late knows for how long the command runs, whatever its clock says", () => {
  const { state, webSocket, clock } = shown();
  const ahead = 3_600_000;
  const last_command = began(clock, { started: new Date(clock.epoch() / 1000 + ahead - 65_000).toISOString() });
  webSocket.last.hello(0, { offset: 50, last_command }, (clock.epoch() / 1000 + ahead) * 1000);
  expect([state.dot, state.runs]).toEqual(["busy", "1:05"]);
});

test("commands of the history do not flicker in the bar, and the directory follows the shell", () => {
  const { state, webSocket, clock } = shown();
  webSocket.last.hello(0, { offset: 50, cwd: "/now" });
  webSocket.last.say({ op: "EVENT", timestamp: 0, sequence: 10, event: { kind: "cwd", cwd: "/then" } });
  webSocket.last.say({ op: "EVENT", timestamp: 0, sequence: 20, event: { kind: "command_started", ...began(clock) } });
  expect([state.dot, state.sub]).toEqual(["ready", "make · /now"]);
  webSocket.last.say({ op: "EVENT", timestamp: 0, sequence: 60, event: { kind: "cwd", cwd: "/later" } });
  expect(state.sub).toBe("make · /later");
});

test("an end that was told while there was no connection is in the model", () => {
  const { state, webSocket, clock } = shown();
  webSocket.last.hello(0);
  const command = began(clock);
  webSocket.last.say({ op: "EVENT", ...head, event: { kind: "command_started", ...command } });
  webSocket.last.close(1006);
  clock.pass(2000);
  webSocket.last.hello(0, { last_command: { ...command, ended: ISO(clock), duration: 1, exit_code: 2, end: 30 } });
  expect(state.dot).toBe("ready");
  expect(state.shell.commands.all).toMatchObject([{ outcome: "failed", exit: 2, duration: 1000 }]);
});

test("a terminal that is gone runs nothing any more, and what was typed meanwhile is said to be lost", () => {
  const { state, webSocket, clock } = shown();
  const told: string[] = [];
  state.shell.commands.changed = ({ outcome }) => told.push(outcome);
  webSocket.last.hello(0);
  webSocket.last.say({ op: "EVENT", ...head, event: { kind: "command_started", ...began(clock) } });
  webSocket.last.close(1006);
  for (const key of "abc") state.input(bytes(key));
  clock.pass(300);
  webSocket.last.close(4404);
  expect(told).toEqual(["running", "unknown"]);
  expect(state.strip).toMatchObject({ text: "This terminal no longer lives; 3 keys were not delivered.", buttons: [{ label: "Start again" }] });
});

test("disposed: the connection is closed and nothing runs on", async () => {
  const { state, webSocket, clock } = shown();
  webSocket.last.hello(0);
  state.dispose();
  await settled();
  expect(webSocket.last.closed).toBe(true);
  expect(clock.pending).toBe(0);
});

test("several lines are asked about in the strip, also while the connection is lost, and none is lost", async () => {
  const { state, webSocket, clock } = shown();
  state.paste.give = (text) => state.input(bytes(text));
  webSocket.last.hello(0);
  state.pasted("make\nmake test\n", false);
  expect(state.strip).toMatchObject({ text: "Paste 2 lines? Each line runs as soon as it is pasted.", escape: "no paste" });
  expect(state.strip!.buttons.map(({ label }) => label)).toEqual(["Paste", "Cancel", "Don't ask again"]);
  webSocket.last.close(1006);
  expect(state.strip!.text).toContain("Paste 2 lines?");
  await state.act("paste");
  expect(state.strip!.text).toContain("Connection lost.");
  clock.pass(300);
  webSocket.last.hello(0);
  expect(webSocket.last.typed).toBe("make\nmake test\n");
  expect(state.strip).toBeNull();
});

test("a terminal that takes no input is not pasted into, and asks nothing", () => {
  const { state, webSocket } = shown();
  webSocket.last.hello(0, { writable: false });
  state.pasted("a\nb", false);
  expect(state.strip).toBeNull();
});

test("a long paste tells how far it is, and cancel drops what is not sent yet", async () => {
  const { state, webSocket, clock } = shown();
  webSocket.last.hello(0);
  const paste = "x".repeat(10_000_000);
  state.input(bytes(paste));
  const { length } = webSocket.last.typed;
  clock.pass(400);
  expect(state.strip).toMatchObject({ text: "Pasting 0.0 of 10 MB", buttons: [{ label: "Cancel" }] });
  await state.act("cancel paste");
  expect(state.strip).toBeNull();
  webSocket.last.say({ op: "INPUT_ACK", ...head, sequence: 100 });
  state.input(bytes("y"));
  expect(webSocket.last.typed).toBe(`${"x".repeat(length)}y`);
});

test("it can answer the program's questions while it is connected and may type, and at no other time", () => {
  const { state, webSocket, clock } = shown();
  expect(state.answers).toBe("t1");
  webSocket.last.hello(0);
  expect(state.answers).toBe("t1");
  webSocket.last.close(1006);
  expect(state.answers).toBeNull();
  clock.pass(300);
  expect(state.answers).toBeNull();
  webSocket.last.hello(0);
  expect(state.answers).toBe("t1");
  webSocket.last.say({ op: "EXIT", ...head, code: 0, signal: null });
  expect(state.answers).toBeNull();
  const watching = shown();
  watching.webSocket.last.hello(0, { writable: false });
  expect(watching.state.answers).toBeNull();
});

test("another one's size is told, with a way to take it, and goes when it is this view's", async () => {
  const { state, webSocket, clock } = shown();
  state.fits({ cols: 100, rows: 24 });
  webSocket.last.hello(0, { cols: 40, rows: 6 });
  expect([state.strip, webSocket.last.of("RESIZE").length]).toEqual([null, 1]);
  clock.pass(1000);
  expect(state.strip).toMatchObject({ tone: "quiet", text: "Sized elsewhere, 40 × 6." });
  await state.act("take size");
  expect(webSocket.last.of("INPUT")).toHaveLength(1);
  webSocket.last.say({ op: "RESIZED", ...head, cols: 100, rows: 24 });
  expect(state.strip).toBeNull();
});

test("who may only watch sees whose size it is, and no way to take it", () => {
  const { state, webSocket, clock } = shown();
  state.fits({ cols: 100, rows: 24 });
  webSocket.last.hello(0, { cols: 40, rows: 6, writable: false });
  clock.pass(1000);
  expect(state.strip!.buttons).toEqual([]);
  expect(webSocket.last.sent.filter(({ op }) => op === "RESIZE")).toEqual([]);
});

test("a line that the program would get cut is asked about, with what would be lost, and the safe way first", async () => {
  const { state, webSocket, canonical } = shown();
  state.paste.give = (text) => state.input(bytes(text));
  webSocket.last.hello(0);
  state.input(bytes("cat "));
  state.pasted("x".repeat(16_391), true);
  await settled();
  expect(canonical).toHaveBeenCalledWith("t1");
  expect(state.strip).toMatchObject({ tone: "warn", text: "This program reads lines of at most 4,096 bytes: 12,300 bytes would be lost.", escape: "no paste" });
  expect(state.strip!.buttons.map(({ label }) => label)).toEqual(["Cancel", "Paste anyway"]);
  expect(webSocket.last.typed).toBe("cat ");
  await state.act("paste");
  expect(webSocket.last.typed).toHaveLength(16_395);
});
