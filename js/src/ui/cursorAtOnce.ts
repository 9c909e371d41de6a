// Shows a terminal's cursor from the beginning, where xterm.js waits until the terminal has had the keyboard once.
import type { Terminal } from "@xterm/xterm";

/** What of xterm.js 6 is not public. */
interface Internals {
  _core?: { coreService?: { isCursorInitialized?: boolean } };
}

/** For any terminal. Where xterm.js is another one, all stays as it is. */
export function cursorAtOnce(term: Terminal): void {
  const service = (term as unknown as Internals)._core?.coreService;
  if (typeof service?.isCursorInitialized === "boolean") service.isCursorInitialized = true;
}
