// Made-up figures of an engine.
import type { Figures, TerminalFigures } from "../../src/core/metrics.ts";

const BUCKETS = 4;
export const BOUNDS = [0.001, 0.002, 0.004];
const histogram = (buckets = new Array<number>(BUCKETS).fill(0)) => ({ count: 0, sum: 0, p50: null, p95: null, p99: null, buckets });

export const figures = (changes: Partial<Figures> = {}, echo?: number[]): Figures => ({
  boot: "b", root: "/r", uptime: 100, operations: 0, bytes_in: 0, bytes_out: 0, bounds: BOUNDS, echo: histogram(echo), output: histogram(),
  calls: {}, errors: {}, open: 0, connections: { opened: 0, dropped: 0 }, terminals: { running: 0, exited: 0 },
  memory: { private: 1000, resident: 2000 }, cpu: { user: 0, system: 0 }, each: [],
  ...changes,
});

export const terminal = (id: string, bytes_out: number): TerminalFigures => ({
  id, name: id, state: "running", inputs: 0, bytes_in: 0, bytes_out, clients: 0, gaps: 0, echo: { count: 0, p50: null, p95: null, p99: null },
  cpu: 1, resident: 2_000_000,
});

export const reading = (count: number) => ({ ...histogram(), count });
