// Builds one entry of src/widgets into the Python package: `--mode` is `loader`, or the name of a widget (bundles).
// The editor is built twice: `editor` comes in parts, so that languages are loaded when a file has them, and
// `editorWidget` as one file with a few languages, for pages that no server answers.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

const few = { find: /^\.\/languages\.ts$/, replacement: path("src/ui/languagesFew.ts") };
const parts = { chunkFileNames: "editor/[name]-[hash].js", minify: true };

/** JupyterLab has a Yjs of its own, which never meets ours; ours need not complain of it. */
const quietYjs: Plugin = {
  name: "quiet-yjs",
  transform: (code, id) => (/\/yjs\/(dist|src)\//.test(id) ? code.replace("glo[importIdentifier] === true", "false") : undefined),
};

export default defineConfig(({ mode, command }) => ({
  root: path("."),
  // Components carry their own CSS, so that one file is all that a page has to fetch.
  plugins: [svelte({ configFile: false, emitCss: false, compilerOptions: { css: "injected" } }), quietYjs],
  resolve: { alias: mode === "editorWidget" ? [few] : [] },
  define: command === "build" ? { "process.env.NODE_ENV": JSON.stringify("production") } : {},
  build: {
    target: "es2022",
    outDir: path("../orchflow_jupyter/static"),
    // Two runs share the folder, and neither may delete what the other made.
    emptyOutDir: false,
    copyPublicDir: false,
    reportCompressedSize: false,
    lib: { entry: path(`src/widgets/${mode}.ts`), formats: ["es"], fileName: () => `${mode}.js` },
    rolldownOptions: { output: mode === "editor" ? parts : { codeSplitting: false, minify: true } },
  },
  test: {
    include: ["tests/**/*.test.ts"],
    environment: "node",
    testTimeout: 60_000, // how long a test takes says how busy the machine is
  },
}));
