// The few keys that are the view's and not the program's.
import type { Terminal } from "@xterm/xterm";
import { copy, isMac } from "./clipboard.ts";

export interface Shortcuts {
  find(): void;
  /** Goes to the previous or the next command; false where there is none, and the key is the program's. */
  jump(direction: -1 | 1): boolean;
  /** Gives the keyboard to what comes behind the terminal, which takes every other key, Tab too. */
  leave(): void;
}

/** For `attachCustomKeyEventHandler`: false keeps a key from the program. */
export function keyHandler(term: Terminal, { find, jump, leave }: Shortcuts): (event: KeyboardEvent) => boolean {
  return (event) => {
    if (event.type !== "keydown" || event.altKey) return true;
    const key = event.key.toLowerCase();
    const own = (act: () => void) => {
      event.preventDefault();
      event.stopPropagation();
      act();
      return false;
    };
    const copies = () => own(() => void copy(term.getSelection()).then(() => term.clearSelection()));
    if (event.ctrlKey && event.shiftKey && !event.metaKey) {
      if (key === "c") return copies();
      if (key === "f") return own(find);
      // The browser's own paste follows, needs no permission, and xterm.js brackets it.
      if (key === "v") return false;
    }
    if (key === "escape" && event.shiftKey && !event.ctrlKey && !event.metaKey) return own(leave);
    const command = isMac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
    if (command && !event.shiftKey) {
      if (key === "c" && term.hasSelection()) return copies();
      if (isMac && key === "f") return own(find);
      if (isMac && key === "v") return false;
      if ((key === "arrowup" || key === "arrowdown") && jump(key === "arrowup" ? -1 : 1)) return own(() => {});
    }
    return true;
  };
}
