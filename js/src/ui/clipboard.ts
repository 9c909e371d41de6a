// Copy and paste by keyboard and menu, and OSC 52: a program may set the clipboard and never read it.
import type { IDisposable, Terminal } from "@xterm/xterm";

export const isMac = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "");

export async function copy(text: string): Promise<boolean> {
  if (text === "") return false;
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Plain-HTTP pages have no navigator.clipboard.
    const area = document.createElement("textarea");
    area.value = text;
    area.style.cssText = "position:fixed;opacity:0";
    const focused = document.activeElement;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (focused instanceof HTMLElement) focused.focus();
    return done;
  }
}

/** The clipboard's text; `null` where the page may not read it. */
export async function readClipboard(): Promise<string | null> {
  try {
    return await navigator.clipboard.readText();
  } catch {
    return null;
  }
}

/** Hears of pastes into `element` before xterm.js does, and instead of it. */
export function interceptPaste(element: HTMLElement, pasted: (text: string) => void): void {
  const take = (event: ClipboardEvent) => {
    event.preventDefault();
    event.stopPropagation();
    pasted(event.clipboardData?.getData("text/plain") ?? "");
  };
  element.addEventListener("paste", take, true);
}

/** OSC 52 ; Pc ; Pd (xterm's "manipulate selection data"). "?" would read, and is refused by silence. */
export function allowClipboardWrites(term: Terminal): IDisposable {
  return term.parser.registerOscHandler(52, (data) => {
    const encoded = data.slice(data.indexOf(";") + 1);
    if (encoded === "?" || encoded === "") return true;
    try {
      const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
      void copy(new TextDecoder().decode(bytes));
    } catch {
      // Not base64: nothing to copy.
    }
    return true;
  });
}
