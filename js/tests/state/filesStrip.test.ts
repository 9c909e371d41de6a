// What the strip below file events says of what reruns.
import { expect, test } from "vitest";
import type { FilesResync } from "../../src/protocol/files.ts";
import { filesStrip, type FilesSituation, type Rerun } from "../../src/state/filesStrip.ts";

const RERUN: Rerun = {
  kind: "command", name: "pytest -q", state: "passed", how: "", duration: 3.21, after: "src/engine/session.py", others: 0, runs: 1, queued: false, terminal: "t1",
};
const NOW: FilesSituation = { phase: "live", reason: "", retryIn: null, greeted: true, path: "src", base: "src", error: "", resync: null, rerun: RERUN, rerunSince: false, outputShown: false };
const RESYNC: FilesResync = { type: "resync", clock: "", reason: "restart", path: ".", message: "the engine has been started anew since" };
const said = (rerun: Partial<Rerun>, now: Partial<FilesSituation> = {}) => {
  const strip = filesStrip({ ...NOW, rerun: { ...RERUN, ...rerun }, ...now });
  return strip && `${strip.tone}: ${strip.text} [${strip.buttons.map(({ label }) => label).join(", ")}]`;
};

test("how it ended, how long it took, and after what", () => {
  expect(said({})).toBe("ok: pytest -q passed in 3.2 s, after engine/session.py [Output]");
  expect(said({ others: 4 })).toContain("after engine/session.py and 4 more");
  expect(said({ state: "failed", how: "exit code 1" })).toBe("err: pytest -q failed: exit code 1, in 3.2 s, after engine/session.py [Output]");
});

test("that it runs, and that it will again", () => {
  expect(said({ state: "running", queued: true }, { outputShown: true })).toBe("quiet: pytest -q runs, after engine/session.py; it runs again then. [Hide output]");
});

test("a cell has no terminal, and runs rather than passes", () => {
  const cell = { kind: "cell", name: "The cell", terminal: "" } as const;
  expect(said(cell)).toBe("ok: The cell ran in 3.2 s, after engine/session.py []");
  expect(said({ ...cell, state: "stopped" })).toBe("quiet: The cell runs no more when something changes. [Start again]");
});

test("a command is told from what is said of it, and a cell is none", () => {
  const code = (now: Partial<FilesSituation>) => filesStrip({ ...NOW, ...now })?.code;
  expect(code({})).toBe("pytest -q");
  expect(code({ resync: RESYNC, rerunSince: true })).toBe("pytest -q");
  expect(code({ rerun: { ...RERUN, kind: "cell", name: "The cell" } })).toBeUndefined();
  expect(code({ resync: RESYNC })).toBeUndefined();
});

test("before anything changed it can be run by hand", () => {
  expect(said({ state: "waiting", runs: 0 })).toBe("quiet: pytest -q runs when something changes. [Run now]");
});

test("missed changes and trouble come first", () => {
  expect(said({}, { resync: { ...RESYNC, reason: "limit", message: "no watches are left; sudo sysctl …" } })).toBe(
    "warn: Changes may be missing here: the system's limit of watches is reached. No watches are left; sudo sysctl … [Dismiss]",
  );
  expect(said({}, { phase: "gone" })).toBe("err: There is no src to watch. [Try again]");
});

test("why something is missing is said once, as exactly as it is known", () => {
  const why = (reason: string, message: string) => said({}, { resync: { ...RESYNC, reason, message } });
  expect(why("restart", RESYNC.message!)).toBe("warn: Changes may be missing here: the engine started anew. [Dismiss]");
  expect(why("too_old", "what happened since is no longer held")).toBe("warn: Changes may be missing here: too much happened meanwhile. [Dismiss]");
  expect(why("denied", "a/b cannot be read: Permission denied")).toBe("warn: Changes may be missing here: a/b cannot be read: Permission denied. [Dismiss]");
  expect(why("denied", "")).toBe("warn: Changes may be missing here: some of it may not be read. [Dismiss]");
});

test("how it ended after something was missed is said first", () => {
  const since = { resync: RESYNC, rerunSince: true };
  expect(said({ after: "" }, since)).toBe("ok: pytest -q passed in 3.2 s. Changes may be missing here: the engine started anew. [Output, Dismiss]");
  expect(said({ state: "running", after: "" }, since)).toBe("quiet: pytest -q runs. Changes may be missing here: the engine started anew. [Output, Dismiss]");
  expect(said({ state: "waiting" }, since)).toBe("warn: Changes may be missing here: the engine started anew. [Dismiss]");
});
