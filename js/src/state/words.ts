// What is said to people: short, exact, in their terms.

/** The engine's words at the beginning of a sentence; a name or a path stays as it is. */
export const capital = (text: string) => text.replace(/^[a-z]+(?=[ ,'])/, (word) => word.charAt(0).toUpperCase() + word.slice(1));

/** ms below which a span would be "0.0 s". */
export const SHORT = 50;

/** A span of time as people say it: "< 0.1 s", "0.4 s", "12 s", "2 min 13 s", "3 h 5 min". */
export function duration(ms: number): string {
  if (ms < SHORT) return "< 0.1 s";
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A running time as a clock shows it: "0:12", "1:02:03". */
export function stopwatch(ms: number): string {
  const whole = Math.floor(Math.max(0, ms) / 1000);
  const two = (value: number) => value.toString().padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** A round trip: "0.3 ms", "48 ms", "1.2 s". */
export function roundTrip(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

export function lost(retryInMs: number | null, waiting: number): string {
  const when = retryInMs === null ? "Trying again now" : `Trying again in ${Math.max(1, Math.ceil(retryInMs / 1000))} s`;
  const keys = waiting === 0 ? "" : waiting === 1 ? ", 1 key is waiting" : `, ${waiting} keys are waiting`;
  return `Connection lost. ${when}; the program goes on${keys}.`;
}

/** There is no such terminal any more, and `waiting` keys will not arrive. */
export function gone(waiting: number): string {
  const keys = waiting === 0 ? "" : waiting === 1 ? "; 1 key was not delivered" : `; ${waiting} keys were not delivered`;
  return `This terminal no longer lives${keys}.`;
}

/** How far a paste has come: "Pasting 3.2 of 10 MB". */
export function pasting({ arrived, total }: { arrived: number; total: number }): string {
  const [unit, size]: [string, number] = total < 1e6 ? ["kB", 1e3] : ["MB", 1e6];
  const figure = (bytes: number) => (unit === "MB" && bytes < 10 * size ? (bytes / size).toFixed(1) : Math.round(bytes / size).toString());
  return `Pasting ${figure(arrived)} of ${figure(total)} ${unit}`;
}

/** The page may not read the clipboard; the browser's own paste asks for no leave. */
export function unreadable(shortcut: string): string {
  return `The browser does not let this page read the clipboard: press ${shortcut}.`;
}

/** What the engine says of something, standing alone. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** What a search says whose regular expression is none, or not yet. */
export const INVALID = "not a valid expression";

/** How many hits a search has, of which no more than `counted` are counted; `index` is negative where the one that stands is none of them. */
export function hits(index: number, count: number, counted: number): string {
  if (count === 0) return "none";
  const all = `${count.toLocaleString("en")}${count >= counted ? "+" : ""}`;
  return index < 0 ? all : `${(index + 1).toLocaleString("en")} of ${all}`;
}

/** A paste whose lines are too long; `sure` is not known where the engine does not answer. */
export function wouldBeCut(loss: number, sure: boolean): string {
  const bytes = `${loss.toLocaleString("en")} ${loss === 1 ? "byte" : "bytes"} would be lost`;
  return sure
    ? `This program reads lines of at most 4,096 bytes: ${bytes}.`
    : `If this program reads line by line, ${bytes}.`;
}

export function sizedElsewhere({ cols, rows }: { cols: number; rows: number }): string {
  return `Sized elsewhere, ${cols} × ${rows}.`;
}

export function ended(exit: { code: number | null; signal: string | null; reason?: string | undefined }, ranMs: number | null): string {
  if (exit.reason) return `Ended: ${exit.reason}.`;
  const how = exit.signal === null ? `with exit code ${exit.code ?? "unknown"}` : `by signal ${exit.signal}`;
  return ranMs === null ? `Ended ${how}.` : `Ended ${how} after ${duration(ranMs)}.`;
}

/** Words of a command as one would type them. */
export function commandLine(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}

/** A directory, short: the last two parts are what tells it. */
export function shortPath(path: string): string {
  const home = path.replace(/^\/(?:home|Users)\/[^/]+/, "~").replace(/^\/root(?=\/|$)/, "~");
  const parts = home.split("/");
  return parts.length <= 4 ? home : `…/${parts.slice(-2).join("/")}`;
}

/** How long ago something was, in the one unit that matters: "2 s", "5 min", "3 h", "2 d". */
export function ago(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}
