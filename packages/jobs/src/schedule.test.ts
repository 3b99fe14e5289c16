import { setTimeout as sleep } from "node:timers/promises";
import { silentLogger, systemClock } from "@revops/core";
import { testClock } from "@revops/testing";
import { expect, onTestFinished, test, vi } from "vitest";
import { createSchedule } from "./schedule.ts";

function schedule(clock = systemClock) {
  const made = createSchedule(silentLogger, clock);
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

test("a clock that jumps over a round is followed by one, and one that stands still by none", async () => {
  const clock = testClock();
  const { add, start } = schedule(clock);
  let rounds = 0;
  add("hourly", 3_600_000, async () => void rounds++);
  start();
  await sleep(700);
  expect(rounds).toBe(1);
  clock.advance(3_600_000);
  await vi.waitFor(() => expect(rounds).toBe(2), 5_000);
  clock.set("2025-12-01T00:00:00Z");
  clock.advance(1_800_000);
  await sleep(700);
  expect(rounds).toBe(2);
});
