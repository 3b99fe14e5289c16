/** Plans with every charge model, for the tests of rating and of billing cycles. */
import { money } from "@revops/core";
import { definePlans } from "../src/index.ts";

const features = {
  call: { kind: "metered", name: "API calls" },
  token: { kind: "metered", name: "Tokens", decimals: 3 },
  image: { kind: "metered", name: "Images" },
  mail: { kind: "metered", name: "Mails" },
  seat: { kind: "allocated", name: "Seats" },
  storage: { kind: "allocated", name: "Storage", decimals: 1, meter: { aggregation: "time_weighted_sum" } },
  support: { kind: "flag" },
} as const;

export const pricedPlans = definePlans({
  features,
  tiers: {
    free: {
      level: 0,
      name: "Free",
      price: money(0, "usd"),
      interval: "month",
      limits: { call: 100, token: 10, image: 0, mail: 0, seat: 1, storage: 1 },
      flags: { support: false },
      values: {},
    },
    pro: {
      level: 10,
      name: "Pro",
      price: money(2_900, "usd"),
      interval: "month",
      limits: { call: null, token: null, image: null, mail: null, seat: null, storage: null },
      flags: { support: false },
      values: {},
      trialDays: 14,
      rules: {
        call: { included: 1_000, charge: { model: "per_unit", unitAmount: "0.25" } },
        token: {
          charge: {
            model: "graduated",
            tiers: [
              { upTo: 10, unitAmount: "3.5", flatAmount: 100 },
              { upTo: 100, unitAmount: "1.75" },
              { upTo: null, unitAmount: "0.125" },
            ],
          },
        },
        image: {
          charge: {
            model: "volume",
            tiers: [
              { upTo: 50, unitAmount: 10 },
              { upTo: null, unitAmount: 7 },
            ],
          },
        },
        mail: { included: 500, charge: { model: "package", size: 1_000, amount: 80 } },
        seat: { included: 3, charge: { model: "per_seat", unitAmount: 1_000 } },
        storage: { charge: { model: "per_unit", unitAmount: "0.01" } },
      },
    },
    team: {
      level: 20,
      name: "Team",
      price: money(9_900, "usd"),
      interval: "month",
      limits: { call: null, token: null, image: null, mail: null, seat: null, storage: null },
      flags: { support: true },
      values: {},
      minimumSpend: 15_000,
      rules: {
        call: { included: 10_000, charge: { model: "per_unit", unitAmount: "0.1" } },
        mail: { charge: { model: "package", size: 1_000, amount: 50, rounding: "down" } },
        seat: { included: 5, charge: { model: "per_seat", unitAmount: 800, basis: "peak" } },
        image: { charge: { model: "flat", amount: 500 } },
      },
    },
  },
  addOns: { calls: { name: "1,000 calls", price: money(150, "usd"), limits: { call: 1_000 } } },
});
