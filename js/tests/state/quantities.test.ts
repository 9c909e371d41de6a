// Figures as people read them.
import { expect, test } from "vitest";
import { count, size, text, time } from "../../src/state/quantities.ts";

test.each([[null, "–"], [0.00052, "0.52 ms"], [0.0123, "12.3 ms"], [0.5, "500 ms"], [1.4, "1.40 s"]])("%s seconds are %s", (seconds, said) => {
  expect(text(time(seconds))).toBe(said);
});
test.each([[0, "0 B"], [999, "999 B"], [1200, "1.20 kB"], [24_500_000, "24.5 MB"], [3e11, "300 GB"]])("%s bytes are %s", (bytes, said) => {
  expect(text(size(bytes))).toBe(said);
});
test.each([[0, "0"], [0.44, "0.4"], [7, "7"], [1204.4, "1,204"], [1_234_567, "1,234,567"]])("%s is %s", (number, said) => {
  expect(count(number)).toBe(said);
});
