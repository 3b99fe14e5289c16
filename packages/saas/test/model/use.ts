/** Using things: with an id and without, alone, in batches, late, in transactions that are rolled back. */
import { dayMs } from "@revops/core";
import { expect } from "vitest";
import type { ModelFeature } from "./plans.ts";
import { anInstance, type ModelWorld, noteCounted, noteNameless, type Operation, quantityOf } from "./world.ts";

/** How much of a feature is used at once, in its smallest unit. */
const amounts: Record<ModelFeature, readonly [number, number]> = {
  call: [0, 4],
  gigabyte: [0, 900],
  token: [0, 40],
  image: [0, 2],
  peak: [0, 100],
  user: [1, 1],
  seat: [-2, 3],
  desk: [-15, 20],
  storage: [-30, 40],
};
const features = [
  "call",
  "call",
  "call",
  "token",
  "token",
  "gigabyte",
  "image",
  "peak",
  "user",
  "seat",
  "desk",
  "storage",
];

/** An event that fits its feature. */
export function anEvent({ random, clock }: ModelWorld) {
  const feature = random.pick(features as [ModelFeature, ...ModelFeature[]]);
  const units = random.integer(...amounts[feature]);
  const late = random.integer(0, 9) === 0 ? random.integer(0, 20) * dayMs : 0;
  return {
    feature,
    units,
    quantity: quantityOf(feature, units),
    metadata: feature === "user" ? { user: random.integer(1, 12), team: random.pick(["x", "y"]) } : undefined,
    occurredAt: late === 0 ? undefined : new Date(clock.now().getTime() - late),
  } as const;
}

/** From few enough that many come again. */
export function anId({ random }: ModelWorld): string {
  return `evt-${random.integer(0, 3_000)}`;
}

export const consume: Operation = {
  name: "consume",
  weight: 40,
  async run(world) {
    const { random, subjects, database, instances } = world;
    const subjectId = random.pick(subjects);
    const id = random.pick([undefined, anId(world)]);
    const input = { ...anEvent(world), subjectId, id };
    const fails = random.integer(0, 9) === 0;
    const inTransaction = fails || random.integer(0, 9) === 0;
    const answer = inTransaction
      ? database.transaction(async (tx) => {
          const verdict = await instances[0].quotas.consume(input, tx);
          if (fails) throw new Error("rolled back");
          return verdict;
        })
      : anInstance(world).quotas.consume(input);
    const verdict = await answer.catch((error: Error & { code?: string }) => {
      // PostgreSQL ends one of two transactions that wait for each other; a caller's own is the caller's to repeat.
      if (!fails && !(inTransaction && error.code === "40P01")) throw error;
    });
    if (!verdict?.allowed || verdict.duplicate) return;
    if (verdict.drawn) {
      const { included, credits, overage } = verdict.drawn;
      expect(included + credits + overage).toBeCloseTo(Number(input.quantity), 6);
    }
    // Above the limit after a downgrade, a maximum that does not grow and a user who is known are no more of it.
    const grows = input.units > 0 && input.feature !== "peak" && input.feature !== "user";
    if (verdict.limit !== null && grows)
      expect(verdict.used - verdict.overage).toBeLessThanOrEqual(verdict.limit + 1e-9);
    if (id !== undefined) noteCounted(world, { ...input, id });
    else noteNameless(world, subjectId, input.feature, input.units);
  },
};

/** A batch, and its repetition to another instance at the same moment. */
export const recordMany: Operation = {
  name: "record many",
  weight: 4,
  async run(world) {
    const { random, subjects, instances } = world;
    const subjectId = random.pick(subjects);
    const batch = random.integer(0, 2 ** 32);
    const events = Array.from({ length: random.integer(1, 12) }, (_, n) => ({
      ...anEvent(world),
      id: `batch-${batch}-${n}`,
    }));
    const results = await Promise.all(instances.map(({ meters }) => meters.recordMany(subjectId, events)));
    const rejections = results.map(({ rejected }) => new Set(rejected.map(({ id }) => id)));
    const counted = events.filter(({ id }) => !rejections.every((rejected) => rejected.has(id)));
    expect(results.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(counted.length);
    for (const event of counted) noteCounted(world, { ...event, subjectId });
  },
};
