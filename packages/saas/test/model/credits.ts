/** Giving credits, with ends and rollovers, and taking them back. */
import { dayMs } from "@revops/core";
import type { ModelFeature } from "./plans.ts";
import { anInstance, type ModelWorld, type Operation } from "./world.ts";

export function aCredit({ random, clock }: ModelWorld) {
  const subject = random.pick<{ pool?: string; feature?: ModelFeature }>([
    { pool: "ai" },
    { feature: "token" },
    { feature: "gigabyte" },
  ]);
  return {
    ...subject,
    amount: random.integer(1, 50),
    priority: random.integer(0, 3),
    effectiveAt: random.pick([undefined, undefined, new Date(clock.now().getTime() + 3 * dayMs)]),
    expiresAt: random.pick([undefined, new Date(clock.now().getTime() + random.integer(4, 40) * dayMs)]),
    rollover: random.pick([undefined, { cap: 5, days: 3 }, { cap: null, days: 10 }]),
  };
}

export const giveCredit: Operation = {
  name: "credit",
  weight: 4,
  async run(world) {
    const { random, subjects, instances, book } = world;
    const [subjectId, id] = [random.pick(subjects), `gift-${random.integer(0, 2 ** 40)}`];
    const credit = { ...aCredit(world), subjectId, id };
    // Twice at once: an id is given once.
    await Promise.all(instances.map(({ credits }) => credits.grant(credit)));
    book.credits.set(`${subjectId}/${id}`, credit.amount);
    if (random.integer(0, 3) === 0) await anInstance(world).credits.void({ subjectId, id });
  },
};
