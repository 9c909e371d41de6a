// One text on the screen: CodeMirror on a history of a file, put together and taken apart.
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentOnInput } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorSelection, EditorState, Text, type Extension } from "@codemirror/state";
import {
  crosshairCursor, drawSelection, dropCursor, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers, rectangularSelection,
} from "@codemirror/view";
import { yCollab, yUndoManagerKeymap } from "y-codemirror.next";
import * as Y from "yjs";
import type { History } from "../core/history.ts";
import { askedLine, askFor } from "./askedLine.ts";
import { findPanel, goToLine, replaceKeys } from "./editorPanels.ts";
import { look } from "./editorTheme.ts";
import { indentation } from "./indentation.ts";
import { languageOf } from "./languages.ts";
import { positionOf, remoteCursors } from "./remoteCursors.ts";
import { wellFormed } from "./wellFormed.ts";

/** Characters above which a text has neither colours nor wrapped lines: they would make typing slow. */
export const BIG = 2_000_000;
/** Characters above which the first lines are painted before their language is known. */
const LONG = 100_000;

export interface EditingEvents {
  /** The name of the language, once it is known; empty for none. */
  language(name: string): void;
  save(): void;
}

/** Made before there is a text, so that what takes long is done while one waits for it. */
export class Editing {
  readonly view: EditorView;
  readonly #language = new Compartment();
  readonly #indentation = new Compartment();
  readonly #writable = new Compartment();
  readonly #niceties = new Compartment();
  readonly #shared = new Compartment();
  readonly #events: EditingEvents;
  #shown: { readonly history: History; readonly undoManager: Y.UndoManager; readonly big: boolean } | null = null;
  #file = "";
  #disposed = false;

  /** `hint`: the element that says how to leave it by the keyboard. */
  constructor(element: HTMLElement, hint: string, events: EditingEvents) {
    this.#events = events;
    this.view = new EditorView({
      parent: element,
      state: EditorState.create({
        extensions: [
          // Positions must be Yjs', for which a line's end is one character.
          EditorState.lineSeparator.of("\n"),
          EditorView.clipboardInputFilter.of((text) => text.replace(/\r\n?/g, "\n")),
          this.#shared.of([]),
          this.#writable.of(writableIs(false)),
          this.#language.of([]),
          this.#indentation.of([]),
          EditorView.contentAttributes.of(() => ({ "aria-label": this.#file === "" ? "Text" : `Text of ${this.#file.slice(this.#file.lastIndexOf("/") + 1)}`, "aria-describedby": hint })),
          keymap.of([{ key: "Mod-s", run: () => (events.save(), true), preventDefault: true }, ...goToLine, ...replaceKeys, ...yUndoManagerKeymap]),
          this.#niceties.of(niceties),
          ...plain,
          look,
        ],
      }),
    });
  }

  /** Whether the text is too big for all that is done for smaller ones. */
  get big(): boolean {
    return this.#shown?.big ?? false;
  }
  /** Of what is edited in this view, and nothing of what comes from elsewhere. */
  get undoManager(): Y.UndoManager | null {
    return this.#shown?.undoManager ?? null;
  }

  /** Shows the first lines of a text that is on its way. */
  announce(head: string): void {
    if (this.#shown !== null) return;
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: Text.of(head.split("\n")) } });
  }

  /** Shows the text of a history, and has it edited. */
  show(history: History, writable: boolean): void {
    this.leave();
    const text = history.text.toString();
    const undoManager = new Y.UndoManager(history.text, { captureTimeout: 400 });
    const big = text.length > BIG;
    this.#shown = { history, undoManager, big };
    const { doc } = this.view.state;
    const there = text.startsWith(doc.toString()) ? doc.length : 0;
    this.view.dispatch({
      // It is as it has to be, and may be long.
      filter: false,
      changes: { from: there, to: doc.length, insert: Text.of(text.slice(there).split("\n")) },
      effects: [
        this.#shared.reconfigure([yCollab(history.text, null, { undoManager }), remoteCursors(history)]),
        this.#writable.reconfigure(writableIs(writable)),
        this.#niceties.reconfigure(big ? [] : niceties),
      ],
    });
  }

  /** Lets go of the history; its text stays, and nobody edits it. */
  leave(): void {
    if (this.#shown === null) return;
    this.view.dispatch({ effects: [this.#shared.reconfigure([]), this.#writable.reconfigure(writableIs(false))] });
    this.#shown.undoManager.destroy();
    this.#shown = null;
    this.#file = "";
  }

  /** The file's name says the language, and with its text the indentation. */
  named(file: string): void {
    if (file === this.#file) return;
    this.#file = file;
    this.view.dispatch({ effects: this.#indentation.reconfigure(indentation(this.view.state.doc, file)) });
    const language = languageOf(file);
    this.#events.language(language?.name ?? "");
    if (this.big || language === null) return this.#speak([]);
    const load = () =>
      language.load().then(
        (support) => this.#file === file && !this.#disposed && this.#speak(support),
        // Colours are no more than a help.
        (error: unknown) => console.warn(`orchflow: ${language.name} could not be loaded`, error),
      );
    // What is long is shown first, and coloured then.
    if (this.view.state.doc.length > LONG) requestAnimationFrame(() => setTimeout(load));
    else void load();
  }

  setWritable(writable: boolean): void {
    if (this.view.state.readOnly === !writable) return;
    this.view.dispatch({ effects: this.#writable.reconfigure(writableIs(writable)) });
  }

  /** Goes to a line, 1 for the first. */
  goTo(line: number): void {
    askFor(this.view, line);
  }

  /** The line of a position as Yjs writes it; 0 where that is none of this text. */
  lineOf(said: unknown): number {
    if (this.#shown === null) return 0;
    const { history } = this.#shown;
    const at = positionOf(said, history.doc, history.text);
    const { doc } = this.view.state;
    return at === null ? 0 : doc.lineAt(Math.min(at, doc.length)).number;
  }

  /** As if it were pressed there, in px of the window. */
  press(x: number, y: number): void {
    this.view.dispatch({ selection: EditorSelection.cursor(this.view.posAtCoords({ x, y }, false)) });
    this.view.focus();
  }

  focus(): void {
    this.view.focus();
  }

  dispose(): void {
    this.#disposed = true;
    this.leave();
    this.view.destroy();
  }

  #speak(language: Extension): void {
    this.view.dispatch({ effects: this.#language.reconfigure(language) });
  }
}

const writableIs = (writable: boolean): Extension => EditorState.readOnly.of(!writable);

const plain: Extension[] = [
  wellFormed,
  lineNumbers(),
  highlightActiveLineGutter(),
  askedLine,
  highlightSpecialChars(),
  drawSelection(),
  dropCursor(),
  EditorState.allowMultipleSelections.of(true),
  rectangularSelection(),
  crosshairCursor(),
  search({ top: true, createPanel: findPanel }),
  keymap.of([...closeBracketsKeymap, ...searchKeymap.filter(({ key }) => key !== "Mod-Alt-g"), ...defaultKeymap, indentWithTab]),
  EditorView.contentAttributes.of({ spellcheck: "false" }),
];

/** What looks at much of the text, or measures each line. */
const niceties: Extension[] = [EditorView.lineWrapping, indentOnInput(), bracketMatching(), closeBrackets(), highlightActiveLine(), highlightSelectionMatches({ minSelectionLength: 2 })];
