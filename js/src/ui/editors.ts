// The page's living editors by host element, for tests and for whoever looks under the bonnet.
import type { EditorView } from "@codemirror/view";
import type { EditorState } from "../state/editor.svelte.ts";

const REGISTRY = Symbol.for("orchflow.editors");
export type Registry = Map<HTMLElement, { view: EditorView; state: EditorState }>;
export const registry: Registry = ((globalThis as Record<symbol, unknown>)[REGISTRY] ??= new Map()) as Registry;
