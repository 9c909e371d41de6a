// WebGL for terminals that are seen, where a graphics card draws it; the DOM for everything else.
import { WebglAddon } from "@xterm/addon-webgl";
import type { Terminal } from "@xterm/xterm";

/** Losses of the context after which this view stays with the DOM. */
const LOSSES = 2;

/** Those that draw with the CPU: Chromium's own, Mesa's, Windows'. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|lavapipe|basic render|software/i;

/** ms after which a page's first terminal asks for WebGL: that takes some 20 ms, for which its first screen would wait. */
const LATER = 500;

/** Whether WebGL is drawn by a graphics card here; drawn by the CPU it takes more of it than the DOM does (docs/decisions/0011). */
let worth: boolean | undefined;

function accelerated(): boolean {
  const gl = document.createElement("canvas").getContext("webgl2", { failIfMajorPerformanceCaveat: true });
  if (gl === null) return false;
  // Chromium takes SwiftShader for no caveat where it was started without a graphics card.
  const details = gl.getExtension("WEBGL_debug_renderer_info");
  const name = String(gl.getParameter(details?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER));
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return !SOFTWARE.test(name);
}

/** Browsers allow some 16 WebGL contexts a page, so only a terminal in sight has one. */
export class Renderer {
  readonly #term: Terminal;
  readonly #changed: (kind: "webgl" | "dom") => void;
  #addon: WebglAddon | null = null;
  #losses = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(term: Terminal, changed: (kind: "webgl" | "dom") => void) {
    this.#term = term;
    this.#changed = changed;
  }

  setVisible(visible: boolean): void {
    clearTimeout(this.#timer);
    if (!visible) this.#disable();
    else if (worth !== undefined) this.#enable();
    else this.#timer = setTimeout(() => this.#enable(), LATER);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#addon?.dispose();
    this.#addon = null;
  }

  #enable(): void {
    if (this.#addon !== null || this.#losses >= LOSSES || !(worth ??= accelerated())) return;
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
