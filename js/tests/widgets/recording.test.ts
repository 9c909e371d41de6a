// The recording's colours and speeds.
import { expect, test, vi } from "vitest";

vi.mock("asciinema-player", () => ({ create: () => ({}) }));
const { columnsOf, hexOf, offered, themeCss } = await import("../../src/widgets/recording.ts");

test("both themes give the player all sixteen colours and the two grounds", () => {
  for (const scheme of ["light", "dark"] as const) {
    const css = themeCss(scheme);
    for (let index = 0; index < 16; index++) expect(css).toMatch(new RegExp(`--term-color-${index}:#[0-9a-f]{6};`));
    expect(css).toContain(`.asciinema-player-theme-orchflow-${scheme}{--term-color-foreground:#`);
    expect(css).not.toContain("undefined");
  }
});

test("a header of each version names its columns, and what is none names none", () => {
  expect(columnsOf('{"version":3,"term":{"cols":91,"rows":2}}\n[1,"o","x"]\n')).toBe(91);
  expect(columnsOf('{"version":2,"width":92,"height":2}\n')).toBe(92);
  expect(columnsOf('{"version":1,"width":93,"stdout":[]}')).toBe(93);
  expect(columnsOf("nonsense")).toBeNull();
});

test("a speed of one's own is offered in its place", () => {
  expect(offered(1)).toEqual([0.5, 1, 2, 4, 8]);
  expect(offered(3)).toEqual([0.5, 1, 2, 3, 4, 8]);
});

test("a colour of the page is told as the player takes it, if it is one", () => {
  expect(hexOf("rgb(17, 0, 255)")).toBe("#1100ff");
  expect(hexOf("rgba(0, 0, 0, 0)")).toBe("");
});
