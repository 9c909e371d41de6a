// Which commands there were, told once or many times, in order or not.
import { expect, test } from "vitest";
import { CommandLog, KEPT, labelOf, neighbour, repeatable, sentenceOf, type Command } from "../../src/state/commands.ts";

const began = (start: number, command = "make") => ({
  command, cwd: "/p", started: "2026-01-02T03:04:06.000000Z", ended: null, duration: null, exit_code: null, start, end: null,
});
const done = (start: number, exit_code: number | null = 0) => ({
  ...began(start), ended: "2026-01-02T03:04:09.500000Z", duration: 3.5, exit_code, end: start + 5,
});
const outcomes = (log: CommandLog) => log.all.map(({ start, outcome }) => `${start} ${outcome}`);

test("a command runs, and then it has succeeded or failed or ended somehow", () => {
  const log = new CommandLog();
  log.event({ kind: "command_started", ...began(10) });
  expect([log.running?.start, outcomes(log)]).toEqual([10, ["10 running"]]);
  log.event({ kind: "command_finished", ...done(10) });
  log.event({ kind: "command_finished", ...done(20, 2) });
  log.event({ kind: "command_finished", ...done(30, null) });
  expect([log.running, outcomes(log)]).toEqual([undefined, ["10 ok", "20 failed", "30 unknown"]]);
});

test("what is told again changes nothing and is not told on", () => {
  const log = new CommandLog();
  const told: number[] = [];
  log.changed = ({ start }) => told.push(start);
  for (let time = 0; time < 2; time++) {
    log.event({ kind: "command_started", ...began(10) });
    log.event({ kind: "command_finished", ...done(10, 1) });
  }
  expect([told, outcomes(log)]).toEqual([[10, 10], ["10 failed"]]);
});

test("the model names the last one before a replay tells of those before it", () => {
  const log = new CommandLog();
  log.tell(began(30));
  for (const start of [10, 20]) {
    log.event({ kind: "command_started", ...began(start) });
    expect(log.running?.start).toBe(30);
    log.event({ kind: "command_finished", ...done(start) });
  }
  log.event({ kind: "command_started", ...began(30) });
  expect(outcomes(log)).toEqual(["10 ok", "20 ok", "30 running"]);
});

test("a command whose end was never told does not run for ever", () => {
  const log = new CommandLog();
  log.tell(began(10));
  log.tell(began(20));
  expect(outcomes(log)).toEqual(["10 unknown", "20 running"]);
});

test("the oldest are forgotten, and events that are no commands pass", () => {
  const log = new CommandLog();
  log.event({ kind: "prompt" });
  log.event({ kind: "command_started" });
  for (let start = 0; start < KEPT + 50; start++) log.tell(done(start));
  expect([log.all.length, log.all[0]!.start]).toEqual([KEPT, 50]);
});

test("labels and sentences say what the colour says", () => {
  const log = new CommandLog();
  const said = (command: Command) => [labelOf(command), sentenceOf(command)];
  log.tell(done(10));
  expect(said(log.last!)).toEqual(["3.5 s", "make: succeeded after 3.5 s"]);
  log.tell(done(20, 2));
  expect(said(log.last!)).toEqual(["3.5 s · exit 2", "make: failed with exit code 2 after 3.5 s"]);
  log.tell(done(30, null));
  expect(said(log.last!)).toEqual(["3.5 s", "make: ended after 3.5 s, exit code not known"]);
  log.tell({ ...done(35), duration: 0.0001 });
  expect(said(log.last!)).toEqual(["< 0.1 s", "make: succeeded"]);
  log.tell(began(40, ""));
  expect(said(log.last!)).toEqual(["", "command: running"]);
});

test("only what one could type, and all of it, is run again", () => {
  expect(["make", "for i in 1 2\ndo\techo $i\ndone", "echo é 日本"].map(repeatable)).toEqual([true, true, true]);
  expect(["", "echo \x1b[201~", "a\rb", "x".repeat(8192), "\x9b"].map(repeatable)).toEqual([false, false, false, false, false]);
});

test("one jumps to the nearest line before or after", () => {
  expect([neighbour([3, 7, 9], 7, -1), neighbour([3, 7, 9], 7, 1), neighbour([3, 7, 9], Infinity, -1)]).toEqual([0, 2, 2]);
  expect([neighbour([3, 7], 3, -1), neighbour([3, 7], 7, 1), neighbour([], 0, 1)]).toEqual([undefined, undefined, undefined]);
});
