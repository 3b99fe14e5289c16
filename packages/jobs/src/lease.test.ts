import { setTimeout as sleep } from "node:timers/promises";
import { silentLogger, systemClock } from "@revops/core";
import { expect, onTestFinished, test } from "vitest";
import { keepLease, type LeaseOptions } from "./lease.ts";

const leaseMs = 300;

function keep(extend: LeaseOptions["extend"]) {
  const leasedUntil = systemClock.now().getTime() + leaseMs;
  const job = { id: "job_1", name: "x", payload: {}, correlation: {}, attempt: 1, leaseToken: "t", leasedUntil };
  const lease = keepLease(job, { leaseMs, extend, logger: silentLogger });
  onTestFinished(lease.end);
  return lease;
}

test("is held for as long as it is extended", async () => {
  const lease = keep(async () => true);
  await sleep(3 * leaseMs);
  expect(lease.signal.aborted).toBe(false);
});

test("a database that cannot be reached does not hold it for ever: after its length another worker may have the job", async () => {
  let tries = 0;
  const lease = keep(async () => {
    tries++;
    throw new Error("the database is away");
  });
  await sleep(3 * leaseMs);
  expect(tries).toBeGreaterThan(1);
  expect(lease.signal.aborted).toBe(true);
});

test("an extension that never answers does not hold it either", async () => {
  const lease = keep(() => new Promise(() => undefined));
  await sleep(2 * leaseMs);
  expect(lease.signal.aborted).toBe(true);
});

test("lost to another worker aborts at once, and one that has ended does not abort", async () => {
  const lost = keep(async () => false);
  const ended = keep(async () => false);
  ended.end();
  await sleep(2 * leaseMs);
  expect([lost.signal.aborted, ended.signal.aborted]).toEqual([true, false]);
});
