// Keeps the cursor in sight where a terminal is higher than what is seen of it, as long as one does not look elsewhere.
import type { IDisposable, Terminal } from "@xterm/xterm";

/** For a terminal that is open within `element`, which scrolls. */
export function followCursor(element: HTMLElement, term: Terminal): IDisposable {
  let follows = true;
  const cursor = () => {
    const screen = element.querySelector<HTMLElement>(".xterm-screen")!;
    const top = screen.getBoundingClientRect().top - element.getBoundingClientRect().top + element.scrollTop;
    const row = screen.offsetHeight / term.rows;
    return { top: top + term.buffer.active.cursorY * row, row };
  };
  // What lies below the terminal does not count: its textarea stays where the cursor was before it became lower.
  const high = () => element.querySelector<HTMLElement>(".xterm")!.offsetHeight > element.clientHeight;
  const settle = () => {
    if (!high()) {
      follows = true;
      element.scrollTop = 0;
    } else if (follows) element.scrollTop = scrollFor(cursor(), element.scrollTop, element.clientHeight);
  };
  const looked = () => {
    if (!high()) return settle();
    const { top, row } = cursor();
    follows = top >= element.scrollTop - row / 2 && top + row <= element.scrollTop + element.clientHeight + row / 2;
  };
  element.addEventListener("scroll", looked);
  const rendered = term.onRender(settle);
  const resized = term.onResize(() => (follows = true));
  return {
    dispose() {
      element.removeEventListener("scroll", looked);
      rendered.dispose();
      resized.dispose();
    },
  };
}

/** How far to scroll what is `height` px high for the cursor to be in sight, with a row below it where there is one. */
export function scrollFor({ top, row }: { top: number; row: number }, now: number, height: number): number {
  return Math.max(0, Math.max(Math.min(now, top), top + 2 * row - height));
}
