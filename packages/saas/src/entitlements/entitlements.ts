/** Who has which tier, since when, and in which period. */
import { dayMs, type Money } from "@revops/core";
import type { Tx } from "@revops/database";
import { canUpgrade } from "../plans/tier.ts";
import { checkSubjectId } from "../subject.ts";
import { type ChangesOptions, createChanges } from "./changes.ts";
import {
  type CustomTier,
  checkAddOnQuantity,
  checkCustomTier,
  checkGrant,
  checkOverrides,
  checkPriceIsOurs,
  checkTrial,
  noTrial,
  type OverridesInput,
  plannedAt,
} from "./check-agreement.ts";
import type { BillingPeriod, Entitlement, EntitlementStatus } from "./entitlement.ts";
import { entitlementAt, presentOf, termsAt } from "./terms.ts";
import { assignedTerms, endedTerms, migratedTerms } from "./transition.ts";

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
   * - With the tier's `graceDays`, `past_due` keeps it for so many days from the first time that Stripe says so.
   * - A tier that was lost to that grace, `unpaid` or `paused` comes back, once Stripe says that it is paid for, as it was
   *   bought: in its version, with its overrides and add-ons.
   * - `pinned` is for what was sold by hand: Stripe's word (with a `period`) replaces it only by a higher tier.
   * - `price` is what Stripe charges for such a period. It is what a statement says, also where the tier costs something else by
   *   now; left out, it is what the tier costs.
   * - A tier that the subject has is kept in the version that it was bought from, until {@link Entitlements.migrate}.
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
      readonly price?: Money | undefined;
      readonly pinned?: boolean | undefined;
    },
    tx?: Tx,
  ): Promise<Entitlement>;

  /**
   * Gives a subject a tier of its own, ranked among the others by its level, in 30-day cycles. It is pinned as in
   * {@link Entitlements.assign}. The definition names every feature of the plans, as a tier of `definePlans` does.
   * @throws `invalid_agreement`, also for the id or the level of a tier of the plans; `invalid_subject_id`
   * @example await entitlements.assignCustom({ subjectId, id: "acme", tier: { level: 15, name: "Acme", price: null, … } });
   */
  assignCustom(
    input: { readonly subjectId: string; readonly id: string; readonly tier: CustomTier },
    tx?: Tx,
  ): Promise<Entitlement>;

  /**
   * Starts a trial: the tier now, with `trialing`, and the base tier when it ends, unless it is bought meanwhile. Once a
   * subject, and only from the base tier: whoever has bought or was given another one would lose that at the trial's end.
   * @param input `days` instead of the tier's own `trialDays`
   * @throws `trial_not_available` (it has no trial, one was had, or the subject has another tier than the base one),
   *   `unknown_tier`, `invalid_agreement`, `subject_not_found`, `invalid_subject_id`
   */
  startTrial(
    input: { readonly subjectId: string; readonly tier: Tier; readonly days?: number | undefined },
    tx?: Tx,
  ): Promise<Entitlement>;

  /**
   * Plans a lower tier for the end of the present period, for subjects whom Stripe does not bill. `null` takes it back.
   * @throws `unknown_tier`, `invalid_agreement` (a tier that is not lower, a subject billed by Stripe), `subject_not_found`
   */
  schedule(input: { readonly subjectId: string; readonly tier: Tier | null }, tx?: Tx): Promise<Entitlement>;

  /**
   * Puts values in place of the tier's, for this subject alone. They replace those before; none, and the tier's are back.
   * They are of that tier: with another one, its own values are had.
   * @throws `invalid_agreement` (also for the price of a subscription that Stripe bills at its own: give a discount instead),
   *   `unknown_feature`, `subject_not_found`
   * @example await entitlements.override({ subjectId, overrides: { limits: { api_call: 250_000 } } });
   */
  override(input: { readonly subjectId: string; readonly overrides: OverridesInput }, tx?: Tx): Promise<Entitlement>;

  /**
   * Sets how many of an add-on a subject has, at the present price if it had none and else at that of the first; 0 takes it
   * away.
   * @throws `unknown_add_on`, `invalid_agreement`, `subject_not_found`
   */
  setAddOn(
    input: { readonly subjectId: string; readonly addOn: string; readonly quantity: number },
    tx?: Tx,
  ): Promise<Entitlement>;

  /**
   * Gives more of a feature than the tier has, for ever or until a time. The `id` is the giver's: granted again, nothing
   * changes. It outlives a change of tier.
   * @throws `invalid_agreement`, `unknown_feature`, `subject_not_found`
   */
  grant(
    input: {
      readonly subjectId: string;
      readonly id: string;
      readonly feature: string;
      readonly quantity: number;
      readonly expiresAt?: Date | undefined;
    },
    tx?: Tx,
  ): Promise<Entitlement>;

  /** Takes a grant back; one that is not there changes nothing. @throws `subject_not_found` */
  revokeGrant(input: { readonly subjectId: string; readonly id: string }, tx?: Tx): Promise<Entitlement>;

  /**
   * Moves a subject to the present version of the plans: same tier, its limits and prices of today. What Stripe charges for the
   * tier stays until Stripe says otherwise; `plan.migrated` is emitted for whoever tells Stripe.
   * @throws `subject_not_found`, `unknown_tier` when the present version has no such tier
   */
  migrate(input: { readonly subjectId: string }, tx?: Tx): Promise<Entitlement>;

  /** What a subject has had, newest first. @throws `subject_not_found` */
  history(subjectId: string, tx?: Tx): Promise<Entitlement[]>;

  /**
   * Writes down what came by itself (an ended trial, grace or grant): it is in force whether or not this was called, but
   * only this tells others, by `tier.changed`. {@link Cycles.closeDue} calls it.
   */
  settle(subjectId: string, tx?: Tx): Promise<Entitlement>;

  /**
   * Ends what was bought: the base tier, in new 30-day cycles from `at` (now if left out, never later). Its usage starts
   * at 0: what was used before was paid for, and must not lock the customer out of the free tier for weeks. A subject that
   * is on the base tier already keeps its cycle and its usage, so repeating it gains nothing.
   * @param input `billed`: only what Stripe billed ends; a pinned tier stays
   * @throws `subject_not_found`
   */
  end(
    input: { readonly subjectId: string; readonly at?: Date; readonly billed?: boolean },
    tx?: Tx,
  ): Promise<Entitlement>;

  /** What a subject has now. @throws `subject_not_found` */
  of(subjectId: string, tx?: Tx): Promise<Entitlement>;

  /** The id of a subject's tier: the base tier for one that was never opened. */
  tierOf(subjectId: string, tx?: Tx): Promise<string>;
}

export type EntitlementsOptions = ChangesOptions;

export function createEntitlements(options: EntitlementsOptions): Entitlements {
  const { database, clock, catalog, store } = options;
  const plans = catalog.current;
  const { found, opened, changing, agreeing, present } = createChanges(options);

  return {
    open: ({ subjectId, at = clock.now() }, tx) =>
      database.transaction(async (inside) => present(await opened(inside, subjectId, at)), tx),

    assign: ({ subjectId, ...assignment }, tx) =>
      changing(subjectId, tx, (terms, now) => assignedTerms(terms, assignment, catalog, now), true),

    async assignCustom({ subjectId, id, tier }, tx) {
      const customTier = checkCustomTier(plans, id, tier);
      const assignment = { tier: id, status: "active", pinned: true, customTier } as const;
      return changing(subjectId, tx, (terms, now) => assignedTerms(terms, assignment, catalog, now), true);
    },

    startTrial: ({ subjectId, tier, days = plans.tier(tier).trialDays }, tx) =>
      database.transaction(async (inside) => {
        checkTrial(tier, days);
        // Of two at once, the second sees the first.
        await store.lock(inside, checkSubjectId(subjectId));
        const past = await store.history(inside, subjectId);
        if (past.some(({ status }) => status === "trialing")) throw noTrial("One trial a subject, and it was had.");
        return changing(subjectId, inside, (terms, now) => {
          if (!canUpgrade(terms.plan, plans.tier(tier))) throw noTrial("Only a higher tier can be tried.");
          if (terms.tier !== plans.base.id) throw noTrial(`"${terms.tier}" would be lost when the trial ends.`);
          const until = new Date(now.getTime() + days * dayMs);
          return assignedTerms(terms, { tier, status: "trialing", until }, catalog, now);
        });
      }, tx),

    schedule: ({ subjectId, tier }, tx) =>
      agreeing(subjectId, tx, ({ scheduled: _, ...agreement }, current) => {
        if (tier === null) return agreement;
        const at = plannedAt(current, plans.tier(tier), clock.now());
        return { ...agreement, scheduled: { at: at.toISOString(), tier, reason: "downgrade" } };
      }),

    async override({ subjectId, overrides }, tx) {
      const checked = checkOverrides(plans, overrides);
      return agreeing(subjectId, tx, ({ overrides: _, ...agreement }, current) => {
        if (checked.price !== undefined) checkPriceIsOurs(current);
        return Object.keys(checked).length > 0 ? { ...agreement, overrides: checked } : agreement;
      });
    },

    async setAddOn({ subjectId, addOn: id, quantity }, tx) {
      const addOn = checkAddOnQuantity(plans, id, quantity);
      return agreeing(subjectId, tx, ({ addOns = [], ...agreement }) => {
        const had = addOns.some((bought) => bought.addOn.id === id);
        // In its place and as it was bought, so that the same quantity again is no change.
        const next = (had ? addOns : [...addOns, { addOn, quantity }])
          .map((bought) => (bought.addOn.id === id ? { ...bought, quantity } : bought))
          .filter((bought) => bought.quantity > 0);
        return next.length > 0 ? { ...agreement, addOns: next } : agreement;
      });
    },

    async grant({ subjectId, ...given }, tx) {
      const grant = checkGrant(plans, given, clock.now());
      return agreeing(subjectId, tx, ({ grants = [], ...agreement }) => ({
        ...agreement,
        grants: grants.some(({ id }) => id === grant.id) ? grants : [...grants, grant],
      }));
    },

    revokeGrant: ({ subjectId, id }, tx) =>
      agreeing(subjectId, tx, ({ grants = [], ...agreement }) => {
        const others = grants.filter((grant) => grant.id !== id);
        return others.length > 0 ? { ...agreement, grants: others } : agreement;
      }),

    migrate: ({ subjectId }, tx) => changing(subjectId, tx, (terms, now) => migratedTerms(terms, catalog, now)),

    settle: (subjectId, tx) => changing(subjectId, tx, (terms) => terms),

    end: ({ subjectId, at, billed = false }, tx) =>
      changing(subjectId, tx, (terms, now) =>
        billed && terms.agreement?.pinned ? terms : endedTerms(terms, catalog, now, at),
      ),

    of: async (subjectId, tx) => present(await found(subjectId, tx)),

    async history(subjectId, tx) {
      const terms = await store.history(tx ?? database, subjectId);
      if (terms.length === 0) await found(subjectId, tx);
      return terms.map((past) => entitlementAt(past, past.since)).reverse();
    },

    async tierOf(subjectId, tx) {
      const terms = await store.find(tx ?? database, subjectId);
      return terms ? termsAt(terms, presentOf(terms, clock.now())).tier : plans.base.id;
    },
  };
}
