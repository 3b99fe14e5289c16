import type { Demand } from "./demand.ts";

/** How uses that came together share what their counters granted. */
export interface Shares {
  /** For each use, in order: null, or the demand for which there was too little. */
  readonly refusals: readonly (Demand | null)[];
  /** Units by counter that were granted and that nobody took. */
  readonly left: ReadonlyMap<string, number>;
}

/** First come, first served; a use that lacks one of its demands takes none of the others. */
export function shareOut(uses: readonly (readonly Demand[])[], granted: ReadonlyMap<string, number>): Shares {
  const left = new Map(granted);
  const refusals = uses.map((demands) => {
    const lacking = demands.find(({ counter, units }) => (left.get(counter) ?? 0) < units);
    if (lacking) return lacking;
    for (const { counter, units } of demands) left.set(counter, (left.get(counter) ?? 0) - units);
    return null;
  });
  return { refusals, left: new Map([...left].filter(([, units]) => units > 0)) };
}
