// Whether a terminal's cursor is shown: from the beginning, where xterm.js waits until the terminal has had the keyboard once, and until it ends.
import type { Terminal } from "@xterm/xterm";

/** What of xterm.js 6 is not public. */
interface Internals {
  _core?: { coreService?: { isCursorInitialized?: boolean } };
}

/** For any terminal; the result says whether it is shown from now on. Where xterm.js is another one, all stays as it is. */
export function cursorShown(term: Terminal): (shown: boolean) => void {
  const service = (term as unknown as Internals)._core?.coreService;
  if (typeof service?.isCursorInitialized !== "boolean") return () => {};
  let now = true;
  // Each key would set it.
  Object.defineProperty(service, "isCursorInitialized", { get: () => now, set: () => {} });
  return (shown) => {
    now = shown;
    term.refresh(0, term.rows - 1);
  };
}
