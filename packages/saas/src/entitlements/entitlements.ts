/** Who has which tier, since when, and in which period. */
import type { Clock, FactEmitter } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import { saasErrors } from "../errors.ts";
import type { SaasFacts } from "../facts.ts";
import type { Plans } from "../plans/plans.ts";
import { checkSubjectId } from "../subject.ts";
import type { BillingPeriod, Entitlement, EntitlementStatus } from "./entitlement.ts";
import type { EntitlementStore } from "./store.ts";
import { entitlementAt, presentOf, type Terms } from "./terms.ts";
import { assignedTerms, endedTerms, openingTerms } from "./transition.ts";

export interface Entitlements<Tier extends string = string> {
  /**
   * Puts a new subject on the base tier, in 30-day cycles from `at` (now if left out). Again for the same subject: nothing
   * changes.
   * @throws `invalid_subject_id`
   * @example await entitlements.open({ subjectId: user.id, at: user.createdAt }, tx);
   */
  open(input: { readonly subjectId: string; readonly at?: Date }, tx?: Tx): Promise<Entitlement>;

  /**
   * Gives a subject (opened now if it is new) a tier. With `period`, usage follows Stripe's period from now on; without
   * it, the cycle stays, and an upgrade starts a new 30-day cycle.
   *
   * - An upgrade (a higher level) takes effect at once and metered usage starts at 0, as a ledger entry `reset`; standing
   *   counts stay. Any other change keeps the usage of the period.
   * - `past_due` keeps the tier. `incomplete` changes nothing. `unpaid`, `paused`, `canceled` and `incomplete_expired` end
   *   it as {@link Entitlements.end} does.
   * - Said again, it changes nothing. Which of two late words of Stripe is the newer one is decided by who calls.
   *
   * Emits `tier.changed`.
   * @throws `unknown_tier`, `invalid_period`, `invalid_subject_id`
   */
  assign(
    input: {
      readonly subjectId: string;
      readonly tier: Tier;
      readonly status: EntitlementStatus;
      readonly period?: BillingPeriod | undefined;
    },
    tx?: Tx,
  ): Promise<Entitlement>;

  /**
   * Ends what was bought: the base tier, in new 30-day cycles from `at` (now if left out, never later). Its usage starts
   * at 0: what was used before was paid for, and must not lock the customer out of the free tier for weeks. A subject that
   * is on the base tier already keeps its cycle and its usage, so repeating it gains nothing.
   * @throws `subject_not_found`
   */
  end(input: { readonly subjectId: string; readonly at?: Date }, tx?: Tx): Promise<Entitlement>;

  /** What a subject has now. @throws `subject_not_found` */
  of(subjectId: string, tx?: Tx): Promise<Entitlement>;

  /** The id of a subject's tier: the base tier for one that was never opened. */
  tierOf(subjectId: string, tx?: Tx): Promise<string>;
}

export interface EntitlementsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly plans: Plans;
  readonly store: EntitlementStore;
  readonly facts?: FactEmitter<SaasFacts, Tx> | undefined;
  /** Writes the ledger entries of an upgrade. */
  readonly resetUsage: (tx: Tx, terms: Terms) => Promise<void>;
}

export function createEntitlements(options: EntitlementsOptions): Entitlements {
  const { database, clock, plans, store, facts, resetUsage } = options;

  async function found(subjectId: string, tx?: Tx): Promise<Terms> {
    const terms = await store.find(tx ?? database, subjectId);
    if (terms) return terms;
    throw saasErrors.subject_not_found({ detail: "The subject was never given an entitlement." });
  }

  async function opened(tx: Tx, subjectId: string, at: Date): Promise<Terms> {
    const terms = openingTerms(checkSubjectId(subjectId), plans, at);
    return (await store.insert(tx, terms)) ? terms : found(subjectId, tx);
  }

  /** Replaces the terms if nobody did so meanwhile; else looks again. */
  async function change(tx: Tx, before: Terms, next: (current: Terms) => Terms): Promise<Terms> {
    let current = before;
    for (;;) {
      const terms = next(current);
      if (terms === current) return current;
      if (await store.replace(tx, terms)) {
        if (plans.canUpgrade(current.tier, terms.tier)) await resetUsage(tx, terms);
        if (terms.tier !== current.tier) {
          const { subjectId, since } = terms;
          await facts?.emit(tx, "tier.changed", { subjectId, from: current.tier, to: terms.tier, at: since });
        }
        return terms;
      }
      current = await found(before.subjectId, tx);
    }
  }

  const present = (terms: Terms) => entitlementAt(terms, presentOf(terms, clock.now()));

  return {
    open: ({ subjectId, at = clock.now() }, tx) =>
      database.transaction(async (inside) => present(await opened(inside, subjectId, at)), tx),

    assign: ({ subjectId, ...assignment }, tx) =>
      database.transaction(async (inside) => {
        const now = clock.now();
        const before = (await store.find(inside, subjectId)) ?? (await opened(inside, subjectId, now));
        return present(await change(inside, before, (terms) => assignedTerms(terms, assignment, plans, now)));
      }, tx),

    end: ({ subjectId, at }, tx) =>
      database.transaction(async (inside) => {
        const now = clock.now();
        const before = await found(subjectId, inside);
        return present(await change(inside, before, (terms) => endedTerms(terms, plans, now, at)));
      }, tx),

    of: async (subjectId, tx) => present(await found(subjectId, tx)),

    tierOf: async (subjectId, tx) => (await store.find(tx ?? database, subjectId))?.tier ?? plans.base.id,
  };
}
