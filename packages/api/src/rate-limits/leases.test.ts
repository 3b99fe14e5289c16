import { seededRandom } from "@revops/testing";
import { expect, test } from "vitest";
import { createLeases, type Leases } from "./leases.ts";

const windowMs = 60_000;

/** The table: whoever comes after the end of a window begins another. */
function openBucket() {
  let bucket = { taken: 0, until: 0 };
  let asked = 0;
  return {
    asked: () => asked,
    take(points: number, now: number) {
      asked++;
      if (now >= bucket.until) bucket = { taken: 0, until: now + windowMs };
      bucket.taken += points;
      return { ...bucket };
    },
  };
}

/** Takes as a limiter does; whether it is admitted, and what is said to remain. */
function take(leases: Leases, bucket: ReturnType<typeof openBucket>, limit: number, cost: number, now: number) {
  let state = leases.use("key", cost, now);
  if (!state) {
    const asked = leases.ask("key", cost, now);
    [state] = leases.share("key", asked, bucket.take(asked.points, now), [cost], now);
  }
  if (!state) throw new Error("Nothing was shared out.");
  return {
    admitted: state.consumedPoints <= limit,
    remaining: state.remainingPoints,
    msBeforeNext: state.msBeforeNext,
  };
}

test("one instance uses every point, says exactly what remains, and asks a few times only", () => {
  const [limit, leases, bucket] = [600, createLeases(600), openBucket()];
  for (let n = 1; n <= limit; n++) {
    expect(take(leases, bucket, limit, 1, n)).toMatchObject({ admitted: true, remaining: limit - n });
  }
  expect(bucket.asked()).toBeLessThan(20);
  const asked = bucket.asked();
  expect(take(leases, bucket, limit, 1, 700)).toEqual({ admitted: false, remaining: 0, msBeforeNext: windowMs - 699 });
  expect(bucket.asked()).toBe(asked);
  // The next window has nothing of the one before.
  expect(take(leases, bucket, limit, 1, 1 + windowMs)).toMatchObject({ admitted: true, remaining: limit - 1 });
});

test("a few points are shared as exactly as with a statement for each", () => {
  const [limit, bucket] = [10, openBucket()];
  const instances = [createLeases(limit), createLeases(limit), createLeases(limit)];
  const takes = Array.from({ length: 30 }, (_, n) => take(instances[n % 3] as Leases, bucket, limit, 1, 1));
  expect(takes.map(({ admitted }) => admitted)).toEqual(takes.map((_, n) => n < limit));
});

test("several never admit more than the limit, and each keeps at most a sixteenth from the others", () => {
  const random = seededRandom("shared buckets");
  for (let round = 0; round < 25; round++) {
    const limit = random.integer(1, 500);
    const bucket = openBucket();
    const instances = Array.from({ length: random.integer(1, 4) }, () => createLeases(limit));
    let admitted = 0;
    // One of them alone goes on to the end, after the others took what they took.
    for (let n = 0; n < 2 * limit + 20; n++) {
      const leases = instances[n < limit / 2 ? random.integer(0, instances.length - 1) : 0] as Leases;
      const cost = random.integer(1, 3);
      if (take(leases, bucket, limit, cost, n).admitted) admitted += cost;
    }
    const kept = (instances.length - 1) * Math.floor(limit / 16);
    expect(admitted).toBeLessThanOrEqual(limit);
    expect(admitted).toBeGreaterThanOrEqual(limit - kept - 2);
  }
});
