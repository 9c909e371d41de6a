// Others and their colours.
import { expect, test } from "vitest";
import { COLORS, inkOn, peopleOf } from "../../src/state/people.ts";

function luminance(color: string): number {
  const parts = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255);
  const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
const contrast = (one: string, other: string) => {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light! + 0.05) / (dark! + 0.05);
};

test.each(COLORS)("%s is seen on light and on dark, and its ink is read on it", (color) => {
  expect(contrast(color, "#ffffff")).toBeGreaterThanOrEqual(3);
  expect(contrast(color, "#111418")).toBeGreaterThanOrEqual(3);
  expect(contrast(color, inkOn(color))).toBeGreaterThanOrEqual(4.5);
});

test("ink is dark on light colours", () => {
  expect(inkOn("#ffff00")).toBe("#000000");
});

test("what others say of themselves is not trusted", () => {
  const states = new Map<number, Record<string, unknown>>([
    [1, { user: { name: "us", color: "#000000" } }],
    [2, { user: { name: "  ", color: "url(https://x)" }, cursor: 3 }],
    [3, { user: { name: "x".repeat(99), color: "#2563eb" }, cursor: { anchor: {}, head: {} } }],
    [4, {}],
    [5, { user: null }],
  ]);
  const people = peopleOf(states, 1);
  expect(people.map(({ client }) => client)).toEqual([2, 3]);
  expect(people[0]).toMatchObject({ name: "Somebody", cursor: null });
  expect(COLORS).toContain(people[0]!.color as (typeof COLORS)[number]);
  expect(people[1]!.name).toHaveLength(40);
});
