// One view's connection: nothing lost, nothing doubled, and the truth about why it ended.
import { describe, expect, test } from "vitest";
import { ACK_EVERY } from "../../src/core/output.ts";
import { INPUT_WINDOW } from "../../src/core/input.ts";
import { bytes, connected, dataOf, FakeConnector, settled, text } from "./fakes.ts";

const head = { sequence: 0, timestamp: 0 };

describe("output", () => {
  test("a reconnect asks for what was missed, and only that", () => {
    const { webSocket, emulator, clock, connection } = connected();
    expect(webSocket.last.request.since).toBeUndefined();
    webSocket.last.hello(0);
    webSocket.last.output(0, "abc");
    webSocket.last.close(1006);
    expect(connection.phase).toBe("reconnecting");
    clock.pass(300);
    expect(webSocket.streams).toHaveLength(2);
    expect(webSocket.last.request).toMatchObject({ since: 3, attachment: connection.attachment });
    webSocket.last.hello(3, { offset: 6 });
    webSocket.last.output(3, "def");
    expect(emulator.shown).toBe("abcdef");
  });

  test("output that overlaps what is held is cut", () => {
    const { webSocket, emulator } = connected();
    webSocket.last.hello(0);
    webSocket.last.output(0, "abc");
    webSocket.last.output(1, "bcde");
    webSocket.last.output(0, "ab");
    expect(emulator.shown).toBe("abcde");
  });

  test("a hole in the output is never shown: the missing bytes are asked for", () => {
    const { webSocket, emulator, clock } = connected();
    webSocket.last.hello(0);
    webSocket.last.output(0, "abc");
    webSocket.last.output(10, "xyz");
    expect(emulator.shown).toBe("abc");
    clock.pass(300);
    expect(webSocket.last.request.since).toBe(3);
  });

  test("another life of the terminal is taken from the start", () => {
    const { webSocket, emulator, clock } = connected();
    webSocket.last.hello(0);
    webSocket.last.output(0, "abcdef");
    webSocket.last.close(1012);
    clock.pass(300);
    webSocket.last.hello(0);
    webSocket.last.output(0, "new");
    expect(emulator.shown).toBe("new");
  });

  test("GAP resets and jumps; a SNAPSHOT paints on a reset terminal", () => {
    const { webSocket, emulator, connection } = connected();
    webSocket.last.hello(0);
    webSocket.last.output(0, "abc");
    webSocket.last.say({ op: "GAP", ...head, sequence: 1000 });
    expect(connection.received).toBe(1000);
    webSocket.last.say({ op: "SNAPSHOT", ...head, sequence: 1000, data: bytes("screen") });
    webSocket.last.output(1000, "more");
    expect(emulator.shown).toBe("screenmore");
    expect(emulator.log).toContain("history screen");
  });

  test("bytes before HELLO's offset are history, those after it are not", () => {
    const { webSocket, emulator } = connected();
    webSocket.last.hello(0, { offset: 4 });
    webSocket.last.output(0, "oldnew");
    expect(emulator.log.slice(1)).toEqual(["history oldn", "write ew"]);
  });

  test("RESIZED holds from its place in the output", () => {
    const { webSocket, emulator } = connected();
    webSocket.last.hello(0);
    webSocket.last.output(0, "a");
    webSocket.last.say({ op: "RESIZED", ...head, sequence: 1, cols: 100, rows: 30 });
    webSocket.last.output(1, "b");
    expect(emulator.log).toEqual(["resize 80x24", "write a", "resize 100x30", "write b"]);
  });
});

describe("acknowledgements", () => {
  test("follow parsing, not arrival, and come at once when idle", () => {
    const { webSocket, emulator } = connected();
    emulator.lazy = true;
    webSocket.last.hello(0);
    webSocket.last.output(0, "abc");
    webSocket.last.output(3, "def");
    expect(webSocket.last.of("ACK")).toHaveLength(0);
    emulator.parse();
    expect(webSocket.last.of("ACK").map(({ sequence }) => sequence)).toEqual([6]);
  });

  test("come at the latest every 64 KiB", () => {
    const { webSocket, emulator } = connected();
    emulator.lazy = true;
    webSocket.last.hello(0);
    const chunk = "x".repeat(16 * 1024);
    for (let at = 0; at < 512 * 1024; at += chunk.length) webSocket.last.output(at, chunk);
    emulator.parse();
    const acks = [0, ...webSocket.last.of("ACK").map(({ sequence }) => sequence)];
    expect(acks.at(-1)).toBe(512 * 1024);
    for (let at = 1; at < acks.length; at++) expect(acks[at]! - acks[at - 1]!).toBeLessThanOrEqual(ACK_EVERY);
  });

  test("a large message is acknowledged piece by piece", () => {
    const { webSocket } = connected();
    webSocket.last.hello(0);
    webSocket.last.output(0, "x".repeat(200 * 1024));
    expect(webSocket.last.of("ACK").length).toBeGreaterThanOrEqual(4);
  });

  test("what was parsed for an earlier life is not acknowledged to a later one", () => {
    const { webSocket, emulator, clock } = connected();
    emulator.lazy = true;
    webSocket.last.hello(0);
    webSocket.last.output(0, "abc");
    webSocket.last.close(1006);
    clock.pass(300);
    webSocket.last.hello(0, { offset: 0 });
    emulator.parse();
    expect(webSocket.last.of("ACK")).toHaveLength(0);
  });
});

describe("input", () => {
  test("is numbered from 1, and kept until it has arrived", () => {
    const { webSocket, connection } = connected();
    webSocket.last.hello(0);
    for (const key of "abc") connection.input(bytes(key));
    expect(webSocket.last.of("INPUT").map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(connection.waiting).toBe(3);
    webSocket.last.say({ op: "INPUT_ACK", ...head, sequence: 2 });
    expect(connection.waiting).toBe(1);
  });

  test("a reconnect resends only what the engine has not seen, in order", () => {
    const { webSocket, connection, clock } = connected();
    webSocket.last.hello(0);
    for (const key of "abcd") connection.input(bytes(key));
    webSocket.last.close(1006);
    for (const key of "ef") connection.input(bytes(key));
    clock.pass(300);
    expect(webSocket.last.typed).toBe("");
    webSocket.last.hello(0, { input: 3 });
    expect(webSocket.last.of("INPUT").map(({ sequence }) => sequence)).toEqual([4, 5, 6]);
    expect(webSocket.last.typed).toBe("def");
  });

  test("an engine that forgot the attachment is sent what had not arrived, under its own numbers", () => {
    const { webSocket, connection, clock } = connected();
    webSocket.last.hello(0);
    for (const key of "abc") connection.input(bytes(key));
    webSocket.last.say({ op: "INPUT_ACK", ...head, sequence: 2 });
    webSocket.last.close(1006);
    clock.pass(300);
    webSocket.last.hello(0, { input: 0 });
    expect(webSocket.last.of("INPUT").map(({ sequence }) => sequence)).toEqual([1]);
    expect(webSocket.last.typed).toBe("c");
  });

  test("a paste is cut up, and no more than 64 KiB are under way", () => {
    const { webSocket, connection } = connected();
    webSocket.last.hello(0);
    const paste = Array.from({ length: 30_000 }, (_, at) => `line ${at}\n`).join("");
    connection.input(bytes(paste));
    expect(connection.waiting).toBe(1);
    const { last } = webSocket;
    for (let number = 0; last.typed.length < paste.length; ) {
      const underWay = last.of("INPUT").filter(({ sequence }) => sequence > number);
      const size = underWay.reduce((sum, message) => sum + dataOf(message).length, 0);
      expect(size).toBeLessThanOrEqual(INPUT_WINDOW);
      expect(size).toBeGreaterThan(0);
      last.say({ op: "INPUT_ACK", ...head, sequence: ++number });
    }
    expect(last.typed).toBe(paste);
  });

  test("nothing is sent before HELLO, nor to a terminal that one may only watch", () => {
    const { webSocket, connection } = connected();
    connection.input(bytes("a"));
    expect(webSocket.last.sent).toHaveLength(0);
    webSocket.last.hello(0, { writable: false });
    connection.input(bytes("b"));
    expect(webSocket.last.typed).not.toContain("b");
  });

  test("random cuts lose and double nothing in either direction", () => {
    for (let seed = 1; seed <= 150; seed++) {
      let state = seed;
      const random = (below: number) => (state = (state * 48271) % 2147483647) % below;
      const { webSocket, connection, emulator, clock } = connected();
      // An engine: a program that echoes, a stream of output, a memory of inputs.
      let echoed = "";
      let typed = "";
      let seen = 0;
      let taken = 0;
      const attach = () => {
        taken = 0;
        webSocket.last.hello(webSocket.last.request.since ?? 0, { input: seen, offset: echoed.length });
      };
      attach();
      for (let step = 0; step < 200; step++) {
        const action = random(10);
        const { last } = webSocket;
        if (action < 4) {
          const key = String.fromCharCode(97 + random(26));
          typed += key;
          connection.input(bytes(key));
        } else if (action < 7) {
          for (const input of last.of("INPUT").slice(taken, taken + 1 + random(3))) {
            taken++;
            if (input.sequence !== seen + 1) continue;
            seen++;
            echoed += text(dataOf(input));
            if (random(2) === 0 && connection.phase === "live") last.say({ op: "INPUT_ACK", ...head, sequence: seen });
          }
        } else if (action < 9) {
          if (connection.phase === "live" && connection.received! < echoed.length) {
            const from = Math.max(0, connection.received! - random(3));
            last.output(from, echoed.slice(from, from + 1 + random(5)));
          }
        } else if (connection.phase === "live") {
          last.close(1006);
          clock.pass(6000);
          attach();
        }
      }
      for (const input of webSocket.last.of("INPUT")) {
        if (input.sequence !== seen + 1) continue;
        seen++;
        echoed += text(dataOf(input));
      }
      webSocket.last.output(connection.received!, echoed.slice(connection.received));
      expect(echoed).toBe(typed);
      expect(emulator.shown).toBe(typed);
    }
  });
});

describe("ends", () => {
  test.each([
    [4400, "failed"],
    [4401, "refused"],
    [4403, "refused"],
    [4404, "gone"],
    [4408, "taken"],
    [4413, "failed"],
    [4429, "failed"],
    [4499, "failed"],
  ])("%i is final", (code, phase) => {
    const { webSocket, connection, clock } = connected();
    webSocket.last.hello(0);
    webSocket.last.close(code);
    expect(connection.phase).toBe(phase);
    clock.pass(60_000);
    expect(webSocket.streams).toHaveLength(1);
  });

  test("who may not type in it looks, and who may not look either is refused", () => {
    const { webSocket, connection, clock } = connected();
    webSocket.last.close(4403, "not to execute");
    expect(connection.writable).toBe(false);
    expect(webSocket.streams).toHaveLength(2);
    expect(webSocket.last.request.mode).toBe("ro");
    webSocket.last.close(4403, "not to read");
    expect(connection).toMatchObject({ phase: "refused", reason: "not to read" });
    clock.pass(60_000);
    expect(webSocket.streams).toHaveLength(2);
    connection.retryNow(); // the right may have been given meanwhile
    expect(webSocket.last.request.mode).toBe("rw");
  });

  test("what was typed before it is known that one may not is forgotten", () => {
    const { webSocket, connection } = connected();
    connection.input(new TextEncoder().encode("typed early"));
    webSocket.last.close(4403);
    webSocket.last.hello(0, { writable: false });
    expect(connection.waiting).toBe(0);
    expect(webSocket.last.sent.filter(({ op }) => op === "INPUT")).toEqual([]);
  });

  test.each([1000, 1001, 1006, 1011, 1012, 3000])("%i without EXIT is an accident", (code) => {
    const { webSocket, connection, clock } = connected();
    webSocket.last.hello(0);
    webSocket.last.close(code);
    expect(connection.phase).toBe("reconnecting");
    clock.pass(6000);
    expect(webSocket.streams).toHaveLength(2);
  });

  test("after EXIT it has ended, whatever the socket does", () => {
    for (const code of [1000, 1006]) {
      const { webSocket, connection, clock } = connected();
      webSocket.last.hello(0);
      webSocket.last.say({ op: "EXIT", ...head, code: 1, signal: null });
      webSocket.last.close(code);
      expect(connection.phase).toBe("ended");
      expect(connection.exit).toMatchObject({ code: 1, signal: null });
      clock.pass(60_000);
      expect(webSocket.streams).toHaveLength(1);
    }
  });

  test("closing it from here leaves nothing behind", () => {
    const { webSocket, connection, clock } = connected();
    webSocket.last.hello(0);
    connection.close();
    expect(webSocket.last.closed).toBe(true);
    clock.pass(60_000);
    expect(webSocket.streams).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  test("bytes that are no message cut the connection, and it comes back", () => {
    const { webSocket, connection, clock } = connected();
    webSocket.last.hello(0);
    webSocket.last.raw(Uint8Array.of(0x7f, 1, 2));
    expect(connection.phase).toBe("reconnecting");
    clock.pass(300);
    expect(webSocket.streams).toHaveLength(2);
  });
});

describe("trying again", () => {
  test("waits longer each time, up to five seconds", async () => {
    const { webSocket, connection, clock } = connected();
    webSocket.last.hello(0);
    const waits: number[] = [];
    for (let attempt = 0; attempt < 7; attempt++) {
      webSocket.last.close(1006);
      await settled();
      waits.push(connection.retryAt! - clock.now());
      clock.pass(waits.at(-1)!);
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000]);
  });

  test("goes at once when the user says so, or looks again", () => {
    const { webSocket, connection } = connected();
    webSocket.last.hello(0);
    webSocket.last.close(1006);
    connection.retryNow();
    expect(webSocket.streams).toHaveLength(2);
    webSocket.last.hello(0);
    connection.setVisible(false);
    webSocket.last.close(1006);
    connection.setVisible(true);
    expect(webSocket.streams).toHaveLength(3);
  });

  test("a stream that opens and says nothing is given up after 10 s", async () => {
    const { webSocket, clock } = connected();
    clock.pass(10_000);
    expect(webSocket.last.closed).toBe(true);
    await settled();
    clock.pass(300);
    expect(webSocket.streams).toHaveLength(2);
  });

  test("an old stream's late messages change nothing", () => {
    const { webSocket, connection, emulator } = connected();
    webSocket.last.hello(0);
    const old = webSocket.last;
    connection.reconnect();
    old.output(0, "late");
    old.close(4404);
    expect(connection.phase).toBe("reconnecting");
    expect(emulator.shown).toBe("");
  });
});

describe("round trip", () => {
  test("is what PING and PONG say, each 5 s while somebody looks", () => {
    const { webSocket, connection, clock } = connected();
    webSocket.last.hello(0);
    const ping = () => webSocket.last.of("PING").at(-1)!;
    clock.pass(3);
    webSocket.last.say({ op: "PONG", ...head, sequence: ping().sequence, data: new Uint8Array(0) });
    expect(connection.roundTrip).toBe(3);
    clock.pass(5000);
    expect(webSocket.last.of("PING")).toHaveLength(2);
    webSocket.last.say({ op: "PONG", ...head, sequence: ping().sequence, data: new Uint8Array(0) });
    connection.setVisible(false);
    clock.pass(60_000);
    expect(webSocket.last.of("PING")).toHaveLength(2);
  });

  test("no PONG in 10 s means that the connection is dead", () => {
    const { webSocket, connection, clock } = connected();
    webSocket.last.hello(0);
    clock.pass(10_000);
    expect(connection.phase).toBe("reconnecting");
    clock.pass(300);
    expect(webSocket.streams).toHaveLength(2);
  });

  test("after a sleep, or where somebody comes back to the page, in 4 s", () => {
    const { webSocket, connection, clock } = connected();
    const answer = () => webSocket.last.say({ op: "PONG", ...head, sequence: webSocket.last.of("PING").at(-1)!.sequence, data: new Uint8Array(0) });
    webSocket.last.hello(0);
    answer();
    clock.slept = 3_600_000;
    clock.pass(5000);
    clock.pass(3999);
    expect(connection.phase).toBe("live");
    clock.pass(1);
    expect(connection.phase).toBe("reconnecting");
    clock.pass(300);
    webSocket.last.hello(0);
    answer();
    connection.setVisible(false);
    connection.setVisible(true);
    clock.pass(4000);
    expect(connection.phase).toBe("reconnecting");
  });
});

describe("transports", () => {
  const both = (probe: "there" | "foreign" | "unreachable" | "gone") => {
    const comm = new FakeConnector("comm");
    return { comm, ...connected({ comm, probe: () => Promise.resolve({ kind: probe }) }) };
  };

  test("a kernel that was restarted, and nobody else who knows the terminal: it says so, and tries no more", async () => {
    const { comm, webSocket, connection, clock } = both("foreign");
    webSocket.last.close(1006);
    await settled();
    clock.pass(300);
    comm.last.hello(0);
    comm.alive = () => false;
    comm.last.close(1006);
    clock.pass(700);
    comm.last.close(1006);
    await settled();
    expect([connection.phase, connection.reason, connection.retryAt]).toEqual(["failed", "The kernel was restarted. Run the cell again.", null]);
    clock.pass(60_000);
    expect([webSocket.streams.length, comm.streams.length]).toEqual([1, 2]);
  });

  test("a kernel that was restarted while the server is away: the server is waited for", async () => {
    const { comm, webSocket, connection, clock } = both("unreachable");
    comm.alive = () => false;
    for (let attempt = 0; attempt < 5; attempt++) {
      webSocket.last.close(1006);
      await settled();
      clock.pass(6000);
    }
    expect([connection.phase, webSocket.streams.length, comm.streams.length]).toEqual(["connecting", 6, 0]);
  });

  test("a server without OrchFlow: the kernel's comm is taken at once", async () => {
    const { comm, webSocket, connection, clock } = both("foreign");
    webSocket.last.close(1006);
    await settled();
    clock.pass(6000);
    comm.last.hello(0);
    expect(connection).toMatchObject({ phase: "live", kind: "comm" });
  });

  test("a WebSocket that never opens twice although the server answers: the comm is taken", async () => {
    const { comm, webSocket, clock } = both("there");
    webSocket.last.close(1006);
    await settled();
    clock.pass(6000);
    expect(webSocket.streams).toHaveLength(2);
    webSocket.last.close(1006);
    await settled();
    clock.pass(6000);
    expect(comm.streams).toHaveLength(1);
  });

  test("a server that went down is waited for", async () => {
    const { comm, webSocket, clock } = both("unreachable");
    webSocket.last.hello(0);
    for (let attempt = 0; attempt < 6; attempt++) {
      webSocket.last.close(1006);
      await settled();
      clock.pass(6000);
    }
    expect(webSocket.streams).toHaveLength(7);
    expect(comm.streams).toHaveLength(0);
  });

  test("a server that never answered: after three attempts the comm is asked, and if it is silent the server again", async () => {
    const { comm, webSocket, clock } = both("unreachable");
    for (let attempt = 0; attempt < 3; attempt++) {
      webSocket.last.close(1006);
      await settled();
      clock.pass(6000);
    }
    expect(comm.streams).toHaveLength(1);
    comm.last.close(1006);
    await settled();
    clock.pass(6000);
    expect(webSocket.streams).toHaveLength(4);
  });

  test("4404 is believed only when the kernel says so too", () => {
    const { comm, webSocket, connection } = both("there");
    webSocket.last.close(4404);
    expect(connection.phase).toBe("connecting");
    comm.last.close(4404);
    expect(connection.phase).toBe("gone");
  });

  test("4404 and a kernel that has the terminal: it is live through the kernel, and stays so", () => {
    const { comm, webSocket, connection, clock } = both("there");
    webSocket.last.close(4404);
    comm.last.hello(0);
    expect(connection.phase).toBe("live");
    comm.last.close(1006);
    clock.pass(300);
    expect(comm.streams).toHaveLength(2);
  });

  test("4404 and a kernel that keeps silent: gone", () => {
    const { comm, webSocket, connection } = both("there");
    webSocket.last.close(4404);
    comm.last.close(1006, "The kernel does not answer.");
    expect(connection.phase).toBe("gone");
  });

  test("refused before it opened: the server's own words are shown", async () => {
    const { webSocket, connection } = connected({ probe: () => Promise.resolve({ kind: "refused", reason: "Ask Ada." }) });
    webSocket.last.close(1006);
    await settled();
    expect(connection).toMatchObject({ phase: "refused", reason: "Ask Ada." });
  });

  test("neither server nor kernel: it says so", () => {
    const { connection } = connected({ webSocket: null, comm: null });
    expect(connection.phase).toBe("failed");
    expect(connection.reason).toContain("Run the cell again");
  });
});

test("a size is told once there is somebody to tell, and the terminal has the one that the engine says", () => {
  const { webSocket, connection } = connected();
  expect(connection.resize(100, 30)).toBe(false);
  expect(webSocket.last.sent).toHaveLength(0);
  webSocket.last.hello(0);
  expect(connection.resize(80, 24)).toBe(true);
  connection.resize(100, 30);
  expect(webSocket.last.of("RESIZE")).toMatchObject([{ cols: 80, rows: 24 }, { cols: 100, rows: 30 }]);
  expect(connection.size).toEqual({ cols: 80, rows: 24 });
  webSocket.last.say({ op: "RESIZED", ...head, cols: 60, rows: 20 });
  expect(connection.size).toEqual({ cols: 60, rows: 20 });
});

test("the size is taken by an input of no bytes, numbered among the others", () => {
  const { webSocket, connection } = connected();
  webSocket.last.hello(0);
  connection.takeSize();
  connection.input(bytes("a"));
  expect(webSocket.last.of("INPUT").map((message) => [message.sequence, text(dataOf(message))])).toEqual([[1, ""], [2, "a"]]);
});

test("one that may only watch asks for no size", () => {
  const { webSocket, connection } = connected();
  webSocket.last.hello(0, { writable: false });
  expect(connection.resize(100, 30)).toBe(false);
  expect(webSocket.last.of("RESIZE")).toHaveLength(0);
});

test("events reach the view", () => {
  const { webSocket, events } = connected();
  webSocket.last.hello(0);
  webSocket.last.say({ op: "EVENT", ...head, event: { kind: "bell" } });
  expect(events).toEqual(["bell"]);
});
