/** A migrated database with the package over it, for the tests of this package. */
import { type Database, openDatabase } from "@revops/database";
import { migrated } from "@revops/database/testing";
import { type TestClock, testClock } from "@revops/testing";
import type { OpenDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { onTestFinished } from "vitest";
import { createSaas, definePlans, saasMigrations, standardPlans } from "../src/index.ts";

export interface World {
  readonly url: string;
  readonly database: Database;
  readonly clock: TestClock;
}

export async function openWorld(open: OpenDatabase): Promise<World> {
  const { url } = await open(migrated([saasMigrations]));
  const database = openDatabase({ url });
  onTestFinished(() => database.close());
  return { url, database, clock: testClock("2026-01-31T12:00:00Z") };
}

/** The standard plans over a fresh database, with a subject on the free tier. */
export async function openStandard(open: OpenDatabase) {
  const world = await openWorld(open);
  const saas = createSaas({ ...world, plans: standardPlans });
  await saas.entitlements.open({ subjectId: "usr_1" });
  return { ...world, saas };
}

/** Small limits and a feature with decimals. */
export const smallPlans = definePlans({
  features: {
    call: { kind: "metered" },
    gigabyte: { kind: "metered", decimals: 3 },
    seat: { kind: "allocated" },
    sso: { kind: "flag" },
    sla: { kind: "static" },
  },
  tiers: {
    free: {
      level: 0,
      name: "Free",
      price: { amount: 0, currency: "usd" },
      interval: "month",
      limits: { call: 100, gigabyte: 1.5, seat: 3 },
      flags: { sso: false },
      values: { sla: null },
    },
    team: {
      level: 1,
      name: "Team",
      price: { amount: 4_900, currency: "usd" },
      interval: "month",
      limits: { call: 1_000, gigabyte: null, seat: 10 },
      flags: { sso: true },
      values: { sla: "99.9%" },
    },
    dark: {
      level: 2,
      name: "Dark",
      price: null,
      interval: "year",
      limits: { call: null, gigabyte: null, seat: 0 },
      flags: { sso: true },
      values: { sla: null },
    },
  },
});

export async function openSmall(open: OpenDatabase) {
  const world = await openWorld(open);
  const saas = createSaas({ ...world, plans: smallPlans });
  await saas.entitlements.open({ subjectId: "usr_1" });
  return { ...world, saas };
}

/** A feature for each aggregation, without limits but for the distinct users. */
export const meterPlans = definePlans({
  features: {
    call: { kind: "metered" },
    request: { kind: "metered", meter: { aggregation: "count", filters: { status: ["ok", "cached"] } } },
    token: { kind: "metered", meter: { dimensions: ["model", "region"] } },
    peak: { kind: "metered", decimals: 2, meter: { aggregation: "max" } },
    level: { kind: "metered", meter: { aggregation: "latest" } },
    user: { kind: "metered", meter: { aggregation: "unique", property: "user", dimensions: ["team"] } },
    storage: { kind: "allocated", decimals: 1, meter: { aggregation: "time_weighted_sum" } },
  },
  tiers: {
    free: {
      level: 0,
      name: "Free",
      price: { amount: 0, currency: "usd" },
      interval: "month",
      limits: { call: null, request: null, token: null, peak: null, level: null, user: 3, storage: null },
      flags: {},
      values: {},
    },
  },
});

export async function openMeters(open: OpenDatabase) {
  const world = await openWorld(open);
  const saas = createSaas({ ...world, plans: meterPlans });
  await saas.entitlements.open({ subjectId: "usr_1" });
  return { ...world, saas };
}

/** How many rows a table has: what a refused call must not change. */
export async function countRows(database: Database): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of [
    "saas_events",
    "saas_ledger",
    "saas_counters",
    "saas_corrections",
    "saas_buckets",
    "saas_groups",
    "saas_entitlements",
    "saas_entitlement_changes",
    "saas_grants",
    "saas_grant_entries",
    "saas_reservations",
    "saas_tallies",
    "saas_tally_entries",
    "saas_spend_caps",
    "saas_verdicts",
  ]) {
    const [row] = await database.rows<{ n: string | number }>(sql.raw(`select count(*) as n from ${table}`));
    counts[table] = Number(row?.n);
  }
  return counts;
}
