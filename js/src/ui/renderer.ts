// WebGL for terminals that are seen, the DOM for everything else: browsers allow some 16 WebGL contexts a page.
import { WebglAddon } from "@xterm/addon-webgl";
import type { Terminal } from "@xterm/xterm";

/** Losses of the context after which this view stays with the DOM. */
const LOSSES = 2;

export class Renderer {
  readonly #term: Terminal;
  readonly #changed: (kind: "webgl" | "dom") => void;
  #addon: WebglAddon | null = null;
  #losses = 0;

  constructor(term: Terminal, changed: (kind: "webgl" | "dom") => void) {
    this.#term = term;
    this.#changed = changed;
  }

  setVisible(visible: boolean): void {
    if (visible) this.#enable();
    else this.#disable();
  }

  dispose(): void {
    this.#addon?.dispose();
    this.#addon = null;
  }

  #enable(): void {
    if (this.#addon !== null || this.#losses >= LOSSES) return;
    const addon = new WebglAddon();
    addon.onContextLoss(() => {
      this.#losses++;
      this.#disable();
    });
    try {
      this.#term.loadAddon(addon);
    } catch {
      // No WebGL on this machine: the DOM renderer has been drawing all along.
      this.#losses = LOSSES;
      addon.dispose();
      return;
    }
    this.#addon = addon;
    this.#changed("webgl");
  }

  #disable(): void {
    if (this.#addon === null) return;
    this.#addon.dispose();
    this.#addon = null;
    this.#changed("dom");
  }
}
