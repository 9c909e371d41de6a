// The colour of inverse text, which xterm.js' DOM renderer compares with its own ground and therefore makes grey.
import type { Terminal } from "@xterm/xterm";

/** What of xterm.js 6 is not public. */
interface Colour {
  readonly css: string;
}
interface RowFactory {
  readonly _themeService: { readonly colors: { readonly foreground: Colour; readonly background: Colour } };
  _applyMinimumContrast(element: HTMLElement, ground: Colour, text: Colour, cell: { isInverse(): number }, ...overrides: unknown[]): boolean;
}
interface Internals {
  _core?: { _renderService?: { _renderer?: { value?: { _rowFactory?: RowFactory } } } };
}

const mended = new WeakSet<RowFactory>();

/**
 * For a terminal that is open and drawn by the DOM. Where xterm.js is another one, all stays as it is.
 *
 * With a minimum of contrast, text of the default colour is compared as if it were the foreground, also where it is
 * inverse and the background is what it is drawn with: foreground on foreground has no contrast, and is made grey
 * until it has. The WebGL renderer knows better. All terminals share the mend, since WebGL leaves a new renderer behind.
 */
export function inverseAsItIs(term: Terminal): void {
  const factory = (term as unknown as Internals)._core?._renderService?._renderer?.value?._rowFactory;
  if (typeof factory?._applyMinimumContrast !== "function" || factory._themeService?.colors === undefined) return;
  const shared = Object.getPrototypeOf(factory) as RowFactory;
  if (mended.has(shared)) return;
  mended.add(shared);
  const apply = shared._applyMinimumContrast;
  shared._applyMinimumContrast = function (this: RowFactory, element, ground, text, cell, ...overrides) {
    const { foreground, background } = this._themeService.colors;
    const drawn = text === foreground && cell.isInverse() ? background : text;
    return apply.call(this, element, ground, drawn, cell, ...overrides);
  };
}
