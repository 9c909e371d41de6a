// WebGL for terminals that are seen, where a graphics card draws it; the DOM for everything else.
import { WebglAddon } from "@xterm/addon-webgl";
import type { Terminal } from "@xterm/xterm";

/** Losses of the context after which this view stays with the DOM. */
const LOSSES = 2;

/** Those that draw with the CPU: Chromium's own, Mesa's, Windows'. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|lavapipe|basic render|software/i;

let worth: boolean | undefined;

/** Whether WebGL is drawn by a graphics card here; drawn by the CPU it takes more of it than the DOM does (docs/decisions/0011). */
function worthIt(): boolean {
  return (worth ??= accelerated());
}

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
    if (this.#addon !== null || this.#losses >= LOSSES || !worthIt()) return;
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
