import { dayMs, hourMs, minuteMs, systemClock } from "@revops/core";
import { seededRandom } from "@revops/testing";
import { expect, test } from "vitest";
import { modelPlans } from "../../test/model/plans.ts";
import { presentOf, type Terms, usagePeriod } from "../entitlements/terms.ts";
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
      const current = history.at(-1) as Terms;
      // A clock that is put back, but not to before what came by itself and was counted by.
      const back = current.next === null || current.next.since > clock ? -minuteMs : 0;
      clock = plus(clock, random.pick([0, 1, 1, minuteMs, hourMs, dayMs, 9 * dayMs, 40 * dayMs, back]));
      use("before");
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
        () => assignedTerms(current, { tier, status: "active" }, catalog, clock),
        () => assignedTerms(current, { tier, status: "active", period }, catalog, clock),
        () => assignedTerms(current, { tier, status: "past_due", period }, catalog, clock),
        () =>
          assignedTerms(current, { tier: "dark", status: "trialing", until: plus(clock, 9 * dayMs) }, catalog, clock),
        () => endedTerms(current, catalog, clock, plus(clock, -random.integer(0, 3) * minuteMs)),
      ])();
      if (next !== current) history.push(next);
      use(`after ${next.tier}`);
    }
    const now = plus(clock, 400 * dayMs);
    const starts = new Set(cyclesOf(history, now).map(({ start }) => start.getTime()));
    for (const [start, what] of counted) {
      expect(starts, `${what}, in the period of ${new Date(start).toISOString()}, run ${run}`).toContain(start);
    }
  }
});
