// Changes as a tree of directories: chains of lone directories are one row, closed ones hide what is below.
import { relative, type Change } from "./changes.ts";

export interface Row {
  /** Tells the row from the others. */
  key: string;
  /** Text to show: a path, or a name in the tree. */
  text: string;
  depth: number;
  /** What changed; null for a directory that only holds what changed. */
  change: Change | null;
  /** Of the row and of all below it. */
  count: number;
  at: number;
  /** Whether it is a directory of the tree, and open. */
  open: boolean | null;
}

interface Node {
  name: string;
  path: string;
  change: Change | null;
  children: Map<string, Node>;
}

/** One row each, as they are given. */
export function listRows(changes: readonly Change[], base: string): Row[] {
  return changes.map((change) => ({
    key: change.path,
    text: relative(change.path, base),
    depth: 0,
    change,
    count: change.count,
    at: change.at,
    open: null,
  }));
}

/** Directories first, both by name. */
export function treeRows(changes: readonly Change[], base: string, closed: ReadonlySet<string>): Row[] {
  const root: Node = { name: "", path: "", change: null, children: new Map() };
  for (const change of changes) {
    let node = root;
    for (const name of relative(change.path, base).split("/")) {
      let next = node.children.get(name);
      if (next === undefined) {
        next = { name, path: node === root ? name : `${node.path}/${name}`, change: null, children: new Map() };
        node.children.set(name, next);
      }
      node = next;
    }
    node.change = change;
  }
  const rows: Row[] = [];
  for (const child of sorted(root)) append(child, 0, closed, rows);
  return rows;
}

function append(first: Node, depth: number, closed: ReadonlySet<string>, rows: Row[]): { count: number; at: number } {
  let node = first;
  let text = first.name;
  for (;;) {
    const only = node.children.size === 1 && node.change === null ? node.children.values().next().value : undefined;
    if (only === undefined || only.children.size === 0) break;
    node = only;
    text += `/${only.name}`;
  }
  const directory = node.children.size > 0;
  const row: Row = {
    key: node.path,
    text,
    depth,
    change: node.change,
    count: node.change?.count ?? 0,
    at: node.change?.at ?? -Infinity,
    open: directory ? !closed.has(node.path) : null,
  };
  rows.push(row);
  const end = rows.length;
  for (const child of sorted(node)) {
    const { count, at } = append(child, depth + 1, closed, rows);
    row.count += count;
    row.at = Math.max(row.at, at);
  }
  if (row.open === false) rows.length = end;
  return { count: row.count, at: row.at };
}

function sorted({ children }: Node): Node[] {
  const rank = (node: Node) => (node.children.size > 0 ? 0 : 1);
  return [...children.values()].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}
