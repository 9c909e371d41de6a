// From totals to rates: what happened between two readings of the engine's figures.
import type { Figures, Histogram } from "../core/metrics.ts";

export interface Quantiles {
  p50: number;
  p95: number;
  p99: number;
}
/** One moment in the plots. Rates are per second, times in seconds, sizes in bytes. */
export interface Point {
  /** When, in ms of the page's clock. */
  at: number;
  /** What lies before it is not known: the line begins anew. */
  first: boolean;
  operations: number;
  bytesIn: number;
  bytesOut: number;
  /** Share of one processor. */
  cpu: number;
  memory: number;
  terminals: number;
  connections: number;
  errors: number;
  echo: Quantiles | null;
  output: Quantiles | null;
}
export interface TerminalRates {
  bytesIn: number;
  bytesOut: number;
  /** Share of one processor that its programs take; null where that is not known. */
  cpu: number | null;
}

/** The time within which `share` of the counted ones lie: by ratio within its bucket, as the buckets grow. */
export function quantile(bounds: readonly number[], counts: readonly number[], share: number): number | null {
  const wanted = share * counts.reduce((sum, count) => sum + count, 0);
  if (wanted <= 0) return null;
  let before = 0;
  for (const [bucket, count] of counts.entries()) {
    if (count > 0 && before + count >= wanted) {
      const upper = bounds[bucket];
      if (upper === undefined) break;
      const lower = bounds[bucket - 1] ?? upper / 1.25;
      return lower * (upper / lower) ** ((wanted - before) / count);
    }
    before += count;
  }
  return bounds.at(-1) ?? null;
}

/** Of what was timed between two readings; null where nothing was. */
export function quantiles(before: Figures, after: Figures, of: (figures: Figures) => Histogram): Quantiles | null {
  const then = of(before).buckets;
  const counts = of(after).buckets.map((count, bucket) => Math.max(0, count - (then[bucket] ?? 0)));
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantile(after.bounds, counts, share));
  return p50 == null || p95 == null || p99 == null ? null : { p50, p95, p99 };
}

/** Operations without our own reading of the figures. */
const operationsOf = (figures: Figures) => figures.operations - (figures.calls["metrics"]?.count ?? 0);
export const errorsOf = (figures: Figures) =>
  Object.values(figures.errors).reduce((sum, count) => sum + count, 0) + figures.connections.dropped;
export const cpuOf = ({ cpu }: Figures) => cpu.user + cpu.system;
/** The engine's own memory, or all that it has where its own is not told. */
export const memoryOf = ({ memory }: Figures) => memory.private ?? memory.resident ?? 0;

/** What happened from `before` to `after`; the quantiles are of what was timed since `earlier`. */
export function pointOf(at: number, first: boolean, earlier: Figures, before: Figures, after: Figures): Point {
  const seconds = Math.max(1e-3, after.uptime - before.uptime);
  const rate = (of: (figures: Figures) => number) => Math.max(0, of(after) - of(before)) / seconds;
  return {
    at,
    first,
    operations: rate(operationsOf),
    bytesIn: rate(({ bytes_in }) => bytes_in),
    bytesOut: rate(({ bytes_out }) => bytes_out),
    cpu: rate(cpuOf),
    memory: memoryOf(after),
    terminals: after.terminals.running,
    connections: after.open,
    errors: Math.max(0, errorsOf(after) - errorsOf(before)),
    echo: quantiles(earlier, after, ({ echo }) => echo),
    output: quantiles(earlier, after, ({ output }) => output),
  };
}

/** The rates of each terminal that is in both readings. */
export function terminalRates(before: Figures, after: Figures): Map<string, TerminalRates> {
  const seconds = Math.max(1e-3, after.uptime - before.uptime);
  const then = new Map(before.each.map((one) => [one.id, one]));
  const rates = new Map<string, TerminalRates>();
  for (const { id, bytes_in, bytes_out, cpu } of after.each) {
    const old = then.get(id);
    if (old === undefined) continue;
    rates.set(id, {
      bytesIn: (bytes_in - old.bytes_in) / seconds,
      bytesOut: (bytes_out - old.bytes_out) / seconds,
      // A program that ended, and was not waited for, takes its time with it.
      cpu: cpu === null || old.cpu === null ? null : Math.max(0, cpu - old.cpu) / seconds,
    });
  }
  return rates;
}
