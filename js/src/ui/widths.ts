// Measures the widths of all printable ASCII characters at once, for each of which xterm.js has the page laid out anew.
import type { Terminal } from "@xterm/xterm";

/** What of xterm.js 6 is not public. */
interface WidthCache {
  _measure(text: string, variant: number): number;
  clear(): void;
  readonly _measureElements: readonly HTMLElement[];
}
interface Internals {
  _core?: { _renderService?: { _renderer?: { value?: { _widthCache?: WidthCache } } } };
}

/** As many of each as xterm.js measures, which gives fractions of a pixel. */
const REPEAT = 32;
const PRINTABLE = Array.from({ length: 0x7f - 0x20 }, (_, index) => String.fromCharCode(0x20 + index));

/** For a terminal that is open and drawn by the DOM. Says whether it could: where xterm.js is another one, all stays as it is. */
export function measureAtOnce(term: Terminal): boolean {
  const cache = (term as unknown as Internals)._core?._renderService?._renderer?.value?._widthCache;
  if (typeof cache?._measure !== "function" || typeof cache.clear !== "function" || !Array.isArray(cache._measureElements)) return false;
  const measure = cache._measure.bind(cache);
  const clear = cache.clear.bind(cache);
  /** By xterm.js' variants: bold, italic. */
  const known: ReadonlyMap<string, number>[] = [];
  cache._measure = (text, variant) => {
    const element = cache._measureElements[variant];
    if (element === undefined || text.length !== 1 || text < " " || text > "~") return measure(text, variant);
    const widths = known[variant] ?? widthsIn(element);
    // Nothing has a width while the terminal is hidden.
    if (widths.get("W")! > 0) known[variant] = widths;
    return widths.get(text)!;
  };
  cache.clear = () => {
    known.length = 0;
    clear();
  };
  return true;
}

function widthsIn(element: HTMLElement): ReadonlyMap<string, number> {
  const spans = PRINTABLE.map((character) => {
    const span = element.cloneNode() as HTMLElement;
    span.textContent = character.repeat(REPEAT);
    return span;
  });
  element.after(...spans);
  const widths = new Map(spans.map((span, index) => [PRINTABLE[index]!, span.offsetWidth / REPEAT]));
  for (const span of spans) span.remove();
  return widths;
}
