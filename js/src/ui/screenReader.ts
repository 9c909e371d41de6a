// Whether terminals give their text to a screen reader: asked for in one, it holds for all terminals of this browser.

const KEY = "orchflow.screenReader";
/** Tells the page's other terminals, whose bundle may be another one; other pages hear of it by `storage`. */
const CHANGED = "orchflow-screen-reader";

function remembered(): boolean {
  try {
    return localStorage.getItem(KEY) === "on";
  } catch {
    // A page may have no storage.
    return false;
  }
}

export function setScreenReader(on: boolean): void {
  try {
    localStorage.setItem(KEY, on ? "on" : "off");
  } catch {
    // It holds for this page then.
  }
  window.dispatchEvent(new CustomEvent(CHANGED, { detail: on }));
}

/** Calls with the answer now and at each change; the result ends it. */
export function watchScreenReader(changed: (on: boolean) => void): () => void {
  const here = (event: Event) => changed((event as CustomEvent<boolean>).detail);
  const elsewhere = ({ key }: StorageEvent) => (key === KEY || key === null) && changed(remembered());
  window.addEventListener(CHANGED, here);
  window.addEventListener("storage", elsewhere);
  changed(remembered());
  return () => {
    window.removeEventListener(CHANGED, here);
    window.removeEventListener("storage", elsewhere);
  };
}
