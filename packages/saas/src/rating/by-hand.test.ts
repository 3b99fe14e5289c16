import { decimal, money } from "@revops/core";
import { expect, test } from "vitest";
import { definePlans } from "../index.ts";
import { chargeUsage } from "./charged-usage.ts";
import { discountLines } from "./discount.ts";
import { overageCost } from "./overage.ts";
import { remaining } from "./proration.ts";
import { rate } from "./rate.ts";
import { quotient } from "./seats.ts";
import { amountOf, stepOf } from "./steps.ts";

const plans = definePlans({
  features: { call: { kind: "metered" }, support: { kind: "metered" } },
  tiers: {
    pro: {
      level: 0,
      name: "Pro",
      price: money(0, "usd"),
      interval: "month",
      limits: { call: null, support: null },
      flags: {},
      values: {},
      minimumSpend: 10_000,
      rules: {
        call: {
          charge: {
            model: "graduated",
            tiers: [
              { upTo: 10, unitAmount: 5, flatAmount: 700 },
              { upTo: null, unitAmount: 1, flatAmount: 200 },
            ],
          },
        },
        support: { charge: { model: "flat", amount: 3_000 } },
      },
    },
  },
});
const pro = plans.tier("pro");
/** 30 days, and the last ten of them. */
const period = { start: new Date("2026-04-01T00:00:00Z"), end: new Date("2026-05-01T00:00:00Z") };
const third = { start: new Date("2026-04-21T00:00:00Z"), end: period.end };
const middle = { start: new Date("2026-04-11T00:00:00Z"), end: new Date("2026-04-21T00:00:00Z") };

test.each([
  ["all of it", period, "1", "3000"],
  ["its last third", third, "0.333333333333", "1000"],
  ["a third amid it", middle, "0.333333333333", "1000"],
])("a flat amount for %s", (_what, part, charged, amount) => {
  const { rules } = pro;
  const usage = { quantity: 5, credited: 0, timeline: null };
  const flat = chargeUsage(rules["support"] as never, plans.feature("support"), usage, { period, part });
  expect(flat.charged).toBe(charged);
  expect(flat.steps.reduce((sum, step) => sum.plus(decimal(step.amount)), decimal(0)).toString()).toBe(amount);
});

/** Five seats of a price of 10.00 a period, of which the first two are included, in a stretch of the period. */
function seatsFor(part: typeof period, basis: "time" | "peak", cycle = part) {
  const feature = { id: "seat", decimals: 0, meter: null } as never;
  const rule = { included: "2", charge: { model: "per_seat", unitAmount: "1000", basis } } as never;
  const timeline = { period: cycle, start: 5, changes: [] };
  const { charged, steps } = chargeUsage(rule, feature, { quantity: 5, credited: 0, timeline }, { period, part });
  return [charged, amountOf(steps, "usd").amount];
}
const rest = { start: period.start, end: third.start };

test.each(["time", "peak"] as const)(
  "seats by %s cost their price for a period, however an upgrade cuts it",
  (basis) => {
    expect(seatsFor(period, basis)).toEqual(["3", 3_000]);
    expect(seatsFor(third, basis)).toEqual(["1", 1_000]);
    expect(seatsFor(rest, basis)).toEqual(["2", 2_000]);
    expect(seatsFor(middle, basis)).toEqual(["1", 1_000]);
    // A period that we heard of late is paid for whole, and a part of it whole that far.
    expect(seatsFor(period, basis, third)).toEqual(["3", 3_000]);
    expect(seatsFor(rest, basis, middle)).toEqual(["2", 2_000]);
  },
);

/** Five desks at most of a price for a period, of which the first two are included. */
function desksFor(part: typeof period, charge: object) {
  const feature = { id: "desk", decimals: 0, meter: { aggregation: "sum" } } as never;
  const timeline = { period: part, start: 4, changes: [{ at: part.start, quantity: 1 }] };
  const use = { quantity: 5, credited: 0, timeline };
  const { charged, steps } = chargeUsage({ included: "2", charge } as never, feature, use, { period, part });
  return { charged, steps, amount: amountOf(steps, "usd").amount };
}
const stepped = [
  { upTo: "1", unitAmount: "400.5", flatAmount: 50 },
  { upTo: null, unitAmount: "100.25", flatAmount: 0 },
];

test.each([
  ["per unit", { model: "per_unit", unitAmount: "1000.5" }, [3_002, 1_001, 1_000, 2_001]],
  // 50 + 400.5 + 2 × 100.25 = 651
  ["graduated", { model: "graduated", tiers: stepped }, [651, 217, 217, 434]],
  // 3 × 100.25 = 300.75
  ["by volume", { model: "volume", tiers: stepped }, [301, 100, 101, 201]],
  ["in packages", { model: "package", size: "2", amount: 500, rounding: "up" }, [1_000, 333, 334, 667]],
])("a standing count %s costs its price for a period, however an upgrade cuts it", (_how, charge, amounts) => {
  const parts = [period, third, middle, rest].map((part) => desksFor(part, charge));
  expect(parts.map(({ amount }) => amount)).toEqual(amounts);
  // The first two thirds and the last one are the whole of it; so are three thirds.
  const [whole, last, amid, first] = parts.map(({ amount }) => amount);
  expect((first ?? 0) + (last ?? 0)).toBe(whole);
  expect(desksFor({ start: period.start, end: middle.start }, charge).amount + (amid ?? 0) + (last ?? 0)).toBe(whole);
  // Nobody comes to a part by pricing a quantity once more.
  expect(parts.map(({ charged }) => charged)).toEqual(["3", null, null, null]);
});

test("a part of a price of several steps is a share of what they come to, which is shown", () => {
  const terms = [
    { label: "above 0 up to 1", quantity: "1", unitAmount: "400.5", flatAmount: "50", amount: "450.5" },
    { label: "above 1", quantity: "2", unitAmount: "100.25", flatAmount: "0", amount: "200.5" },
  ];
  const charge = { model: "graduated", tiers: stepped };
  expect(desksFor(period, charge).steps).toEqual(terms.map((term) => ({ ...term, share: null, terms: [] })));
  const share = { label: "price of a whole period", quantity: "1", unitAmount: "651", flatAmount: "0" };
  expect(desksFor(middle, charge).steps).toEqual([
    { ...share, share: { seconds: 1_728_000, of: 2_592_000 }, amount: "434", terms },
    {
      ...{ ...share, label: "price of a whole period, not used", quantity: "-1" },
      ...{ share: { seconds: 864_000, of: 2_592_000 }, amount: "-217", terms },
    },
  ]);
  // One step is its own.
  const [only] = desksFor(third, { model: "volume", tiers: [{ upTo: null, unitAmount: "10", flatAmount: 6 }] }).steps;
  expect(only).toMatchObject({ label: "above 0", quantity: "3", unitAmount: "10", flatAmount: "6", amount: "12" });
});

test("the minimum is for the part of the period that is paid for, less what it came to", () => {
  const of = { plan: pro, addOns: [], period, discounts: [] };
  const usage = [{ feature: plans.feature("call"), quantity: 20, credited: 0, timeline: null, events: null }];
  // 10 × 5 + 700, 10 × 1 + 200.
  expect(rate({ ...of, part: period, usage }).lines.map(({ id, amount }) => [id, amount.amount])).toEqual([
    ["usage:call", 960],
    ["minimum", 9_040],
  ]);
  expect(rate({ ...of, part: third, usage }).total.amount).toBe(3_333);
  const discounts = [{ id: "a", name: "A", percent: null, amount: 100 }];
  expect(rate({ ...of, part: period, usage, discounts }).lines.map(({ id, amount }) => [id, amount.amount])).toEqual([
    ["usage:call", 960],
    ["discount:a", -100],
    ["minimum", 9_140],
  ]);
});

test("percentages come before amounts, each on what those before have left, never below zero", () => {
  const give = (id: string, percent: string | null, amount: number | null) => ({ id, name: id, percent, amount });
  const off = (...discounts: ReturnType<typeof give>[]) =>
    discountLines(money(1_000, "usd"), discounts).map(({ id, amount }) => [id, amount.amount]);
  expect(off(give("a", null, 300), give("b", "50", null), give("c", "10", null))).toEqual([
    ["discount:b", -500],
    ["discount:c", -50],
    ["discount:a", -300],
  ]);
  expect(off(give("a", null, 600), give("b", null, 600), give("c", null, 1))).toEqual([
    ["discount:a", -600],
    ["discount:b", -400],
  ]);
});

test("no overage costs nothing, whatever the first step's flat amount", () => {
  const cost = (units: number) => overageCost(pro, "call", decimal(units))?.toString();
  expect([cost(-1), cost(0), cost(1), cost(10), cost(11)]).toEqual(["0", "0", "705", "750", "951"]);
});

test("overage costs what it adds to the price of the limit", () => {
  const call = (rule: object) =>
    definePlans({
      features: { call: { kind: "metered" } },
      tiers: {
        pro: {
          ...{ level: 0, name: "Pro", price: money(0, "usd"), interval: "month", flags: {}, values: {} },
          limits: { call: 10 },
          rules: { call: { charge: { model: "graduated", tiers }, ...rule } },
        },
      },
    }).tier("pro");
  const tiers = [
    { upTo: 5, unitAmount: 1 },
    { upTo: null, unitAmount: 100 },
  ];
  const cost = (rule: object, units: number) => overageCost(call(rule), "call", decimal(units))?.toString();
  // Of ten within the limit, five are included: the next are the dear ones. All ten, or more, and they are cheap again.
  expect([cost({ limit: "soft", included: 5 }, 1), cost({ limit: "soft", included: 7 }, 3)]).toEqual(["100", "102"]);
  expect([cost({ limit: "soft" }, 1), cost({ limit: "soft", included: 12 }, 3)]).toEqual(["1", "1"]);
  // Nothing is included in a hard limit with a price.
  expect(cost({ limit: "hard" }, 2)).toBe("200");
});

test.each([
  ["before its start", "2026-03-01T00:00:00Z", 2_592_000],
  ["at its start", "2026-04-01T00:00:00Z", 2_592_000],
  ["in its first second", "2026-04-01T00:00:00.999Z", 2_592_000],
  ["at its end", "2026-05-01T00:00:00Z", 0],
  ["after its end", "2026-06-01T00:00:00Z", 0],
])("what is left of a period %s", (_when, at, seconds) => {
  expect(remaining(period, new Date(at))).toEqual({ seconds, of: 2_592_000 });
});

test("a line is rounded once, half up: not to the even one, and not each of its steps", () => {
  const of = (...quantities: number[]) =>
    amountOf(
      quantities.map((quantity) => stepOf("units", quantity, "0.5")),
      "usd",
    ).amount;
  expect([of(1), of(3), of(5), of(1, 1), of(1, 3, 1)]).toEqual([1, 2, 3, 1, 3]);
});

test("a quotient is rounded half up", () => {
  expect([1n, 2n].map((units) => quotient(units, 3n, 2).toString())).toEqual(["0.33", "0.67"]);
  expect([quotient(1n, 2n, 0), quotient(49n, 100n, 0), quotient(3_600n, 7_200n, 6)].map(String)).toEqual([
    "1",
    "0",
    "0.5",
  ]);
});
