// From moments to what is drawn of them: lines, and a dot for a moment with nothing beside it.
import type { Line } from "../state/cells.ts";
import type { Point } from "../state/rates.ts";

export interface Drawn {
  lines: string;
  dots: string;
}

export function plotPath(points: readonly Point[], line: Line, x: (at: number) => number, y: (value: number) => number): Drawn {
  const drawn: Drawn = { lines: "", dots: "" };
  for (const [index, one] of points.entries()) {
    const value = line(one);
    if (value === null) continue;
    const joins = (point: Point | undefined, next: Point | undefined) => point !== undefined && next !== undefined && !next.first && line(point) !== null && line(next) !== null;
    const begun = joins(points[index - 1], one);
    const goesOn = joins(one, points[index + 1]);
    const place = `${x(one.at)} ${y(value)}`;
    // A dot is a line of no length with round ends.
    if (begun || goesOn) drawn.lines += `${begun ? "L" : "M"}${place}`;
    else drawn.dots += `M${place}h0`;
  }
  return drawn;
}
