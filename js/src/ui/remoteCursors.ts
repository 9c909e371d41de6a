// Others' cursors and selections in an editor, and ours for the others; only what is in sight is drawn, however much is selected.
import { RangeSetBuilder, Transaction, type Extension } from "@codemirror/state";
import { Decoration, EditorView, ViewPlugin, WidgetType, type DecorationSet, type ViewUpdate } from "@codemirror/view";
import * as Y from "yjs";
import type { History } from "../core/history.ts";
import { peopleOf, type Person } from "../state/people.ts";

/** ms for which a name stands beside a cursor that moved. */
const NAMED_FOR = 2500;

interface Place extends Pick<Person, "client" | "name" | "color" | "ink"> {
  anchor: number;
  head: number;
}

class Caret extends WidgetType {
  readonly #place: Place;
  readonly #moved: boolean;
  readonly #first: boolean;

  constructor(place: Place, moved: boolean, first: boolean) {
    super();
    this.#place = place;
    this.#moved = moved;
    this.#first = first;
  }

  override eq(other: Caret): boolean {
    const [a, b] = [this.#place, other.#place];
    return a.name === b.name && a.color === b.color && this.#moved === other.#moved && this.#first === other.#first;
  }

  toDOM(): HTMLElement {
    const { name, color, ink } = this.#place;
    const caret = document.createElement("span");
    // Above the first line there is no room for a name.
    caret.className = `cm-other${this.#moved ? " moved" : ""}${this.#first ? " low" : ""}`;
    caret.style.setProperty("--other", color);
    caret.style.setProperty("--other-ink", ink);
    const label = document.createElement("span");
    label.textContent = name;
    // Screen readers read the text; who is here they find in the bar.
    caret.setAttribute("aria-hidden", "true");
    // The word joiner keeps a line from being broken at the cursor.
    caret.append("\u2060", label, "\u2060");
    return caret;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

class Others {
  decorations: DecorationSet = Decoration.none;
  readonly #view: EditorView;
  readonly #history: History;
  readonly #movedAt = new Map<number, { head: number; at: number }>();
  readonly #heard: () => void;
  #asked = false;
  #fade: ReturnType<typeof setTimeout> | undefined;

  constructor(view: EditorView, history: History) {
    this.#view = view;
    this.#history = history;
    // They come in the midst of an update of the view, too.
    this.#heard = () => {
      if (this.#asked) return;
      this.#asked = true;
      queueMicrotask(() => {
        this.#asked = false;
        if (view.dom.isConnected || this.decorations !== Decoration.none) view.dispatch({ annotations: Transaction.addToHistory.of(false) });
      });
    };
    history.awareness.on("change", this.#heard);
  }

  update(update: ViewUpdate): void {
    this.#tell(update);
    this.#draw();
  }

  destroy(): void {
    clearTimeout(this.#fade);
    this.#history.awareness.off("change", this.#heard);
  }

  /** Our own cursor, for the others; it stays where it was while the keyboard is elsewhere. */
  #tell(update: ViewUpdate): void {
    if (!update.view.hasFocus || !(update.selectionSet || update.docChanged || update.focusChanged)) return;
    const { awareness, text } = this.#history;
    const shown = awareness.getLocalState();
    if (shown === null) return;
    const { main } = update.state.selection;
    const cursor = { anchor: Y.createRelativePositionFromTypeIndex(text, main.anchor), head: Y.createRelativePositionFromTypeIndex(text, main.head) };
    const before = shown["cursor"] as typeof cursor | null | undefined;
    if (before && Y.compareRelativePositions(before.anchor, cursor.anchor) && Y.compareRelativePositions(before.head, cursor.head)) return;
    // Awareness calls back at once, and an update may not begin within another.
    queueMicrotask(() => awareness.getLocalState() !== null && awareness.setLocalStateField("cursor", cursor));
  }

  #places(): Place[] {
    const { awareness, doc, text } = this.#history;
    const places: Place[] = [];
    const length = this.#view.state.doc.length;
    for (const { cursor, ...who } of peopleOf(awareness.getStates(), doc.clientID)) {
      if (cursor === null) continue;
      const anchor = positionOf(cursor.anchor, doc, text);
      const head = positionOf(cursor.head, doc, text);
      if (anchor === null || head === null) continue;
      places.push({ ...who, anchor: Math.min(anchor, length), head: Math.min(head, length) });
    }
    return places;
  }

  #draw(): void {
    const { state, viewport } = this.#view;
    const now = performance.now();
    const marks: { from: number; to: number; value: Decoration }[] = [];
    for (const place of this.#places()) {
      const known = this.#movedAt.get(place.client);
      if (known?.head !== place.head) this.#movedAt.set(place.client, { head: place.head, at: now });
      const moved = known === undefined || known.head !== place.head || now - known.at < NAMED_FOR;
      if (moved) this.#fadeLater();
      const from = Math.max(viewport.from, Math.min(place.anchor, place.head));
      const to = Math.min(viewport.to, Math.max(place.anchor, place.head));
      if (from < to) marks.push({ from, to, value: Decoration.mark({ class: "cm-other-selection", attributes: { style: `--other:${place.color}` } }) });
      if (place.head < viewport.from || place.head > viewport.to) continue;
      const widget = new Caret(place, moved, state.doc.lineAt(place.head).number === 1);
      marks.push({ from: place.head, to: place.head, value: Decoration.widget({ widget, side: place.head > place.anchor ? -1 : 1 }) });
    }
    marks.sort((a, b) => a.from - b.from || a.value.startSide - b.value.startSide);
    const builder = new RangeSetBuilder<Decoration>();
    for (const { from, to, value } of marks) builder.add(from, to, value);
    this.decorations = builder.finish();
    if (this.decorations.size > 0) this.#turnNames();
  }

  /** A name that would hang out of the text at its right would be cut, and make the text wider. */
  #turnNames(): void {
    this.#view.requestMeasure({
      key: this,
      read: ({ contentDOM, scrollDOM }) => {
        const end = scrollDOM.getBoundingClientRect().left + scrollDOM.clientWidth;
        return [...contentDOM.querySelectorAll<HTMLElement>(".cm-other")].map((caret) => {
          const width = caret.querySelector<HTMLElement>(":scope > span")?.offsetWidth ?? 0;
          return { caret, turned: caret.getBoundingClientRect().left + width > end };
        });
      },
      write: (carets) => carets.forEach(({ caret, turned }) => caret.classList.toggle("turned", turned)),
    });
  }

  #fadeLater(): void {
    this.#fade ??= setTimeout(() => {
      this.#fade = undefined;
      this.#heard();
    }, NAMED_FOR);
  }
}

/** The character that a position of Yjs' means; null where that is nothing in this text. */
export function positionOf(said: unknown, doc: Y.Doc, text: Y.Text): number | null {
  try {
    const found = Y.createAbsolutePositionFromRelativePosition(Y.createRelativePositionFromJSON(said), doc);
    return found !== null && found.type === text ? found.index : null;
  } catch {
    // What others say is not always a position.
    return null;
  }
}

export const remoteCursors = (history: History): Extension => ViewPlugin.define((view) => new Others(view, history), { decorations: (others) => others.decorations });
