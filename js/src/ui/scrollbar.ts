// Brings xterm.js' scrollbar up to date once a turn, where xterm.js does so with every line that scrolls.
import type { Terminal } from "@xterm/xterm";

/** What of xterm.js 6 is not public. */
interface Internals {
  _core?: { _viewport?: { _sync(position?: number): void } };
}

/** For a terminal that is open. Says whether it could: where xterm.js is another one, all stays as it is. */
export function calmScrollbar(term: Terminal): boolean {
  const viewport = (term as unknown as Internals)._core?._viewport;
  if (typeof viewport?._sync !== "function") return false;
  const sync = viewport._sync.bind(viewport);
  let due = false;
  viewport._sync = (position) => {
    if (position !== undefined) return sync(position);
    if (due) return;
    due = true;
    // Whatever looks at it next, an event or a frame, comes after this turn.
    queueMicrotask(() => {
      due = false;
      sync();
    });
  };
  return true;
}
