/** Time is a parameter: no package reads the system's clock itself, so a test or a local Stripe may move it. */

/** Where every package asks for the time. */
export interface Clock {
  /** The present instant. Callers must not assume that it only moves forward. */
  now(): Date;
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => new Date() };

export const secondMs = 1_000;
export const minuteMs = 60 * secondMs;
export const hourMs = 60 * minuteMs;
/** Exactly 24 hours; a local day may differ, see the period engine. */
export const dayMs = 24 * hourMs;
