// Who else is in a document, and the colour of each: one that is seen on light and on dark, with ink that can be read on it.

export interface Person {
  client: number;
  name: string;
  color: string;
  /** Black or white, whichever is read more easily on the colour. */
  ink: string;
  /** Positions as Yjs writes them; null while there is no cursor. */
  cursor: { anchor: unknown; head: unknown } | null;
}

/** White is read on each of them (4.5:1), and each is seen on white and on black (3:1). */
export const COLORS = ["#d6287f", "#2563eb", "#15803d", "#b45309", "#7c3aed", "#0e7490", "#e11d48", "#4d7c0f"] as const;

export function colorOf(seed: number): string {
  return COLORS[seed % COLORS.length]!;
}

/** What others see of a person. */
export function userOf(name: string, seed: number): { name: string; color: string; colorLight: string } {
  const color = colorOf(seed);
  return { name, color, colorLight: `${color}33` };
}

/** Everybody but us, by name. What others say of themselves is not to be trusted. */
export function peopleOf(states: ReadonlyMap<number, Record<string, unknown>>, us: number): Person[] {
  const people: Person[] = [];
  for (const [client, state] of states) {
    const user = state["user"] as { name?: unknown; color?: unknown } | null | undefined;
    if (client === us || typeof user !== "object" || user === null) continue;
    const color = typeof user.color === "string" && /^#[0-9a-f]{6}$/i.test(user.color) ? user.color : colorOf(client);
    const name = typeof user.name === "string" && user.name.trim() !== "" ? user.name.trim().slice(0, 40) : "Somebody";
    people.push({ client, name, color, ink: inkOn(color), cursor: cursorOf(state["cursor"]) });
  }
  return people.sort((a, b) => a.name.localeCompare(b.name) || a.client - b.client);
}

function cursorOf(said: unknown): Person["cursor"] {
  const cursor = said as { anchor?: unknown; head?: unknown } | null | undefined;
  return typeof cursor?.anchor === "object" && typeof cursor.head === "object" && cursor.anchor !== null && cursor.head !== null
    ? { anchor: cursor.anchor, head: cursor.head }
    : null;
}

/** WCAG 2's relative luminance decides. */
export function inkOn(color: string): string {
  const light = [1, 3, 5]
    .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  const luminance = 0.2126 * light[0]! + 0.7152 * light[1]! + 0.0722 * light[2]!;
  return 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 ? "#ffffff" : "#000000";
}
