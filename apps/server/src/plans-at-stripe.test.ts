import { paymentsErrors } from "@revops/payments";
import { expect, test } from "vitest";
import { tellStripeOfPlans } from "./plans-at-stripe.ts";

function start(answers: readonly (Error | null)[]) {
  const left = [...answers];
  const warned: string[] = [];
  const rounds: (() => Promise<void>)[] = [];
  const note = (_fields: object, message: string) => void warned.push(message);
  const logger = { debug: note, info: note, warn: note, error: note };
  const push = async () => {
    const answer = left.shift();
    if (answer) throw answer;
  };
  const jobs = { schedule: (_name: string, _everyMs: number, work: () => Promise<void>) => void rounds.push(work) };
  const told = tellStripeOfPlans({ push, jobs, logger, address: undefined });
  return { told, left, warned, rounds };
}

test("a Stripe that is away is told when it is back, and then no more", async () => {
  const away = paymentsErrors.stripe_unavailable();
  const { told, left, warned, rounds } = start([away, away, null, null]);
  expect(await told).toBe(false);
  expect(warned).toEqual([expect.stringMatching(/^Stripe does not answer; check/)]);
  const [round] = rounds;
  await round?.();
  expect(left).toHaveLength(2);
  await round?.();
  await round?.();
  expect(left).toHaveLength(1);
  expect(warned).toHaveLength(2);
});

test("one that answers is told once; one that refuses the key ends the start", async () => {
  const { told, rounds } = start([null]);
  expect(await told).toBe(true);
  expect(rounds).toEqual([]);
  await expect(start([paymentsErrors.stripe_misconfigured()]).told).rejects.toMatchObject({
    code: "stripe_misconfigured",
  });
});
