// One view of several answers the program's questions.
import { expect, test } from "vitest";
import { stand } from "../../src/core/leader.ts";

/** What the Web Locks API does, for exclusive locks. */
function fakeLocks(): LockManager {
  const queues = new Map<string, (() => void)[]>();
  return {
    request: (name: string, { signal }: LockOptions, call: () => Promise<void>) =>
      new Promise<void>((resolve, reject) => {
        const queue = queues.get(name) ?? [];
        queues.set(name, queue);
        const run = () =>
          void call().then(() => {
            queue.shift();
            queue[0]?.();
            resolve();
          });
        queue.push(run);
        signal?.addEventListener("abort", () => {
          const at = queue.indexOf(run);
          if (at > 0) {
            queue.splice(at, 1);
            reject(new DOMException("aborted", "AbortError"));
          }
        });
        if (queue.length === 1) run();
      }),
  } as unknown as LockManager;
}

test.each([
  ["by locks", fakeLocks()],
  ["in a page without locks", undefined],
])("one leads, and the next when it leaves: %s", async (_how, locks) => {
  const led: string[] = [];
  const leave = stand("t1", () => led.push("first"), locks);
  const withdraw = stand("t1", () => led.push("second"), locks);
  const third = stand("t1", () => led.push("third"), locks);
  stand("t2", () => led.push("elsewhere"), locks);
  expect(led).toEqual(["first", "elsewhere"]);
  withdraw();
  leave();
  await new Promise((resolve) => setTimeout(resolve));
  expect(led).toEqual(["first", "elsewhere", "third"]);
  third();
});

test.each([
  ["by locks", fakeLocks()],
  ["in a page without locks", undefined],
])("one that loses its connection and comes back stands behind the one that took over: %s", async (_how, locks) => {
  const led: string[] = [];
  const settle = () => new Promise((resolve) => setTimeout(resolve));
  const lost = stand("t1", () => led.push("first"), locks);
  const leave = stand("t1", () => led.push("second"), locks);
  lost();
  await settle();
  expect(led).toEqual(["first", "second"]);
  const again = stand("t1", () => led.push("first again"), locks);
  await settle();
  expect(led).toEqual(["first", "second"]);
  leave();
  await settle();
  expect(led).toEqual(["first", "second", "first again"]);
  again();
});

test("one that withdraws before the lock is granted leads nobody and keeps nobody waiting", async () => {
  let grant: () => Promise<void> | undefined = () => undefined;
  const locks = { request: (_name: string, _options: unknown, call: typeof grant) => ((grant = call), new Promise(() => {})) };
  const led: string[] = [];
  stand("t1", () => led.push("late"), locks as unknown as LockManager)();
  expect(await grant()).toBeUndefined();
  expect(led).toEqual([]);
});
