/** The tables of quotas beyond a plain limit: credits, reservations, caps, alerts, kept verdicts. */
import type { Columns } from "@revops/database";
import { sql } from "drizzle-orm";
import type { CreditEntryKind, CreditSourceKind, Rollover } from "../credits/grant.ts";
import type { ReservationState } from "../reservations/reservation.ts";
import type { TallyKind } from "./tally.ts";

const safe = 9_007_199_254_740_991;

export const quotaTables = (c: Columns) => ({
  /**
   * One row for each subject that has anything beyond plain limits. It is the lock of all that its features share, taken
   * after their balances; who has no row pays nothing for these tables.
   */
  quotaSubjects: c.table("saas_quota_subjects", { subjectId: c.text().primaryKey(), since: c.time().notNull() }),
  /** Running sums beside a balance: what an hour or a day has taken, and what credits paid for. */
  tallies: c.table(
    "saas_tallies",
    {
      /** Hash of the balance, the kind and the start. */
      key: c.bytes().primaryKey(),
      counterKey: c.bytes().notNull(),
      subjectId: c.text().notNull(),
      kind: c.text().$type<TallyKind>().notNull(),
      /** Of the hour or day; 1970-01-01 for credits. */
      start: c.time().notNull(),
      /** In the feature's smallest unit. */
      amount: c.bigint().notNull(),
      entries: c.bigint().notNull(),
    },
    (table) => [
      c.index("saas_tallies_counter_key").on(table.counterKey),
      c.check("saas_tallies_amount_check", sql`${table.amount} between 0 and ${sql.raw(String(safe))}`),
    ],
  ),
  /** Append-only: every change of a tally. */
  tallyEntries: c.table(
    "saas_tally_entries",
    {
      tallyKey: c.bytes().notNull(),
      entry: c.bigint().notNull(),
      quantity: c.bigint().notNull(),
      at: c.time().notNull(),
    },
    (table) => [c.primaryKey({ columns: [table.tallyKey, table.entry] })],
  ),
  /** Credits that were given, and what is left of them. */
  grants: c.table(
    "saas_grants",
    {
      /** Hash of subject and id. */
      key: c.bytes().primaryKey(),
      subjectId: c.text().notNull(),
      id: c.text().notNull(),
      account: c.text().notNull(),
      source: c.text().$type<CreditSourceKind>().notNull(),
      ofPlan: c.flag().notNull(),
      /** Quantities in the account's smallest unit. */
      amount: c.bigint().notNull(),
      remaining: c.bigint().notNull(),
      entries: c.bigint().notNull(),
      priority: c.integer().notNull(),
      effectiveAt: c.time().notNull(),
      expiresAt: c.time(),
      rollover: c.json<Rollover>(),
      closedAt: c.time(),
      closedBy: c.text().$type<"expiry" | "void">(),
    },
    (table) => [
      c.index("saas_grants_subject_id").on(table.subjectId, table.closedAt),
      c.check("saas_grants_remaining_check", sql`${table.remaining} between 0 and ${sql.raw(String(safe))}`),
    ],
  ),
  /** Append-only: every change of a grant. */
  grantEntries: c.table(
    "saas_grant_entries",
    {
      grantKey: c.bytes().notNull(),
      entry: c.bigint().notNull(),
      kind: c.text().$type<CreditEntryKind>().notNull(),
      quantity: c.bigint().notNull(),
      /** The feature's smallest units that it pays for. */
      units: c.bigint().notNull(),
      /** The balance that drew. */
      counterKey: c.bytes(),
      at: c.time().notNull(),
    },
    (table) => [
      c.primaryKey({ columns: [table.grantKey, table.entry] }),
      c.index("saas_grant_entries_counter_key").on(table.counterKey),
    ],
  ),
  /** Units set aside. While `held`, they are part of their balance. */
  reservations: c.table(
    "saas_reservations",
    {
      /** Hash of subject and id, in a namespace of its own; the key of the event that a commit makes. */
      key: c.bytes().primaryKey(),
      counterKey: c.bytes().notNull(),
      subjectId: c.text().notNull(),
      id: c.text().notNull(),
      feature: c.text().notNull(),
      /** Of the balance; both null for standing counts. */
      periodStart: c.time(),
      periodEnd: c.time(),
      /** In the feature's smallest unit. */
      quantity: c.bigint().notNull(),
      state: c.text().$type<ReservationState>().notNull(),
      /** What the commit counted. */
      committed: c.bigint(),
      reservedAt: c.time().notNull(),
      expiresAt: c.time().notNull(),
      endedAt: c.time(),
    },
    (table) => [
      // Held ones only are ever looked for by their end, so nothing grows with those that are over.
      c.index("saas_reservations_held").on(table.counterKey, table.expiresAt).where(sql`state = 'held'`),
      c.index("saas_reservations_lapsed").on(table.subjectId, table.expiresAt).where(sql`state = 'held'`),
      c.index("saas_reservations_ending").on(table.expiresAt).where(sql`state = 'held'`),
      c.index("saas_reservations_subject_id").on(table.subjectId, table.reservedAt),
    ],
  ),
  /** The customers' own caps on overage. */
  spendCaps: c.table(
    "saas_spend_caps",
    {
      subjectId: c.text().notNull(),
      /** Empty for all features together. */
      feature: c.text().notNull(),
      /** In the feature's smallest unit. */
      units: c.bigint(),
      /** In minor units of the tier's currency. */
      amount: c.bigint(),
      setAt: c.time().notNull(),
    },
    (table) => [c.primaryKey({ columns: [table.subjectId, table.feature] })],
  ),
  /** What was announced, once for each period, limit and threshold. */
  alerts: c.table(
    "saas_alerts",
    {
      counterKey: c.bytes().notNull(),
      /** Standing counts have no period of their own: of the subject's cycle. */
      periodStart: c.time().notNull(),
      limit: c.bigint().notNull(),
      /** Percent of the limit. */
      threshold: c.integer().notNull(),
      used: c.bigint().notNull(),
      at: c.time().notNull(),
    },
    (table) => [c.primaryKey({ columns: [table.counterKey, table.periodStart, table.limit, table.threshold] })],
  ),
  /** Verdicts that were kept, with all that they were made from. */
  verdicts: c.table(
    "saas_verdicts",
    {
      id: c.text().primaryKey(),
      subjectId: c.text().notNull(),
      feature: c.text().notNull(),
      at: c.time().notNull(),
      inputs: c.json<unknown>().notNull(),
      verdict: c.json<unknown>().notNull(),
    },
    (table) => [c.index("saas_verdicts_subject_id").on(table.subjectId, table.at)],
  ),
});
