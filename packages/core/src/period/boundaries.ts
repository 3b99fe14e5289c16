/** What every kind of cycle is reduced to; the engine in `period.ts` knows nothing else about it. */
export interface Boundaries {
  /**
   * Epoch milliseconds where period `index` starts and the one before ends. Strictly increasing in `index`, and always
   * reckoned from the anchor, never from the period before: a shortened February must not shorten March.
   * NaN where a `Date` cannot reach.
   */
  startOf(index: number): number;
  /** The index of the period around `at`, right or one beside it. Arithmetic only, however far the anchor. */
  indexNear(at: number): number;
}
