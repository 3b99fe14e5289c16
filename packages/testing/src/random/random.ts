/** Random cases that can be run again: the seed is printed, and SEED=… in the environment repeats it. */

/** A source of random numbers with a name one can type. */
export interface Random {
  readonly seed: number;
  /** An integer from `low` to `high`, both included. */
  integer(low: number, high: number): number;
  pick<const T>(values: readonly [T, ...T[]]): T;
}

/**
 * Mulberry32, over the seed in the environment's SEED or a fresh one, which is printed.
 * @throws Error when SEED is no whole number
 * @example
 * const random = seededRandom("shuffled webhooks"); // prints "shuffled webhooks: SEED=…"
 * const size = random.integer(1, 6);
 */
export function seededRandom(name: string): Random {
  const given = process.env["SEED"];
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given);
  if (!Number.isInteger(seed)) throw new Error(`SEED=${given} is not a whole number`);
  console.info(`${name}: SEED=${seed}`);
  let state = seed | 0;
  const fraction = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (low: number, high: number) => low + Math.floor(fraction() * (high - low + 1));
  return { seed, integer, pick: (values) => values[integer(0, values.length - 1)] ?? values[0] };
}
