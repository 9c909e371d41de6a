// Where a menu lies: below what opened it, above it where there is no room below, and within the window in any case.

/** Where what opened it lies, in px of the window. */
interface Beside {
  top: number;
  bottom: number;
  /** Where the menu begins or, with `ends`, where it ends. */
  x: number;
  ends?: boolean;
}
export interface Opener extends Beside {
  element: HTMLElement;
}
interface Extent {
  width: number;
  height: number;
}

/** px between a menu and what opened it. */
const GAP = 4;
/** px that are left between a menu and the window's edge. */
const EDGE = 4;

/** The menu's corner. A menu that is higher than the window begins at the window's top, and has to scroll. */
export function menuPlace({ top, bottom, x, ends }: Beside, menu: Extent, { width, height }: Extent): { left: number; top: number } {
  const above = top - GAP - menu.height;
  const below = bottom + GAP;
  const fits = below + menu.height <= height - EDGE;
  return {
    left: within(ends ? x - menu.width : x, width - EDGE - menu.width),
    top: within(!fits && above >= EDGE ? above : below, height - EDGE - menu.height),
  };
}

const within = (wanted: number, last: number) => Math.max(EDGE, Math.min(wanted, last));

/** Tells whether `element` is no longer where it is now. */
export function watchPlace(element: HTMLElement): () => boolean {
  const was = element.getBoundingClientRect();
  return () => {
    const { left, top } = element.getBoundingClientRect();
    return !element.isConnected || Math.abs(left - was.left) >= 1 || Math.abs(top - was.top) >= 1;
  };
}
