// Light or dark, as the page is, and whenever it changes.
import type { Scheme } from "./palette.ts";

/** What the page says: JupyterLab by an attribute, VS Code by a class, any other by the system's preference. */
export function pageScheme(): Scheme {
  const { body } = document;
  const jupyter = body.getAttribute("data-jp-theme-light");
  if (jupyter !== null) return jupyter === "false" ? "dark" : "light";
  if (body.classList.contains("vscode-dark") || body.classList.contains("vscode-high-contrast")) return "dark";
  if (body.classList.contains("vscode-light")) return "light";
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Calls with the scheme now and at each change; the result ends it. */
export function watchScheme(changed: (scheme: Scheme) => void): () => void {
  let last: Scheme | null = null;
  const look = () => {
    const scheme = pageScheme();
    if (scheme !== last) changed((last = scheme));
  };
  const observer = new MutationObserver(look);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  const preference = matchMedia("(prefers-color-scheme: dark)");
  preference.addEventListener("change", look);
  look();
  return () => {
    observer.disconnect();
    preference.removeEventListener("change", look);
  };
}
