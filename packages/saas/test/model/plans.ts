/** Plans in which everything decides: limits hard and soft, caps by the day, credits, charges of every model, add-ons, trials. */
import { definePlans } from "../../src/index.ts";

export const modelPlans = definePlans({
  features: {
    call: { kind: "metered" },
    gigabyte: { kind: "metered", decimals: 3 },
    token: { kind: "metered" },
    image: { kind: "metered" },
    peak: { kind: "metered", meter: { aggregation: "max" } },
    user: { kind: "metered", meter: { aggregation: "unique", property: "user", dimensions: ["team"] } },
    seat: { kind: "allocated" },
    desk: { kind: "allocated", decimals: 1 },
    storage: { kind: "allocated", decimals: 1, meter: { aggregation: "time_weighted_sum" } },
  },
  credits: { ai: { decimals: 1, rates: { token: "0.1", image: 5 } } },
  tiers: {
    free: {
      level: 0,
      name: "Free",
      price: { amount: 0, currency: "usd" },
      interval: "month",
      limits: { call: 400, gigabyte: 1.5, token: 60, image: 0, peak: 90, user: 8, seat: 5, desk: 4, storage: 30 },
      flags: {},
      values: {},
      rules: { call: { per: { day: 150 } } },
    },
    team: {
      level: 1,
      name: "Team",
      price: { amount: 4_900, currency: "usd" },
      interval: "month",
      limits: {
        call: 4_000,
        gigabyte: 20,
        token: 200,
        image: 0,
        peak: null,
        user: 20,
        seat: 12,
        desk: 9,
        storage: null,
      },
      flags: {},
      values: {},
      trialDays: 14,
      spendCap: 20_000,
      rules: {
        call: { included: 1_000, charge: { model: "per_unit", unitAmount: "0.25" } },
        gigabyte: { limit: "soft", charge: { model: "package", size: 1, amount: 200 } },
        token: {
          limit: "soft",
          charge: {
            model: "graduated",
            tiers: [
              { upTo: 10, unitAmount: "3.5", flatAmount: 100 },
              { upTo: null, unitAmount: "1.75" },
            ],
          },
        },
        seat: { included: 3, charge: { model: "per_seat", unitAmount: 1_000 } },
        desk: {
          included: 1,
          charge: {
            model: "graduated",
            tiers: [
              { upTo: 2, unitAmount: "333.35", flatAmount: 70 },
              { upTo: null, unitAmount: "111.25" },
            ],
          },
        },
        storage: { charge: { model: "per_unit", unitAmount: "0.01" } },
      },
      credits: { ai: { amount: 200, rollover: { cap: 50 } } },
    },
    dark: {
      level: 2,
      name: "Dark",
      price: { amount: 19_900, currency: "usd" },
      interval: "month",
      limits: {
        ...{ call: null, gigabyte: null, token: 500, image: 10, peak: null, user: null },
        ...{ seat: 0, desk: null, storage: null },
      },
      flags: {},
      values: {},
      minimumSpend: 25_000,
      rules: {
        gigabyte: {
          charge: {
            model: "volume",
            tiers: [
              { upTo: 5, unitAmount: 10 },
              { upTo: null, unitAmount: 7 },
            ],
          },
        },
        token: { limit: "soft", charge: { model: "per_unit", unitAmount: "0.5" } },
        call: { charge: { model: "flat", amount: 500 } },
        image: { limit: "soft", charge: { model: "per_unit", unitAmount: 20 } },
        seat: { limit: "soft", charge: { model: "per_seat", unitAmount: 800, basis: "peak" } },
        desk: { included: 0.5, charge: { model: "package", size: 3, amount: 501 } },
      },
      credits: { ai: { amount: 500 } },
    },
  },
  addOns: { calls: { name: "1,000 calls", price: { amount: 150, currency: "usd" }, limits: { call: 1_000 } } },
});

export type ModelFeature = "call" | "gigabyte" | "token" | "image" | "peak" | "user" | "seat" | "desk" | "storage";
export const modelTiers = ["free", "team", "dark"] as const;
/** Whose quantities add up. */
export const summed = ["call", "gigabyte", "token", "image", "seat", "desk", "storage"] as const;
