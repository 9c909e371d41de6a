// What binds one view's state to its screen and to the page: visibility, theme, size, focus.
import { stand } from "../core/leader.ts";
import type { TerminalConnection } from "../core/connection.ts";
import { newName } from "../core/name.ts";
import type { Size } from "../core/sizing.ts";
import { belowRoot } from "../state/places.ts";
import type { StripAction } from "../state/strip.ts";
import type { TerminalState } from "../state/terminal.svelte.ts";
import type { Terminal } from "@xterm/xterm";
import { tick } from "svelte";
import { interceptPaste } from "./clipboard.ts";
import { copyOutput } from "./commands.ts";
import { followCursor } from "./cursor.ts";
import type { Keystroke } from "./keystrokes.ts";
import { Marks } from "./marks.svelte.ts";
import type { Scheme } from "./palette.ts";
import { pageScheme, watchScheme } from "./scheme.ts";
import { watchScreenReader } from "./screenReader.ts";
import { Screen } from "./screen.ts";

/** The page's living terminals by host element, for tests and for whoever looks under the bonnet. */
export type Registry = Map<HTMLElement, { term: Terminal; connection: TerminalConnection | null; keystrokes: Keystroke[] }>;
const REGISTRY = Symbol.for("orchflow.terminals");
export const registry: Registry = ((globalThis as Record<symbol, unknown>)[REGISTRY] ??= new Map()) as Registry;

/** What a terminal's view may ask about files that it names. */
export interface TerminalFiles {
  root: string;
  /** Whether there is such a file; paths are relative to the root. */
  there(path: string): Promise<boolean>;
  /** Shows it in an editor; the result removes that. */
  show(place: { path: string; line: number }, element: HTMLElement, close: () => void): () => void;
}

const DEFAULT: Size = { cols: 80, rows: 24 };
/** Padding above and below the rows, as in Screen.svelte. */
const PADDING = 16;

export class View {
  readonly state: TerminalState;
  scheme: Scheme = $state("light");
  renderer = $state<"webgl" | "dom">("dom");
  /** Height of a row of text in CSS px. */
  cell = $state(16);
  fit = $state.raw<Size | null>(null);
  screen = $state.raw<Screen | null>(null);
  marks = $state.raw<Marks | null>(null);
  /** Whether anybody can see it. */
  visible = $state(false);
  /** Whether the terminal is higher than the view: it has another one's size. */
  readonly taller = $derived.by(() => (this.state.follows?.rows ?? 0) > this.#rows());
  readonly height = $derived(this.#height());
  /** The file that is edited below the terminal, and the line to go to. */
  opened = $state.raw<{ path: string; line: number } | null>(null);
  /** What was looked for last. */
  readonly query = $state({ text: "", caseSensitive: false, regex: false });
  /** Whether its text is given to a screen reader. */
  readAloud = $state(false);
  /** What takes the keyboard when it leaves the terminal. */
  behind = $state.raw<HTMLElement | null>(null);
  /** Id of the sentence that says how to leave it. */
  readonly hint = `orchflow-${newName()}`;
  #pageScheme = $state(pageScheme());
  #seen = false;
  #host: HTMLElement | null = null;

  readonly files: TerminalFiles | null;

  constructor(state: TerminalState, files: TerminalFiles | null = null) {
    this.state = state;
    this.files = files;
    this.scheme = this.#chosen();
  }

  /** Puts a screen into `element` and keeps it in step; the result takes it away. For `{@attach}`. */
  mount(host: HTMLElement, element: HTMLElement): () => void {
    const { state } = this;
    this.#host = host;
    const fixed = state.settings.size;
    const size = fixed ? { cols: fixed[0], rows: fixed[1] } : { ...DEFAULT, rows: this.#rows() };
    const screen = new Screen(element, size, this.scheme, {
      input: (bytes) => state.input(bytes),
      title: (text) => (state.shell.title = text),
      renderer: (kind) => {
        this.renderer = kind;
        // The renderers' cells differ in width by a fraction of a pixel.
        queueMicrotask(refit);
      },
      fits: (fit) => this.#fits(fit),
      find: () => (state.searching = true),
      jump: (direction) => this.marks?.jump(direction) ?? false,
      leave: () => this.behind?.focus({ preventScroll: true }),
      places: { find: (path) => this.#find(path), open: (path, line) => (this.opened = { path, line }) },
    });
    this.screen = screen;
    screen.term.textarea?.setAttribute("aria-describedby", this.hint);
    const marks = (this.marks = new Marks(element, screen.term, screen.emulator, state));
    const entry = { term: screen.term, connection: null, keystrokes: screen.keystrokes.entries };
    // The connection changes with each terminal that the view shows.
    Object.defineProperty(entry, "connection", { get: () => state.connection, enumerable: true });
    registry.set(host, entry);

    const refit = () => this.#refit();
    const resized = new ResizeObserver(refit);
    resized.observe(element);
    const look = (entries: IntersectionObserverEntry[]) => {
      this.#seen = entries.at(-1)!.isIntersecting;
      screen.setVisible(this.#seen);
      this.#see();
      refit();
    };
    const seen = new IntersectionObserver(look);
    seen.observe(element);
    const page = () => {
      state.setVisible(document.visibilityState === "visible");
      this.#see();
    };
    const online = () => state.retryNow();
    document.addEventListener("visibilitychange", page);
    window.addEventListener("online", online);
    const follow = followCursor(element, screen.term);
    const unheard = watchScreenReader((on) => (screen.term.options.screenReaderMode = this.readAloud = on));
    interceptPaste(element, (text) => this.paste(text));
    state.paste.give = (text) => screen.term.paste(text);
    page();
    refit();
    state.attach(screen.emulator, () => screen.keystrokes.output());
    void document.fonts?.ready.then(refit);

    return () => {
      registry.delete(host);
      document.removeEventListener("visibilitychange", page);
      window.removeEventListener("online", online);
      unheard();
      follow.dispose();
      resized.disconnect();
      seen.disconnect();
      this.screen = this.marks = null;
      state.dispose();
      marks.dispose();
      screen.dispose();
    };
  }

  /** Stands for answering the questions of `terminal`; the result withdraws it. */
  lead(terminal: string | null): (() => void) | undefined {
    const { screen } = this;
    if (terminal === null || screen === null) return undefined;
    const withdraw = stand(`terminal:${terminal}`, () => (screen.emulator.leads = true));
    return () => {
      withdraw();
      screen.emulator.leads = false;
    };
  }

  /** The user pastes `text`. */
  paste(text: string): void {
    this.state.notice = null;
    if (text !== "" && this.screen !== null) this.state.pasted(text, this.screen.term.modes.bracketedPasteMode);
  }

  /** Does what a button of the strip says. */
  act(action: StripAction): void {
    const partial = this.marks?.partial;
    if (action === "copy rest" && partial) void copyOutput(this, partial, true);
    else void this.state.act(action).then(tick).then(() => this.#host?.scrollIntoView({ block: "nearest" }));
    // The button goes with the strip, and the keyboard would go with it.
    this.focus();
  }

  /** The menu is the browser's own, whose Copy and Paste work: xterm.js has put its textarea below the mouse. */
  rightClicked(event: MouseEvent): void {
    // JupyterLab would open that of the cell.
    event.stopPropagation();
    // A program that takes the mouse got the click already; Shift keeps it from the program.
    if (this.screen?.term.modes.mouseTrackingMode !== "none" && !event.shiftKey) event.preventDefault();
  }

  /** Follows the page's scheme; the result ends it. */
  followPage(): () => void {
    return watchScheme((scheme) => (this.#pageScheme = scheme));
  }

  /** Settles the scheme, and tells the screen. */
  dress(): void {
    const scheme = (this.scheme = this.#chosen());
    const { screen } = this;
    // The element must have taken on the scheme before its background is read.
    requestAnimationFrame(() => this.screen === screen && screen?.setScheme(scheme));
  }

  focus(): void {
    this.screen?.term.focus();
  }

  #chosen(): Scheme {
    const { theme } = this.state.settings;
    return theme === "auto" ? this.#pageScheme : theme;
  }

  async #find(path: string): Promise<string | null> {
    const { settings, shell } = this.state;
    const file = belowRoot(path, shell.cwd || settings.cwd, this.files?.root ?? "");
    return file !== null && (await this.files?.there(file)) ? file : null;
  }

  #see(): void {
    this.visible = this.#seen && document.visibilityState === "visible";
    if (this.visible) this.state.tick();
  }

  #refit(): void {
    const { screen } = this;
    this.state.shown(screen?.laidOut ?? false);
    if (screen === null || screen.cellHeight === 0) return;
    // Scrolled out of sight it draws with other cells than in sight, which must not resize the program each time.
    if (!this.#seen && this.fit !== null) return;
    this.cell = screen.cellHeight;
    screen.refit(this.#rows());
  }

  #fits(fit: Size): void {
    const fixed = this.state.settings.size;
    this.fit = fixed ? { cols: fixed[0], rows: fixed[1] } : fit;
    // Until there is a connection nobody else has a say.
    if (this.state.size === null) this.screen?.emulator.resize(this.fit.cols, this.fit.rows);
    this.state.fits(this.fit);
  }

  #rows(): number {
    return this.state.settings.size?.[1] ?? Math.max(1, this.state.settings.rows || DEFAULT.rows);
  }

  #height(): number {
    const { phase, hello, condition } = this.state;
    const nothingToShow = condition === "error" || ["gone", "refused", "failed", "taken"].includes(phase);
    if (hello === null && nothingToShow) return 0;
    return this.#rows() * this.cell + PADDING;
  }
}
