/** Plans in which more than a hard limit decides. */
import { createFacts } from "@revops/core";
import type { Tx } from "@revops/database";
import type { OpenDatabase } from "@revops/testing/vitest";
import { type CreditAlert, createSaas, definePlans, type QuotaAlert, type SaasFacts } from "../src/index.ts";
import { openWorld } from "./world.ts";

export const richPlans = definePlans({
  features: {
    call: { kind: "metered" },
    token: { kind: "metered" },
    image: { kind: "metered" },
    gigabyte: { kind: "metered", decimals: 3 },
    seat: { kind: "allocated" },
    ping: { kind: "metered", outage: "allow" },
  },
  credits: { ai: { decimals: 1, rates: { token: "0.1", image: 5 } } },
  tiers: {
    free: {
      level: 0,
      name: "Free",
      price: { amount: 0, currency: "usd" },
      interval: "month",
      limits: { call: 300, token: 100, image: 0, gigabyte: 1, seat: 3, ping: 5 },
      flags: {},
      values: {},
      rules: { call: { per: { hour: 20, day: 50 } } },
    },
    pro: {
      level: 1,
      name: "Pro",
      price: { amount: 2_900, currency: "usd" },
      interval: "month",
      limits: { call: 1_000, token: 1_000, image: 0, gigabyte: 10, seat: 5, ping: null },
      flags: {},
      values: {},
      rules: {
        token: { limit: "soft", charge: { model: "per_unit", unitAmount: "0.5" } },
        seat: { limit: "soft", charge: { model: "per_unit", unitAmount: 1_000 } },
        gigabyte: { limit: "soft", thresholds: [50, 90, 100, 150], charge: { model: "package", size: 1, amount: 200 } },
      },
      credits: { ai: { amount: 200, rollover: { cap: 50 } } },
    },
    team: {
      level: 2,
      name: "Team",
      price: { amount: 9_900, currency: "usd" },
      interval: "month",
      limits: { call: null, token: 5_000, image: 10, gigabyte: null, seat: null, ping: null },
      flags: {},
      values: {},
      rules: { token: { limit: "soft", charge: { model: "per_unit", unitAmount: "0.5" } } },
      spendCap: 1_000,
    },
  },
});

export const subjectId = "usr_1";

/** A subject on a tier, with every alert that was announced. */
export async function openRich(open: OpenDatabase, tier: "free" | "pro" | "team" = "free") {
  const world = await openWorld(open);
  const facts = createFacts<SaasFacts, Tx>();
  const alerts: QuotaAlert[] = [];
  facts.on("quota.near_limit", async (_tx, alert) => void alerts.push(alert));
  facts.on("quota.reached", async (_tx, alert) => void alerts.push(alert));
  const creditAlerts: [name: "low" | "exhausted", CreditAlert][] = [];
  facts.on("credits.low", async (_tx, alert) => void creditAlerts.push(["low", alert]));
  facts.on("credits.exhausted", async (_tx, alert) => void creditAlerts.push(["exhausted", alert]));
  const saas = createSaas({ ...world, plans: richPlans, facts });
  await saas.entitlements.assign({ subjectId, tier, status: "active" });
  return { ...world, saas, alerts, creditAlerts };
}
