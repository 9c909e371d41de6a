// What changed lately, path by path: bounded, newest last, and what of it is shown as rows.
import type { FileEvent, FileEventKind } from "../protocol/files.ts";

export interface Change {
  path: string;
  kind: FileEventKind;
  /** Where it was before, of a move. */
  from: string | null;
  isDir: boolean;
  /** How often it changed. */
  count: number;
  /** When it last changed, in ms of the page's clock. */
  at: number;
}

/** Paths that are kept at most. */
export const LIMIT = 10_000;

export class Changes {
  readonly #limit: number;
  readonly #byPath = new Map<string, Change>();
  #forgotten = 0;

  constructor(limit = LIMIT) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#byPath.size;
  }
  /** Paths that were dropped because newer ones came. */
  get forgotten(): number {
    return this.#forgotten;
  }

  add({ kind, path, from, is_dir }: FileEvent, at: number): void {
    const before = this.#byPath.get(path);
    const source = kind === "moved" && from !== undefined ? this.#byPath.get(from) : undefined;
    if (is_dir && kind === "deleted") this.#below(path, (inner) => this.#byPath.delete(inner.path));
    if (is_dir && kind === "moved" && from !== undefined)
      this.#below(from, (inner) => {
        this.#byPath.delete(inner.path);
        const moved = path + inner.path.slice(from.length);
        this.#byPath.set(moved, { ...inner, path: moved });
      });
    if (source !== undefined) this.#byPath.delete(source.path);
    // Last in the map is what changed last.
    this.#byPath.delete(path);
    const count = (before?.count ?? 0) + (source?.count ?? 0) + 1;
    // What is new stays new while it is written on.
    const shown = kind === "modified" && (before?.kind === "created" || before?.kind === "moved") ? before.kind : kind;
    this.#byPath.set(path, { path, kind: shown, from: from ?? (shown === "moved" ? (before?.from ?? null) : null), isDir: is_dir, count, at });
    if (this.#byPath.size > this.#limit) {
      this.#byPath.delete(this.#byPath.keys().next().value!);
      this.#forgotten++;
    }
  }

  clear(): void {
    this.#byPath.clear();
    this.#forgotten = 0;
  }

  newestFirst(): Change[] {
    return [...this.#byPath.values()].reverse();
  }

  #below(directory: string, act: (change: Change) => void): void {
    const prefix = `${directory}/`;
    for (const change of [...this.#byPath.values()]) if (change.path.startsWith(prefix)) act(change);
  }
}

/** Whether a change has all words of `text` in its path, in any case. */
export function filterOf(text: string): (change: Change) => boolean {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return () => true;
  return ({ path, from }) => {
    const where = `${path}\n${from ?? ""}`.toLowerCase();
    return words.every((word) => where.includes(word));
  };
}

/** `path` below `base`, as it is shown; the base itself is its own name. */
export function relative(path: string, base: string): string {
  if (base !== "" && base !== "." && path.startsWith(`${base}/`)) return path.slice(base.length + 1);
  return path === base ? path.slice(path.lastIndexOf("/") + 1) : path;
}
