// One terminal on the screen: xterm.js with its add-ons, put together and taken apart.
import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { UnicodeGraphemesAddon } from "@xterm/addon-unicode-graphemes";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal, type ITheme } from "@xterm/xterm";
import type { Size } from "../core/sizing.ts";
import { atOnce } from "./atOnce.ts";
import { Backlog } from "./backlog.ts";
import { cloneQuickly } from "./blankLines.ts";
import { allowClipboardWrites } from "./clipboard.ts";
import { cursorShown } from "./cursorShown.ts";
import { Curtain } from "./curtain.ts";
import { XtermEmulator } from "./emulator.ts";
import { inverseAsItIs } from "./inverse.ts";
import { Keystrokes } from "./keystrokes.ts";
import { keyHandler, type Shortcuts } from "./keyboard.ts";
import { placeLinks, type Places } from "./placeLinks.ts";
import { PALETTES, type Scheme } from "./palette.ts";
import { Renderer } from "./renderer.ts";
import { measureAtOnce } from "./widths.ts";

export const SCROLLBACK = 10_000;
/** Hits of a search that are marked and counted. */
export const COUNTED = 1000;
const FONT_SIZE = 13;
const FONT = 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace';

export interface ScreenEvents extends Shortcuts {
  input(bytes: Uint8Array): void;
  title(text: string): void;
  renderer(kind: "webgl" | "dom"): void;
  /** A size in cells that would fill the element. */
  fits(size: Size): void;
  places: Places;
}

/** A terminal that nobody sees. */
function aside({ cols, rows }: Size): Terminal {
  const term = new Terminal({ cols, rows, scrollback: SCROLLBACK, allowProposedApi: true, logLevel: "off" });
  term.loadAddon(new UnicodeGraphemesAddon());
  return term;
}

function themeOf(scheme: Scheme, { backgroundColor: background }: CSSStyleDeclaration): ITheme {
  const theme = PALETTES[scheme];
  return /^rgb\(/.test(background) ? { ...theme, background, cursorAccent: background } : theme;
}

const encoder = new TextEncoder();
/** onBinary gives one byte per character. */
const binary = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

export class Screen {
  readonly term: Terminal;
  readonly emulator: XtermEmulator;
  readonly search = new SearchAddon({ highlightLimit: COUNTED });
  readonly keystrokes = new Keystrokes();
  /** Shows the cursor or not: that of a program that has ended would wait for nobody. */
  readonly setCursor: (shown: boolean) => void;
  readonly #fit = new FitAddon();
  readonly #renderer: Renderer;
  readonly #curtain: Curtain;
  readonly #backlog: Backlog;
  readonly #events: ScreenEvents;
  readonly #element: HTMLElement;
  /** The scheme of its theme; `null` where it was made before the page had a background for it. */
  #scheme: Scheme | null;

  constructor(element: HTMLElement, size: Size, scheme: Scheme, events: ScreenEvents) {
    this.#element = element;
    this.#events = events;
    const style = getComputedStyle(element);
    this.#scheme = style.backgroundColor === "" ? null : scheme;
    this.term = new Terminal({
      ...size,
      allowProposedApi: true,
      fontFamily: style.getPropertyValue("--jp-code-font-family").trim() || FONT,
      fontSize: Number.parseInt(style.getPropertyValue("--jp-code-font-size"), 10) || FONT_SIZE,
      lineHeight: 1.2,
      theme: themeOf(scheme, style),
      minimumContrastRatio: 4.5,
      scrollback: SCROLLBACK,
      // Each key restarts the blinking, and the frames that it takes delay the echo: 9.5 ms instead of 1.5 with the DOM renderer.
      cursorBlink: false,
      macOptionIsMeta: true,
      rightClickSelectsWord: true,
    });
    const { term } = this;
    this.emulator = new XtermEmulator(term);
    this.emulator.parsed = () => this.keystrokes.parsed();
    term.loadAddon(this.#fit);
    term.loadAddon(this.search);
    term.loadAddon(new UnicodeGraphemesAddon());
    term.loadAddon(new WebLinksAddon((_event, link) => void window.open(link, "_blank", "noopener,noreferrer")));
    term.registerLinkProvider(placeLinks(term, events.places));
    allowClipboardWrites(term);
    term.attachCustomKeyEventHandler(keyHandler(term, events));
    term.onData((text) => this.#typed(encoder.encode(text)));
    term.onBinary((text) => this.#typed(binary(text)));
    term.onTitleChange((text) => events.title(text));
    term.onRender(() => this.keystrokes.painted());
    this.setCursor = cursorShown(term);
    term.open(element);
    measureAtOnce(term);
    inverseAsItIs(term);
    cloneQuickly(term);
    this.emulator.atOnce = atOnce(term);
    this.#curtain = new Curtain(term);
    this.#backlog = new Backlog(term, aside);
    if (this.#backlog.able) this.emulator.above = this.#backlog;
    this.emulator.behind = (behind) => {
      if (behind) this.#curtain.close();
      else this.#curtain.open();
      this.#backlog.waits = behind;
    };
    this.#renderer = new Renderer(term, (kind) => events.renderer(kind));
  }

  /** Height of a row of text in CSS pixels; 0 while the element is hidden. */
  get cellHeight(): number {
    const screen = this.#element.querySelector<HTMLElement>(".xterm-screen");
    return screen === null ? 0 : screen.offsetHeight / this.term.rows;
  }

  /** Whether the page has a place for it, be it in sight or not. */
  get laidOut(): boolean {
    return this.#element.clientWidth > 0;
  }

  /** Reports the size that fills the element, which has `rows` rows. Does nothing while it is hidden. */
  refit(rows: number): void {
    if (this.#element.clientWidth === 0 || this.cellHeight === 0) return;
    const cols = this.#fit.proposeDimensions()?.cols;
    if (cols !== undefined && Number.isFinite(cols)) this.#events.fits({ cols: Math.min(1000, Math.max(2, cols)), rows });
  }

  setVisible(visible: boolean): void {
    this.#renderer.setVisible(visible);
  }

  /** The palette of a scheme, on the background that the page gives the terminal; the element has another one around a smaller one. */
  setScheme(scheme: Scheme): void {
    if (scheme === this.#scheme) return;
    this.#scheme = scheme;
    this.term.options.theme = themeOf(scheme, getComputedStyle(this.term.element ?? this.#element));
  }

  dispose(): void {
    this.#renderer.dispose();
    this.#curtain.dispose();
    this.#backlog.drop();
    this.emulator.dispose();
    this.term.dispose();
  }

  #typed(bytes: Uint8Array): void {
    this.keystrokes.sent();
    this.#events.input(bytes);
  }
}
