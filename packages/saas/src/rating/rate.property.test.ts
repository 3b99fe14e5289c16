/** What holds for every statement, whatever the prices, quantities and times; against arithmetic that was written twice. */
import { dayMs, fromScaled, money } from "@revops/core";
import { seededRandom } from "@revops/testing";
import { expect, test } from "vitest";
import { priceOf } from "../../test/recompute.ts";
import { type ChargeDefinition, definePlans, type FeatureRule, type RatingInput, rate } from "../index.ts";
import { proratedSteps } from "./proration.ts";
import { heldSeconds, type Timeline, unitHours } from "./seats.ts";
import { amountOf } from "./steps.ts";

const runs = Number(process.env["RUNS"] ?? 3_000);
const start = new Date("2026-01-31T12:00:00Z");
const period = { start, end: new Date(start.getTime() + 30 * dayMs) };

type Random = ReturnType<typeof seededRandom>;

function randomCharge(random: Random): ChargeDefinition {
  const price = () => random.pick(["0", "0.000001", "0.25", "0.5", "1", "3.333333333", "1999.99"]);
  const flatAmount = () => random.pick([0, 1, 99, 12_345]);
  const ends = Array.from({ length: random.integer(0, 4) }, () => random.integer(1, 200));
  const rising = [...new Set(ends)].sort((a, b) => a - b);
  const tiers = [...rising, null].map((upTo) => ({ upTo, unitAmount: price(), flatAmount: flatAmount() }));
  return random.pick<ChargeDefinition>([
    { model: "per_unit", unitAmount: price() },
    { model: "graduated", tiers },
    { model: "volume", tiers },
    { model: "package", size: random.pick(["1", "7", "0.5", "1000"]), amount: flatAmount(), rounding: "up" },
    { model: "package", size: random.pick(["1", "7", "2.25", "100"]), amount: flatAmount(), rounding: "down" },
  ]);
}

function plansOf(charge: ChargeDefinition, included: number | string, minimumSpend: number, price: number) {
  return definePlans({
    features: { use: { kind: "metered", decimals: 3 } },
    tiers: {
      only: {
        level: 0,
        name: "Only",
        price: money(price, "usd"),
        interval: "month",
        limits: { use: null },
        flags: {},
        values: {},
        minimumSpend,
        rules: { use: { included, charge } },
      },
    },
  });
}

test("each line is what the price list says, to the cent, and the total is their sum", () => {
  const random = seededRandom("rating");
  for (let run = 0; run < runs; run++) {
    const charge = randomCharge(random);
    const plans = plansOf(charge, random.pick(["0", "0.125", "10"]), random.pick([0, 5_000]), random.pick([0, 2_900]));
    const plan = plans.tier("only");
    const rule = plan.rules["use"] as FeatureRule;
    const ends = "tiers" in charge ? charge.tiers.flatMap(({ upTo }) => (upTo === null ? [] : [Number(upTo)])) : [];
    const edge = random.pick([0, ...ends]) * 1_000 + random.integer(-2, 2) + Number(rule.included) * 1_000;
    const quantity = Math.max(random.pick([edge, random.integer(0, 500_000), random.integer(0, 2_000_000_000)]), 0);
    const discounts = Array.from({ length: random.integer(0, 3) }, (_, n) => ({
      id: `d${n}`,
      name: `d${n}`,
      percent: random.pick([null, "12.5", "33.333", "100"]),
      amount: random.integer(1, 3_000),
    }));
    const use = { feature: plans.feature("use"), quantity, credited: 0, timeline: null, events: null };
    const input: RatingInput = { plan, addOns: [], period, part: period, usage: [use], discounts };
    const { lines, total } = rate(input);
    const what = JSON.stringify({ charge, included: rule.included, quantity, discounts });
    const usage = lines.find(({ kind }) => kind === "usage");
    expect(usage?.amount.amount ?? 0, what).toBe(priceOf(rule, BigInt(quantity), 3));
    expect(usage?.quantity ?? "0", what).toBe(usage ? fromScaled(quantity, 3) : "0");
    expect(total.amount, what).toBe(lines.reduce((sum, { amount }) => sum + amount.amount, 0));
    expect(total.amount, what).toBeGreaterThanOrEqual(plan.minimumSpend);
    for (const line of lines) expect(amountOf(line.arithmetic, "usd"), what).toEqual(line.amount);
    // A preview said twice is the same words: nothing in it depends on when or how often it is asked for.
    expect(rate(input), what).toEqual({ currency: "usd", lines, total });
  }
});

test("whatever a period is cut into, the pieces of its price sum up to the price", () => {
  const random = seededRandom("splitting a period");
  for (let run = 0; run < runs; run++) {
    const price = money(random.integer(0, 1_000_000), "usd");
    const length = period.end.getTime() - start.getTime();
    const cuts = Array.from(
      { length: random.integer(0, 6) },
      () => new Date(start.getTime() + random.integer(0, length)),
    );
    const bounds = [period.start, ...cuts.sort((a, b) => a.getTime() - b.getTime()), period.end];
    const parts = bounds.slice(1).map((end, n) => ({ start: bounds[n] as Date, end }));
    const amounts = parts.map((part) => amountOf(proratedSteps("x", 1, price.amount, period, part), "usd").amount);
    expect(
      amounts.reduce((sum, amount) => sum + amount, 0),
      JSON.stringify({ price, bounds }),
    ).toBe(price.amount);
    for (const amount of amounts) expect(amount).toBeGreaterThanOrEqual(0);
  }
});

test("seats held in two halves of a period are those held in the whole of it", () => {
  const random = seededRandom("splitting seats");
  for (let run = 0; run < runs; run++) {
    let [at, held] = [start.getTime(), random.integer(0, 20)];
    const first = held;
    const changes = Array.from({ length: random.integer(0, 8) }, () => {
      at = Math.min(at + random.integer(0, 5 * dayMs), period.end.getTime() - 1);
      const quantity = random.integer(-held, 10);
      held += quantity;
      return { at: new Date(at), quantity };
    });
    const whole: Timeline = { period, start: first, changes };
    const cut = new Date(start.getTime() + random.integer(0, 30 * 86_400) * 1_000);
    const before = changes.filter((change) => change.at < cut);
    const between = before.reduce((sum, { quantity }) => sum + quantity, first);
    const halves = [
      { period: { start, end: cut }, start: first, changes: before },
      { period: { start: cut, end: period.end }, start: between, changes: changes.slice(before.length) },
    ];
    expect(halves.reduce((sum, half) => sum + heldSeconds(half), 0n)).toBe(heldSeconds(whole));
  }
});

test("an hour is 3,600 seconds, and a third of one is rounded", () => {
  const hour = { start, end: new Date(start.getTime() + 3_600_000) };
  expect(unitHours({ period: hour, start: 25, changes: [] }, 1).toString()).toBe("2.5");
  const third = { start, end: new Date(start.getTime() + 1_200_000) };
  expect(unitHours({ period: third, start: 1, changes: [] }, 0).toString()).toBe("0.333333");
});
