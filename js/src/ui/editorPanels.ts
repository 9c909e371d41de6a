// The lines above an editor's text in which one finds, replaces, and says which line to go to.
import { openSearchPanel } from "@codemirror/search";
import { StateEffect, StateField } from "@codemirror/state";
import { showPanel, type EditorView, type KeyBinding, type Panel } from "@codemirror/view";
import { mount, unmount } from "svelte";
import EditorFind from "./EditorFind.svelte";
import EditorGoTo from "./EditorGoTo.svelte";

const replaceToo = StateEffect.define<null>();

/** For `search()`: the panel that it opens. */
export function findPanel(view: EditorView): Panel {
  const dom = document.createElement("div");
  const heard = { changed: () => {}, replace: () => {} };
  const component = mount(EditorFind, { target: dom, props: { view, heard } });
  return {
    dom,
    top: true,
    mount: () => dom.querySelector<HTMLInputElement>("input")?.select(),
    update: ({ docChanged, selectionSet, transactions }) => {
      const effects = transactions.flatMap((transaction) => transaction.effects);
      if (docChanged || selectionSet || effects.length > 0) heard.changed();
      if (effects.some((effect) => effect.is(replaceToo))) heard.replace();
    },
    destroy: () => void unmount(component),
  };
}

/** Finding with the line for what takes its place. */
export function openReplace(view: EditorView): boolean {
  openSearchPanel(view);
  view.dispatch({ effects: replaceToo.of(null) });
  return true;
}
/** As in most editors; where Ctrl-H takes back a character, ⌥⌘F. */
export const replaceKeys: KeyBinding[] = [{ key: "Ctrl-h", mac: "Mod-Alt-f", run: openReplace, preventDefault: true }];

const opened = StateEffect.define<boolean>();
const goTo = StateField.define<boolean>({
  create: () => false,
  update: (value, { effects }) => effects.reduce((now, effect) => (effect.is(opened) ? effect.value : now), value),
  provide: (field) => showPanel.from(field, (open) => (open ? goToPanel : null)),
});

function goToPanel(view: EditorView): Panel {
  const dom = document.createElement("div");
  const close = () => {
    view.dispatch({ effects: opened.of(false) });
    view.focus();
  };
  const component = mount(EditorGoTo, { target: dom, props: { view, close } });
  return { dom, top: true, mount: () => dom.querySelector<HTMLInputElement>("input")?.select(), destroy: () => void unmount(component) };
}

export function openGoTo(view: EditorView): boolean {
  if (view.state.field(goTo, false) === undefined) view.dispatch({ effects: StateEffect.appendConfig.of(goTo) });
  view.dispatch({ effects: opened.of(true) });
  return true;
}

/** Alt-G is Emacs' and JupyterLab's, Ctrl-G that of most editors. */
export const goToLine: KeyBinding[] = [
  { key: "Ctrl-g", run: openGoTo, preventDefault: true },
  { key: "Mod-Alt-g", run: openGoTo, preventDefault: true },
];
