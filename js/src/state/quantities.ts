// Figures as people read them: a number of three digits, and its unit.

export interface Quantity {
  value: string;
  unit: string;
}

const three = (value: number) => (value >= 100 ? Math.round(value).toString() : value >= 10 ? value.toFixed(1) : value.toFixed(2));

/** "0.52 ms", "12.3 ms", "1.40 s". */
export function time(seconds: number | null): Quantity {
  if (seconds === null) return { value: "–", unit: "" };
  return seconds >= 1 ? { value: three(seconds), unit: "s" } : { value: three(seconds * 1000), unit: "ms" };
}

/** "0 B", "1.20 kB", "24.5 MB". */
export function size(bytes: number): Quantity {
  if (bytes < 1000) return { value: Math.round(bytes).toString(), unit: "B" };
  const [unit, name] = bytes >= 1e9 ? [1e9, "GB"] : bytes >= 1e6 ? [1e6, "MB"] : [1e3, "kB"];
  return { value: three(bytes / unit), unit: name };
}

/** "0", "0.4", "1,204". */
export function count(number: number): string {
  if (number > 0 && number < 10 && !Number.isInteger(number)) return number.toFixed(1);
  return Math.round(number).toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "3.1%", of a processor, which several can be more than one of. */
export const share = (part: number): Quantity => ({ value: `${(part * 100).toFixed(1)}%`, unit: "" });

export const text = ({ value, unit }: Quantity) => (unit === "" ? value : `${value} ${unit}`);
