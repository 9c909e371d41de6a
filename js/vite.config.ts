// Builds one entry of src/widgets into the Python package: `--mode terminal`, `--mode recording`, `--mode metrics`, `--mode files` (bundles) or `--mode loader`.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig(({ mode, command }) => ({
  root: path("."),
  // Components carry their own CSS, so that one file is all that a page has to fetch.
  plugins: [svelte({ configFile: false, emitCss: false, compilerOptions: { css: "injected" } })],
  define: command === "build" ? { "process.env.NODE_ENV": JSON.stringify("production") } : {},
  build: {
    target: "es2022",
    outDir: path("../orchflow_jupyter/static"),
    // Two runs share the folder, and neither may delete what the other made.
    emptyOutDir: false,
    copyPublicDir: false,
    reportCompressedSize: false,
    lib: { entry: path(`src/widgets/${mode}.ts`), formats: ["es"], fileName: () => `${mode}.js` },
    rolldownOptions: { output: { codeSplitting: false, minify: true } },
  },
  test: {
    include: ["tests/**/*.test.ts"],
    environment: "node",
  },
}));
