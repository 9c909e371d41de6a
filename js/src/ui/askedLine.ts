// The line that one is brought to: it is marked until one does something, and lies among whole lines.
import { EditorSelection, StateEffect, StateField, type Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

const asking = StateEffect.define<boolean>();

const asked = StateField.define<boolean>({
  create: () => false,
  update: (value, { effects }) => effects.reduce((now, effect) => (effect.is(asking) ? effect.value : now), value),
  provide: (field) => EditorView.editorAttributes.from(field, (is) => ({ class: is ? "cm-asked" : "" })),
});

function done(_event: Event, view: EditorView): void {
  if (view.state.field(asked)) view.dispatch({ effects: asking.of(false) });
}

/** What is scrolled to the middle leaves a part of a line at the top; at the end of the text all of that is needed. */
const whole = EditorView.scrollHandler.of((view, _range, { y }) => {
  if (y === "center")
    view.requestMeasure({
      read: ({ scrollDOM, documentTop, defaultLineHeight }) => {
        const top = scrollDOM.getBoundingClientRect().top - documentTop;
        const atEnd = scrollDOM.scrollHeight - scrollDOM.clientHeight - scrollDOM.scrollTop < 1;
        return top <= 0 || atEnd ? 0 : (top - view.lineBlockAtHeight(top).top) % defaultLineHeight;
      },
      write: (part) => void (view.scrollDOM.scrollTop -= part),
    });
  return false;
});

export const askedLine: Extension = [asked, whole, EditorView.domEventHandlers({ mousedown: done, keydown: done })];

/** Goes to a line, 1 for the first. */
export function askFor(view: EditorView, line: number): void {
  const { doc } = view.state;
  const { from, text } = doc.line(Math.min(Math.max(1, line), doc.lines));
  const at = from + (/^\s*/.exec(text)?.[0].length ?? 0);
  view.dispatch({ selection: EditorSelection.cursor(at), effects: [asking.of(true), EditorView.scrollIntoView(at, { y: "center" })] });
}
