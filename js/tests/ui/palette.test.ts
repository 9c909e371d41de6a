// The palettes can be read.
import { expect, test } from "vitest";
import { PALETTES } from "../../src/ui/palette.ts";

/** WCAG 2.2, relative luminance and contrast ratio. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const NORMAL = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white", "foreground"] as const;
test.each(["light", "dark"] as const)("%s: every normal colour has 4.5:1 with the background", (scheme) => {
  const palette = PALETTES[scheme];
  for (const name of NORMAL) expect(contrast(palette[name]!, palette.background!), name).toBeGreaterThanOrEqual(4.5);
});
