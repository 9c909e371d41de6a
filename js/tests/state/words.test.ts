// What is said to people.
import { expect, test } from "vitest";
import { commandLine, duration, ended, gone, hits, lost, pasting, roundTrip, shortPath, stopwatch } from "../../src/state/words.ts";

test("spans of time", () => {
  expect([0, 49, 50].map(duration)).toEqual(["< 0.1 s", "< 0.1 s", "0.1 s"]);
  expect([400, 12_000, 133_000, 120_000, 11_100_000, 7_200_000].map(duration)).toEqual(["0.4 s", "12 s", "2 min 13 s", "2 min", "3 h 5 min", "2 h"]);
  expect([12_000, 3_723_000].map(stopwatch)).toEqual(["0:12", "1:02:03"]);
  expect([0.31, 48.2, 1234].map(roundTrip)).toEqual(["0.3 ms", "48 ms", "1.2 s"]);
});

test("a lost connection: when it tries again, and what waits", () => {
  expect(lost(1800, 3)).toBe("Connection lost. Trying again in 2 s; the program goes on, 3 keys are waiting.");
  expect(lost(200, 1)).toBe("Connection lost. Trying again in 1 s; the program goes on, 1 key is waiting.");
  expect(lost(null, 0)).toBe("Connection lost. Trying again now; the program goes on.");
});

test("a terminal that is gone, and what did not arrive", () => {
  expect([0, 1, 3].map(gone)).toEqual([
    "This terminal no longer lives.",
    "This terminal no longer lives; 1 key was not delivered.",
    "This terminal no longer lives; 3 keys were not delivered.",
  ]);
});

test("an end: by code or by signal, and after how long", () => {
  expect(ended({ code: 1, signal: null }, 133_000)).toBe("Ended with exit code 1 after 2 min 13 s.");
  expect(ended({ code: 0, signal: null }, 3)).toBe("Ended with exit code 0 after < 0.1 s.");
  expect(ended({ code: null, signal: "KILL" }, null)).toBe("Ended by signal KILL.");
  expect(ended({ code: null, signal: "HUP", reason: "culled: nothing happened" }, 1)).toBe("Ended: culled: nothing happened.");
});

test("commands and directories", () => {
  expect(commandLine(["bash", "-c", "echo 'it'; ls"])).toBe("bash -c 'echo '\\''it'\\''; ls'");
  expect(["/home/ada/project", "/root", "/rootless", "/a/b/c/d/e"].map(shortPath)).toEqual(["~/project", "~", "/rootless", "…/d/e"]);
});

test("hits of a search", () => {
  const said = [[0, 0], [-1, 7], [1, 7], [1233, 1234], [-1, 1234]].map(([index, count]) => hits(index!, count!, 2000));
  expect(said).toEqual(["none", "7", "2 of 7", "1,234 of 1,234", "1,234"]);
  expect([hits(0, 1000, 1000), hits(-1, 1000, 1000)]).toEqual(["1 of 1,000+", "1,000+"]);
});

test("a paste on its way", () => {
  expect(pasting({ arrived: 3_210_000, total: 10_000_000 })).toBe("Pasting 3.2 of 10 MB");
  expect(pasting({ arrived: 12_300_000, total: 40_400_000 })).toBe("Pasting 12 of 40 MB");
  expect(pasting({ arrived: 65_536, total: 200_000 })).toBe("Pasting 66 of 200 kB");
});
