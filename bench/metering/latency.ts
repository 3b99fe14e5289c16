/** Calls of concurrent callers, each waiting for its answer before it asks again: how many a second, and how long one takes. */

export interface Measured {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

export async function measureCalls(
  callers: number,
  calls: number,
  call: (n: number) => Promise<unknown>,
): Promise<Measured> {
  const latencies = new Float64Array(calls);
  const numbers = latencies.keys();
  const started = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (const n of numbers) {
        const asked = performance.now();
        await call(n);
        latencies[n] = performance.now() - asked;
      }
    }),
  );
  const perSecond = calls / ((performance.now() - started) / 1_000);
  latencies.sort();
  const at = (share: number) => latencies[Math.floor(calls * share)] ?? Number.NaN;
  return { perSecond, p50: at(0.5), p99: at(0.99) };
}

/** The run whose speed is the median, with its own latencies. */
export function medianOf(runs: readonly Measured[]): Measured {
  const sorted = [...runs].sort((a, b) => a.perSecond - b.perSecond);
  return sorted[Math.floor(sorted.length / 2)] ?? { perSecond: Number.NaN, p50: Number.NaN, p99: Number.NaN };
}

export function show(title: string, { perSecond, p50, p99 }: Measured, beside = ""): void {
  const speed = thousands(perSecond).padStart(9);
  console.log(`${title.padEnd(42)} ${speed}/s  p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms${beside}`);
}

export function percentOf(part: number, whole: number): string {
  return `${Math.round((part / whole) * 100)} %`;
}

export function thousands(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
