// New lines of a terminal made with less: many in one block of memory, where xterm.js allocates for each of them.
import type { Terminal } from "@xterm/xterm";

/** What of xterm.js 6 is not public. */
interface Line {
  _data: Uint32Array;
  _combined: Record<number, unknown>;
  _extendedAttrs: Record<number, unknown>;
  length: number;
  isWrapped: boolean;
  clone(): Line;
  resize(cols: number, cell: unknown): boolean;
  cleanupMemory(): number;
}
interface Internals {
  _core?: { _bufferService?: { buffer?: { lines?: { get(index: number): Line | undefined } } } };
}

/** Lines in one block. It stays as long as any of them does; most go in the order in which they came. */
const TOGETHER = 64;
const quick = new WeakSet<object>();
const blocks = new WeakSet<ArrayBufferLike>();
const shares = (line: Line) => blocks.has(line._data.buffer);

/** All terminals of this xterm.js, with the first one. Says whether it could: where it is another one, all stays as it is. */
export function cloneQuickly(term: Terminal): boolean {
  const line = (term as unknown as Internals)._core?._bufferService?.buffer?.lines?.get(0);
  if (!(line?._data instanceof Uint32Array)) return false;
  const prototype = Object.getPrototypeOf(line) as Line & { constructor: new (cols: number, cell: unknown) => Line };
  if (quick.has(prototype)) return true;
  quick.add(prototype);
  const { constructor, resize, cleanupMemory } = prototype;
  const cell = {};
  let block = new Uint32Array(0);
  let used = 0;
  prototype.clone = function (this: Line) {
    const { length } = this._data;
    if (used + length > block.length) {
      block = new Uint32Array(TOGETHER * length);
      blocks.add(block.buffer);
      used = 0;
    }
    // With a cell of ours it makes none, and no attributes for it, which nobody would look at.
    const copy = new constructor(0, cell);
    copy._data = block.subarray(used, (used += length));
    copy._data.set(this._data);
    copy.length = this.length;
    for (const key in this._combined) copy._combined[key] = this._combined[key]!;
    for (const key in this._extendedAttrs) copy._extendedAttrs[key] = this._extendedAttrs[key]!;
    copy.isWrapped = this.isWrapped;
    return copy;
  };
  prototype.resize = function (this: Line, cols, filling) {
    // It would take what lies before and behind it in the block for its own.
    if (cols !== this.length && shares(this)) this._data = this._data.slice();
    return resize.call(this, cols, filling) && !shares(this);
  };
  prototype.cleanupMemory = function (this: Line) {
    return shares(this) ? 0 : cleanupMemory.call(this);
  };
  return true;
}
