// Each layer imports only from itself and from those below it. TypeScript's projects hold the lower three to it; this holds all.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const LAYERS = ["protocol", "core", "state", "ui", "widgets"];
const source = new URL("../src/", import.meta.url);

test.each(LAYERS)("%s imports nothing from above", (layer) => {
  const below = LAYERS.slice(0, LAYERS.indexOf(layer));
  for (const file of readdirSync(new URL(layer, source))) {
    const code = readFileSync(new URL(`${layer}/${file}`, source), "utf8");
    for (const [, from] of code.matchAll(/\b(?:from|import\(?) ?"\.\.\/([^/"]+)/g)) expect(below, `${layer}/${file}`).toContain(from);
  }
});

test("every module says in its first line what it is for, and is short", () => {
  for (const layer of LAYERS)
    for (const file of readdirSync(new URL(layer, source))) {
      if (file.endsWith(".json")) continue;
      const code = readFileSync(new URL(`${layer}/${file}`, source), "utf8");
      expect(code, `${layer}/${file}`).toMatch(/^(\/\/ |<!-- |\/\* )\S/);
      expect(code.split("\n").length, `${layer}/${file}`).toBeLessThan(302);
    }
});
