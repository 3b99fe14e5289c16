import { dayMs } from "../clock.ts";
import type { Boundaries } from "./boundaries.ts";
import type { FixedCycle } from "./cycle.ts";

/** Periods of N × 24 hours: plain arithmetic on epoch milliseconds, which have no leap day and no DST. */
export function fixedBoundaries({ anchor, days }: FixedCycle): Boundaries {
  const origin = anchor.getTime();
  const length = days * dayMs;
  return {
    startOf: (index) => origin + index * length,
    indexNear: (at) => Math.floor((at - origin) / length),
  };
}
