// Serves the page that shows every state of the widgets.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  cacheDir: fileURLToPath(new URL("../node_modules/.vite-dev", import.meta.url)),
  plugins: [svelte({ configFile: false, emitCss: false, compilerOptions: { css: "injected" } })],
});
