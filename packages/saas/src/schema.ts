import { type Columns, defineTables } from "@revops/database";
import { sql } from "drizzle-orm";
import type { BillingCycleState } from "./billing/billing-cycle.ts";
import type { StoredBasis, StoredStatement } from "./cycles/stored-statement.ts";
import type { Agreement } from "./entitlements/agreement.ts";
import type { EntitlementStatus } from "./entitlements/entitlement.ts";
import type { EntryKind } from "./ledger/entry.ts";
import type { PlanContent } from "./plans/plans.ts";
import { quotaTables } from "./quotas/tables.ts";

/** The terms that an entitlement and its history share. */
const terms = (c: Columns) => ({
  tier: c.text().notNull(),
  status: c.text().$type<EntitlementStatus>().notNull(),
  /** What the anchor is repeated by. */
  interval: c.text().$type<"30_days" | "month" | "year">().notNull(),
  anchor: c.time().notNull(),
  /** The period that Stripe dictated last; null where nobody is billed through Stripe. */
  billedStart: c.time(),
  billedEnd: c.time(),
  /** Usage before this instant is not held against the subject: its sign-up, its last upgrade. */
  usageSince: c.time().notNull(),
  /** When these terms took effect. */
  since: c.time().notNull(),
  /** The version of the plans that the tier was bought from; null is the one of the code. */
  planVersion: c.text(),
  /** What was agreed beyond the plans. */
  agreement: c.json<Agreement>(),
});

/**
 * A balance is one row of `counters`; its ledger entries are numbered without a gap, and each names how much the events
 * behind it sum up to. What an event costs is its indexes, so an event has one: a hash of 16 bytes.
 */
export const saasTables = defineTables((c) => ({
  /** What each subject has now. */
  entitlements: c.table(
    "saas_entitlements",
    {
      subjectId: c.text().primaryKey(),
      version: c.bigint().notNull(),
      ...terms(c),
      /** When something comes by itself: a cycle is to be closed, a trial ends. null, as in rows of earlier versions, is now. */
      dueAt: c.time(),
    },
    (table) => [c.index("saas_entitlements_due_at").on(table.dueAt)],
  ),
  /** What each subject has had, append-only: a late event is judged by the terms of its own day. */
  entitlementChanges: c.table(
    "saas_entitlement_changes",
    { subjectId: c.text().notNull(), version: c.bigint().notNull(), ...terms(c) },
    (table) => [c.primaryKey({ columns: [table.subjectId, table.version] })],
  ),
  /** Append-only but for `state`: each cycle that was closed, with its statement as it was then. */
  cycles: c.table(
    "saas_cycles",
    {
      id: c.text().primaryKey(),
      subjectId: c.text().notNull(),
      start: c.time().notNull(),
      end: c.time().notNull(),
      tier: c.text().notNull(),
      planVersion: c.text(),
      state: c.text().$type<BillingCycleState>().notNull(),
      statement: c.json<StoredStatement>().notNull(),
      /** What it was rated by, to rate it again with what arrives late. */
      basis: c.json<StoredBasis>().notNull(),
      closedAt: c.time().notNull(),
    },
    // Two instances may close the same cycle: one of them does.
    (table) => [c.uniqueIndex("saas_cycles_subject_id_start_unique").on(table.subjectId, table.start)],
  ),
  /** Append-only: which ledger entries of a balance a statement counted. No entry is counted by two. */
  cycleUsage: c.table(
    "saas_cycle_usage",
    {
      counterKey: c.bytes().notNull(),
      firstEntry: c.bigint().notNull(),
      lastEntry: c.bigint().notNull(),
      /** The sum of those entries, in the feature's smallest unit. */
      quantity: c.bigint().notNull(),
      cycleId: c.text().notNull(),
    },
    (table) => [c.primaryKey({ columns: [table.counterKey, table.firstEntry] })],
  ),
  /** Append-only: what a closed cycle came to after something of it arrived late, and the cycle that charged the difference. */
  cycleRestatements: c.table(
    "saas_cycle_restatements",
    {
      cycleId: c.text().notNull(),
      /** Counts up from 1 for each cycle that is restated. */
      revision: c.bigint().notNull(),
      chargedIn: c.text().notNull(),
      /** The cycle's own lines, rated anew. */
      statement: c.json<StoredStatement>().notNull(),
    },
    (table) => [c.primaryKey({ columns: [table.cycleId, table.revision] })],
  ),
  /** Discounts by subject. */
  discounts: c.table(
    "saas_discounts",
    {
      subjectId: c.text().notNull(),
      id: c.text().notNull(),
      name: c.text().notNull(),
      /** A decimal; null for an amount. */
      percent: c.text(),
      amount: c.bigint(),
      /** How many cycles it is for; null is for ever. */
      cycles: c.integer(),
      /** How many cycles it was applied to. */
      applied: c.integer().notNull(),
      createdAt: c.time().notNull(),
      endedAt: c.time(),
    },
    (table) => [c.primaryKey({ columns: [table.subjectId, table.id] })],
  ),
  /** Append-only: each version of the plans that anybody bought from. */
  planVersions: c.table("saas_plan_versions", {
    version: c.text().primaryKey(),
    content: c.json<PlanContent>().notNull(),
    createdAt: c.time().notNull(),
  }),
  /** One running total per subject, feature and usage period. */
  counters: c.table(
    "saas_counters",
    {
      /** Hash of the three below: also the order in which rows are locked. */
      key: c.bytes().primaryKey(),
      subjectId: c.text().notNull(),
      feature: c.text().notNull(),
      /** 1970-01-01 for standing counts, which have no period. */
      periodStart: c.time().notNull(),
      /** In the feature's smallest unit. */
      used: c.bigint().notNull(),
      /** How many ledger entries there are, so that a missing one shows. */
      entries: c.bigint().notNull(),
      /** The hour that is being counted, and what it has so far: it becomes a row of `buckets` when the next one begins. */
      hour: c.time(),
      hourQuantity: c.bigint().notNull().default(0),
      /** For a meter of the latest value: when that one happened. */
      latestAt: c.time(),
    },
    (table) => [
      c.index("saas_counters_subject_id").on(table.subjectId),
      // The last fence: whatever a bug admits, a balance is never negative nor rounded.
      c.check("saas_counters_used_check", sql`${table.used} between 0 and 9007199254740991`),
    ],
  ),
  /** Append-only: every change of a balance. Entry n of a balance is written with the n-th commit that touched it. */
  ledger: c.table(
    "saas_ledger",
    {
      counterKey: c.bytes().notNull(),
      entry: c.bigint().notNull(),
      kind: c.text().$type<EntryKind>().notNull(),
      /** The change of the balance. */
      quantity: c.bigint().notNull(),
      /** How many events it stands for. */
      events: c.integer().notNull(),
      at: c.time().notNull(),
    },
    (table) => [c.primaryKey({ columns: [table.counterKey, table.entry] })],
  ),
  /** Append-only: what was counted, once per subject and id for ever. */
  events: c.table("saas_events", {
    /** Starts with a hash of the subject, so that a subject's events lie together and need no second index. */
    key: c.bytes().primaryKey(),
    counterKey: c.bytes().notNull(),
    /** The ledger entry that counts it, which also tells when it was recorded; negative where the meter's filters leave it out. */
    entry: c.bigint().notNull(),
    quantity: c.bigint().notNull(),
    /** Only where the caller named it. */
    occurredAt: c.time(),
    metadata: c.json<unknown>(),
  }),
  /** Append-only: what was said about an event later. What it counts for now is its quantity and these. */
  corrections: c.table(
    "saas_corrections",
    {
      eventKey: c.bytes().notNull(),
      /** From 1. */
      revision: c.integer().notNull(),
      counterKey: c.bytes().notNull(),
      /** The ledger entry that books it. */
      entry: c.bigint().notNull(),
      kind: c.text().$type<"void" | "replace">().notNull(),
      /** The event's quantity from now on; 0 for a void. */
      quantity: c.bigint().notNull(),
      /** What that changed in the sum of its balance's events. */
      change: c.bigint().notNull(),
      /** Whether the meter's filters leave the event out from now on. */
      filtered: c.flag().notNull(),
      metadata: c.json<unknown>(),
      at: c.time().notNull(),
    },
    (table) => [c.primaryKey({ columns: [table.eventKey, table.revision] })],
  ),
  /** The history: how a balance changed in an hour, and in a day (UTC). The hour under way is in `counters`. */
  buckets: c.table(
    "saas_buckets",
    {
      counterKey: c.bytes().notNull(),
      /** Seconds: 3,600 or 86,400. */
      span: c.integer().notNull(),
      start: c.time().notNull(),
      quantity: c.bigint().notNull(),
      /** Each change times its milliseconds since the start, for time-weighted sums. */
      moment: c.bigint().notNull().default(0),
    },
    (table) => [c.primaryKey({ columns: [table.counterKey, table.span, table.start] })],
  ),
  /** What a balance is made of by the values of a dimension: groups, and the distinct values of a unique count. */
  groups: c.table(
    "saas_groups",
    {
      counterKey: c.bytes().notNull(),
      dimension: c.text().notNull(),
      /** As JSON. */
      value: c.text().notNull(),
      quantity: c.bigint().notNull(),
      events: c.bigint().notNull(),
    },
    (table) => [c.primaryKey({ columns: [table.counterKey, table.dimension, table.value] })],
  ),
  ...quotaTables(c),
}));
