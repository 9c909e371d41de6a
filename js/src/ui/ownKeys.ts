// Keeps JupyterLab's shortcuts from keys that are typed in a widget: they would cut cells and restart the kernel.

const SUPPRESSED = "data-lm-suppress-shortcuts";

/** An action: says so on `host` and on all in it that gets the focus, since the shortcuts of cells are for the very element that has it. */
export function ownKeys(host: HTMLElement): void {
  host.setAttribute(SUPPRESSED, "true");
  host.addEventListener("focusin", ({ target }) => (target as Element).setAttribute(SUPPRESSED, "true"));
}
