/** What many measurements of one thing come to. Pure. */

export interface Summary {
  rounds: number;
  median: number;
  p5: number;
  p95: number;
  least: number;
}

/** The value that a share of the measurements does not exceed (nearest rank). */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error("nothing was measured");
  return value;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new Error("nothing was measured");
  return (lower + upper) / 2;
}

export function summarize(values: readonly number[]): Summary {
  const at = (share: number): number => quantile(values, share);
  return { rounds: values.length, median: median(values), p5: at(0.05), p95: at(0.95), least: at(0) };
}

/** What single requests took, in microseconds. */
export interface Latency {
  requests: number;
  p50: number;
  p99: number;
}

export const latencyOf = (microseconds: readonly number[]): Latency => ({
  requests: microseconds.length,
  p50: median(microseconds),
  p99: quantile(microseconds, 0.99),
});
