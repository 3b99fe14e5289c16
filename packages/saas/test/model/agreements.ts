/** What is agreed with subjects meanwhile: tiers, trials, add-ons, overrides, grants, discounts, caps. */
import { dayMs, money } from "@revops/core";
import { expect } from "vitest";
import { modelTiers } from "./plans.ts";
import { anInstance, type Operation, refusedOr } from "./world.ts";

export const changeTier: Operation = {
  name: "upgrade or downgrade",
  weight: 3,
  async run(world) {
    const { random, clock, subjects } = world;
    const [subjectId, tier] = [random.pick(subjects), random.pick(modelTiers)];
    const start = clock.now();
    const period = { anchor: start, interval: "month", start, end: new Date(start.getTime() + 31 * dayMs) } as const;
    const price = random.pick([undefined, money(2_900, "usd"), money(1_234, "usd")]);
    const billed = random.integer(0, 2) === 0 ? { period, price } : {};
    const status = random.integer(0, 5) === 0 ? "past_due" : "active";
    await anInstance(world).entitlements.assign({ subjectId, tier, status, ...billed });
  },
};

const understood = new Set(["trial_not_available", "invalid_agreement"]);

export const agree: Operation = {
  name: "agreement",
  weight: 3,
  async run(world) {
    const { random, subjects, clock } = world;
    const subjectId = random.pick(subjects);
    const { entitlements, cycles, quotas } = anInstance(world);
    const id = `d${random.integer(0, 9)}`;
    const expiresAt = random.pick([undefined, new Date(clock.now().getTime() + random.integer(1, 40) * dayMs)]);
    const limits = random.pick<Record<string, number | null>>([{}, { call: random.integer(0, 600) }, { token: null }]);
    const ways: (() => Promise<unknown>)[] = [
      () => entitlements.startTrial({ subjectId, tier: "team", days: random.integer(1, 40) }),
      () => entitlements.schedule({ subjectId, tier: random.pick(["free", null] as const) }),
      () => entitlements.setAddOn({ subjectId, addOn: "calls", quantity: random.integer(0, 3) }),
      () => entitlements.override({ subjectId, overrides: { limits } }),
      () => entitlements.grant({ subjectId, id, feature: "call", quantity: random.integer(1, 100), expiresAt }),
      () => entitlements.revokeGrant({ subjectId, id }),
      () => entitlements.end({ subjectId }),
      () => cycles.discounts.give({ subjectId, id, name: id, percent: random.integer(1, 99), duration: 2 }),
      () => cycles.discounts.give({ subjectId, id, name: id, amount: random.integer(1, 999), duration: "once" }),
      () => quotas.setSpendCap({ subjectId, feature: "token", units: random.integer(0, 200) }),
      () => quotas.setSpendCap({ subjectId, amount: random.integer(0, 5_000) }),
      () => quotas.removeSpendCap({ subjectId, feature: "token" }),
      () => quotas.removeSpendCap({ subjectId }),
    ];
    const answer = await refusedOr((ways[random.integer(0, ways.length - 1)] as () => Promise<object>)());
    if (answer && "code" in answer) expect(understood).toContain(answer.code);
  },
};

/** By both instances at once, at times: a job that runs twice. */
export const closeCycles: Operation = {
  name: "close cycles",
  weight: 1,
  async run(world) {
    const { random, instances } = world;
    const closing = random.integer(0, 1) === 0 ? instances : [random.pick(instances)];
    await Promise.all(closing.map(({ cycles }) => cycles.closeDue()));
  },
};
