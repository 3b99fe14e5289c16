import { dayMs, hourMs, minuteMs, systemClock } from "@revops/core";
import { seededRandom } from "@revops/testing";
import { expect, test } from "vitest";
import { modelPlans } from "../../test/model/plans.ts";
import { later, presentOf, type Terms, usagePeriod } from "../entitlements/terms.ts";
import { assignedTerms, endedTerms, openingTerms } from "../entitlements/transition.ts";
import { createCatalog } from "../plans/catalog.ts";
import { cyclesOf } from "./timeline.ts";

const catalog = createCatalog(modelPlans, { dialect: "sqlite" }, systemClock);
const signUp = new Date("2026-01-10T08:00:00Z");
const plus = (at: Date, ms: number) => new Date(at.getTime() + ms);

test("whatever is said of a subject, and by clocks that differ, every use is counted in a period that is a cycle", () => {
  const random = seededRandom("histories of terms");
  for (let run = 0; run < 2_000; run++) {
    const history: Terms[] = [openingTerms("usr_1", catalog, signUp)];
    const counted = new Map<number, string>();
    let clock = signUp;
    /** What a use at this moment would be counted to. */
    const use = (what: string) => {
      const terms = history.at(-1) as Terms;
      const at = presentOf(terms, clock);
      counted.set(usagePeriod(terms, at).start.getTime(), `${what} at ${at.toISOString()}`);
    };
    for (let step = 0; step < 8; step++) {
      clock = plus(clock, random.pick([0, 1, 1, minuteMs, hourMs, dayMs, 9 * dayMs, 40 * dayMs, -minuteMs]));
      if (random.integer(0, 2) > 0) use("before");
      // As a change is made: not before what was counted by a clock that is ahead, and after what came by itself until then.
      const now = later(clock, new Date(Math.max(...counted.keys(), 0)));
      for (let next = history.at(-1)?.next; next && next.since <= now; next = next.next) history.push(next);
      const current = history.at(-1) as Terms;
      const tier = random.pick(["free", "team", "dark"] as const);
      // Stripe's clock is not ours, and its words may come late and in another order.
      const start = plus(clock, random.pick([0, 0, 2_000, -1_000, -minuteMs, -5 * dayMs]));
      const period = {
        anchor: random.pick([start, signUp]),
        interval: random.pick(["month", "year"] as const),
        start,
        end: plus(start, random.pick([14, 28, 31, 365]) * dayMs),
      };
      const next = random.pick([
        () => assignedTerms(current, { tier, status: "active" }, catalog, now),
        () => assignedTerms(current, { tier, status: "active", period }, catalog, now),
        () => assignedTerms(current, { tier, status: "past_due", period }, catalog, now),
        () => assignedTerms(current, { tier: "dark", status: "trialing", until: plus(now, 9 * dayMs) }, catalog, now),
        () => endedTerms(current, catalog, now, plus(clock, -random.integer(0, 3) * minuteMs)),
      ])();
      if (next !== current) history.push(next);
      use(`after ${next.tier}`);
    }
    const starts = new Set(cyclesOf(history, plus(clock, 400 * dayMs)).map(({ start }) => start.getTime()));
    for (const [start, what] of counted) {
      expect(starts, `${what}, in the period of ${new Date(start).toISOString()}, run ${run}`).toContain(start);
    }
  }
});
