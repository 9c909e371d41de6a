// Which of several views of one terminal answers the program's questions: exactly one, over all tabs of a browser.

const inPage = new Map<string, (() => void)[]>();

/** Stands for election under `name`. `elected` is called when this one leads; the result withdraws it. */
export function stand(name: string, elected: () => void, locks: LockManager | undefined = globalThis.navigator?.locks): () => void {
  const withdrawn = new AbortController();
  if (locks !== undefined) {
    let leave = () => {};
    const term = new Promise<void>((resolve) => (leave = resolve));
    const lead = () => {
      // The lock may be granted in the very moment in which it is given up.
      if (withdrawn.signal.aborted) return undefined;
      elected();
      return term;
    };
    locks.request(`orchflow:${name}`, { signal: withdrawn.signal }, lead).catch(() => {
      // Aborted by withdrawing, or locks are not allowed here: then it leads nobody.
      if (!withdrawn.signal.aborted) elected();
    });
    return () => {
      withdrawn.abort();
      leave();
    };
  }
  // Pages without a secure context have no locks: within the page the first in the queue leads.
  const queue = inPage.get(name) ?? [];
  inPage.set(name, queue);
  queue.push(elected);
  if (queue.length === 1) elected();
  return () => {
    const at = queue.indexOf(elected);
    if (at < 0) return;
    queue.splice(at, 1);
    if (at === 0) queue[0]?.();
    if (queue.length === 0) inPage.delete(name);
  };
}
