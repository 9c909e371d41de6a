// A page that loads is busy: what it could not take meanwhile was not late.
import { expect, test, vi } from "vitest";
import { PATIENCE, patiently } from "../../src/ui/patience.ts";

test("time in which the page was busy counts little, and it ends all the same", async () => {
  const tired = vi.fn();
  patiently(tired);
  const end = performance.now() + PATIENCE + 100;
  while (performance.now() < end);
  await new Promise((step) => setTimeout(step));
  expect(tired).not.toHaveBeenCalled();
  await vi.waitUntil(() => tired.mock.calls.length > 0, 30_000);
});

test("who has what was waited for is called no more", () => {
  vi.useFakeTimers();
  try {
    const tired = vi.fn();
    patiently(tired)();
    vi.advanceTimersByTime(10 * PATIENCE);
    expect(tired).not.toHaveBeenCalled();
  } finally {
    vi.useRealTimers();
  }
});
