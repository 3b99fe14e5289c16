/** Two or more ways of the same work, run in turns on the same machine; only the ratio of their medians says something. */

/** Does the work of one round and answers how many pieces it did. */
export type Run = (round: number) => Promise<number>;

export interface Contender {
  readonly name: string;
  readonly run: Run;
}

/** Pieces per second of each, the median of the rounds. Round 0 warms up. */
export async function speedsOf(contenders: readonly Contender[], rounds: number): Promise<number[]> {
  const speeds = contenders.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [n, { run }] of contenders.entries()) {
      const started = performance.now();
      const pieces = await run(round);
      if (round > 0) speeds[n]?.push(pieces / ((performance.now() - started) / 1_000));
    }
  }
  return speeds.map(median);
}

/** Prints ours beside each other one. `ours` is the first. */
export async function compare(title: string, rounds: number, contenders: readonly Contender[]): Promise<void> {
  const [ours = Number.NaN, ...others] = await speedsOf(contenders, rounds);
  console.log(`${title.padEnd(28)} ${perSecond(ours)}`);
  for (const [n, speed] of others.entries()) {
    const ratio = ours / speed;
    const shown = ratio > 3 ? `${ratio.toFixed(1)} ×` : `${Math.round(ratio * 100)} %`;
    console.log(`  beside ${(contenders[n + 1]?.name ?? "").padEnd(48)} ${perSecond(speed)}  ${shown}`);
  }
}

export function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function perSecond(value: number): string {
  return `${Math.round(value).toLocaleString("en-US").padStart(9)}/s`;
}
