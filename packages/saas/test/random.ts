/** Random cases that can be run again: the seed is printed, and SEED=… in the environment repeats it. */
export interface Random {
  /** An integer from `low` to `high`, both included. */
  integer(low: number, high: number): number;
  pick<const T>(values: readonly [T, ...T[]]): T;
}

/** Mulberry32, over the seed in SEED or a fresh one. */
export function seededRandom(name: string): Random {
  const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 32));
  console.info(`${name}: SEED=${seed}`);
  let state = seed | 0;
  const fraction = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (low: number, high: number) => low + Math.floor(fraction() * (high - low + 1));
  return { integer, pick: (values) => values[integer(0, values.length - 1)] ?? values[0] };
}
