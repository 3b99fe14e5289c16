import { setTimeout as sleep } from "node:timers/promises";
import { silentLogger } from "@revops/core";
import { expect, onTestFinished, test, vi } from "vitest";
import { createSchedule } from "./schedule.ts";

function schedule() {
  const made = createSchedule(silentLogger);
  onTestFinished(() => made.stop());
  return made;
}

test("a round that throws, at once or later, is followed by the next", async () => {
  const { add, start } = schedule();
  let rounds = 0;
  add("fails at once", 5, () => {
    rounds++;
    throw new Error("no");
  });
  let later = 0;
  add("fails later", 5, async () => {
    later++;
    throw new Error("no");
  });
  start();
  await vi.waitFor(() => expect(Math.min(rounds, later)).toBeGreaterThan(2));
});

test("a slow round is not joined by a second, and stop waits for it", async () => {
  const { add, start, stop } = schedule();
  const { promise, resolve } = Promise.withResolvers<void>();
  let rounds = 0;
  add("slow", 2, () => {
    rounds++;
    return promise;
  });
  start();
  await sleep(30);
  let stopped = false;
  const stopping = stop().then(() => {
    stopped = true;
  });
  await sleep(5);
  expect([rounds, stopped]).toEqual([1, false]);
  resolve();
  await stopping;
  await sleep(20);
  expect(rounds).toBe(1);
});

test("work that is added after the start begins too, and a month is not a millisecond", async () => {
  const { add, start } = schedule();
  start();
  let rounds = 0;
  add("monthly", 31 * 86_400_000, async () => void rounds++);
  await sleep(30);
  expect(rounds).toBe(1);
});
