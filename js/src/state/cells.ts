// The cells of the metrics widget: what each is called, says and draws.
import type { Figures } from "../core/metrics.ts";
import { count, size, text, time, type Quantity } from "./quantities.ts";
import { cpuOf, errorsOf, memoryOf, quantiles, type Point, type Quantiles } from "./rates.ts";

export type Line = (point: Point) => number | null;
export interface Cell extends Quantity {
  key: string;
  label: string;
  /** Small and grey at the right: the first beside the label, the second beside the value. */
  notes: string[];
  /** What the label means, for a tooltip. */
  about: string;
  /** The strongest first. */
  lines: Line[];
  bad?: boolean;
}

export interface Shown {
  first: Figures;
  last: Figures;
  /** The moment that is pointed at, else the last one; null where an engine has been read but once. */
  point: Point | null;
  /** Whether it is pointed at. */
  chosen: boolean;
}

const latency = (told: Quantiles | null, none: string): Quantity & { notes: string[] } => {
  if (told === null) return { value: "–", unit: "", notes: [none] };
  const { value, unit } = time(told.p99);
  const beside = (seconds: number) => (time(seconds).unit === unit ? time(seconds).value : text(time(seconds)));
  return { value, unit: `${unit} p99`, notes: [`p50 ${beside(told.p50)}`, `p95 ${beside(told.p95)}`] };
};
const perSecond = (bytes: number | undefined): Quantity => {
  if (bytes === undefined) return { value: "–", unit: "" };
  const { value, unit } = size(bytes);
  return { value, unit: `${unit}/s` };
};
const whole = (number: number | undefined): Quantity => ({ value: number === undefined ? "–" : count(number), unit: "" });

export function cellsOf({ first, last, point, chosen }: Shown): Cell[] {
  // A moment has few keys: unless one is pointed at, the quantiles are of all that the plot shows.
  const echo = chosen ? (point?.echo ?? null) : quantiles(first, last, (figures) => figures.echo);
  const output = chosen ? (point?.output ?? null) : quantiles(first, last, (figures) => figures.output);
  const errors = chosen ? (point?.errors ?? 0) : errorsOf(last) - errorsOf(first);
  const resident = last.memory.resident === null ? [] : [`${text(size(last.memory.resident))} resident`];
  return [
    {
      key: "echo", label: "keystroke", ...latency(echo, "no keys"), lines: [(p) => p.echo?.p99 ?? null, (p) => p.echo?.p95 ?? null, (p) => p.echo?.p50 ?? null],
      about: "From the arrival of an input to the first output after it; the network is not in it. The fainter lines are p95 and p50.",
    },
    {
      key: "output", label: "output lag", ...latency(output, "no output"), lines: [(p) => p.output?.p99 ?? null, (p) => p.output?.p95 ?? null, (p) => p.output?.p50 ?? null],
      about: "From a read of output until a client's connection had all of it, slow clients included. The fainter lines are p95 and p50.",
    },
    {
      key: "operations", label: "operations", ...whole(point?.operations), unit: point === null ? "" : "/s", notes: [`${count(last.operations)} in all`], lines: [(p) => p.operations],
      about: "Inputs, control calls and operations of batches, without the reading of these figures.",
    },
    { key: "input", label: "input", ...perSecond(point?.bytesIn), notes: [`${text(size(last.bytes_in))} in all`], lines: [(p) => p.bytesIn], about: "What programs were given." },
    { key: "printed", label: "output", ...perSecond(point?.bytesOut), notes: [`${text(size(last.bytes_out))} in all`], lines: [(p) => p.bytesOut], about: "What programs printed." },
    { key: "memory", label: "memory", ...size(point?.memory ?? memoryOf(last)), notes: resident, lines: [(p) => p.memory], about: "The engine's own; resident, with what it shares with other processes." },
    {
      key: "cpu", label: "CPU", value: point === null ? "–" : (point.cpu * 100).toFixed(1), unit: point === null ? "" : "%", notes: [`${count(cpuOf(last))} s in all`],
      lines: [(p) => p.cpu], about: "Of one processor.",
    },
    { key: "terminals", label: "terminals", ...whole(point?.terminals ?? last.terminals.running), notes: last.terminals.exited > 0 ? [`${last.terminals.exited} ended`] : [], lines: [(p) => p.terminals], about: "Those whose program runs." },
    { key: "connections", label: "connections", ...whole(point?.connections ?? last.open), notes: [`${count(last.connections.opened)} in all`], lines: [(p) => p.connections], about: "Open streams of clients." },
    {
      key: "errors", label: "errors", ...whole(errors), notes: [`${count(errorsOf(last))} in all`], lines: [(p) => p.errors], bad: errors > 0,
      about: `Refusals, failures, and connections that were cut (${count(last.connections.dropped)}): ${reasons(last)}.`,
    },
  ];
}

function reasons({ errors }: Figures): string {
  return Object.entries(errors).map(([reason, number]) => `${count(number)} ${reason.replaceAll("_", " ")}`).join(", ") || "none of the others";
}
