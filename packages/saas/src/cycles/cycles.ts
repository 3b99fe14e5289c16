/** Billing cycles: what they come to so far, what they came to, and what they would have come to. */
import { type Clock, type Interval, type Money, money, type Page, type PageRequest } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { EntitlementStore } from "../entitlements/store.ts";
import { billingPeriod, presentOf, type Terms, termsAt } from "../entitlements/terms.ts";
import { saasErrors } from "../errors.ts";
import type { Plans } from "../plans/plans.ts";
import { canDowngrade, canUpgrade, type PlanTier } from "../plans/tier.ts";
import { proratedSteps, remaining } from "../rating/proration.ts";
import { rate, statementOf } from "../rating/rate.ts";
import type { StatementLine } from "../rating/statement.ts";
import { amountOf, sharedStepOf } from "../rating/steps.ts";
import type { createClosing } from "./closing.ts";
import type { ChangePreview, ClosedCycle, CyclePreview, WhatIf, WhatIfCycle } from "./cycle.ts";
import type { DiscountStore, Discounts } from "./discounts.ts";
import { basisOf, type Drafts, overLimit, ratingOf } from "./drafts.ts";
import type { CycleStore, StoredCycle } from "./store.ts";
import { readStatement } from "./stored-statement.ts";
import { type CycleSpan, cyclesOf } from "./timeline.ts";

export interface Cycles<Tier extends string = string> {
  readonly discounts: Discounts;

  /**
   * What the cycle under way comes to so far: the statement as closing it now would write it, since closing takes the same
   * way. Late use of closed cycles is in it as adjustments.
   * @throws `subject_not_found`
   */
  preview(subjectId: string, tx?: Tx): Promise<CyclePreview>;

  /** Closed cycles, newest first. */
  list(subjectId: string, page: PageRequest): Promise<Page<ClosedCycle>>;

  /** @throws `cycle_not_found`, also for another subject's */
  get(input: { readonly subjectId: string; readonly cycleId: string }): Promise<ClosedCycle>;

  /**
   * Prices what was really used under another tier of the present plans: the cycle under way and closed ones before it. Of what
   * a yearly tier costs for a year, a shorter cycle comes to its part.
   * @param input `cycles`: how many closed ones, 0 to 36; 3 if left out
   * @throws `unknown_tier`, `subject_not_found`, `invalid_quantity`
   * @example (await cycles.whatIf({ subjectId, tier: "pro" })).total
   */
  whatIf(input: {
    readonly subjectId: string;
    readonly tier: Tier;
    readonly cycles?: number | undefined;
  }): Promise<WhatIf>;

  /**
   * What a change of tier costs now: nothing for a downgrade, which waits for the end of the period; for an upgrade the
   * new price less what is left of the old one, to the second, as Stripe prorates.
   * @throws `unknown_tier`, `subject_not_found`
   */
  previewChange(input: { readonly subjectId: string; readonly tier: Tier }, tx?: Tx): Promise<ChangePreview>;

  /**
   * Closes every cycle that is over, oldest first: writes its statement and emits `cycle.closed`, in one transaction for
   * each subject. To be run by a schedule; twice, late or on several instances at once does no harm. Answers with how many
   * were closed.
   * @throws `handle_outside_transaction` inside a transaction
   * @example jobs.schedule("billing-cycles", 10_000, async () => void (await saas.cycles.closeDue()));
   */
  closeDue(): Promise<number>;

  /** As {@link Cycles.closeDue}, for one subject. */
  close(subjectId: string, tx?: Tx): Promise<number>;

  /** Says that the closed cycles up to an instant are paid, or that their payment failed. Paid ones stay paid. */
  settle(
    input: { readonly subjectId: string; readonly through: Date; readonly state: "paid" | "past_due" },
    tx?: Tx,
  ): Promise<void>;
}

export interface CyclesOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly plans: Plans;
  readonly store: CycleStore;
  readonly terms: EntitlementStore;
  readonly discounts: DiscountStore;
  readonly drafts: Drafts;
  readonly closing: ReturnType<typeof createClosing>;
}

export function createCycles(options: CyclesOptions): Cycles {
  const { database, clock, plans, store, terms, discounts, drafts, closing } = options;

  /** The cycle under way, and those before it that are over and not closed yet. */
  async function spansOf(subjectId: string, tx: Tx): Promise<{ span: CycleSpan; open: readonly CycleSpan[] }> {
    const history = await terms.history(tx, subjectId);
    const latest = history.at(-1);
    if (!latest) throw saasErrors.subject_not_found({ detail: "The subject was never given an entitlement." });
    const spans = cyclesOf(history, presentOf(latest, clock.now()));
    const span = spans.pop();
    if (!span) throw new Error("A subject with terms is in a cycle.");
    const closed = await store.lastEnd(tx, subjectId);
    return { span, open: closed === null ? spans : spans.filter(({ end }) => end > closed) };
  }

  async function draftOf(subjectId: string, tx: Tx) {
    const { span, open } = await spansOf(subjectId, tx);
    // Whenever those are closed, they use discounts up first.
    const before = open.map(({ end }) => end);
    const given = await discounts.current(tx, subjectId, span.end, before);
    const applied = given.map(({ id, name, percent, amount }) => ({ id, name, percent, amount }));
    return { span, draft: await drafts.draft(tx, subjectId, span, applied) };
  }

  /** In one snapshot, so that quantities and their sum are of one moment. */
  const inOneView = <T>(tx: Tx | undefined, read: (tx: Tx) => Promise<T>) => database.transaction(read, tx);

  return {
    discounts,

    preview: (subjectId, tx) =>
      inOneView(tx, async (view) => {
        const { span, draft } = await draftOf(subjectId, view);
        const { tier, planVersion } = span.terms;
        const { start, end } = span;
        return { subjectId, tier, planVersion, start, end, statement: draft.statement };
      }),

    async list(subjectId, page) {
      const { data, next } = await store.list(database, subjectId, page);
      return { data: data.map(closedCycle), next };
    },

    async get({ subjectId, cycleId }) {
      const cycle = await store.find(database, subjectId, cycleId);
      if (!cycle) throw saasErrors.cycle_not_found();
      return closedCycle(cycle);
    },

    whatIf: ({ subjectId, tier: id, cycles: count = 3 }) =>
      inOneView(undefined, async (view) => {
        const plan = plans.tier(id);
        const { data } = await store.list(view, subjectId, { limit: checkCount(count) });
        const closed = count === 0 ? [] : data;
        const { span, draft } = await draftOf(subjectId, view);
        const { rated, discounts: applied } = draft;
        const part = wholeRest(span);
        const present: WhatIfCycle = {
          cycleId: null,
          start: span.start,
          end: span.end,
          tier: span.terms.tier,
          actual: draft.statement.total,
          statement: rate(ratingOf(under(plan), { period: span.period, part, addOns: [] }, rated, applied)),
          overLimit: overLimit(plan, rated),
        };
        const balances = await store.balances(view, subjectId);
        const past: WhatIfCycle[] = [];
        for (const cycle of closed) {
          const used = await drafts.usageAgain(view, cycle, balances);
          const basis = basisOf(cycle);
          past.push({
            cycleId: cycle.id,
            start: cycle.start,
            end: cycle.end,
            tier: cycle.tier,
            actual: cycle.statement.total,
            statement: rate(ratingOf(under(plan), { ...basis, addOns: [] }, used, basis.discounts)),
            overLimit: overLimit(plan, used),
          });
        }
        const all = [present, ...past];
        return {
          tier: id,
          cycles: all,
          actual: sum(all.map(({ actual }) => actual)),
          total: sum(all.map(({ statement }) => statement.total)),
        };
      }),

    previewChange: ({ subjectId, tier: id }, tx) =>
      inOneView(tx, async (view) => {
        const plan = plans.tier(id);
        const stored = await terms.find(view, subjectId);
        if (!stored) throw saasErrors.subject_not_found({ detail: "The subject was never given an entitlement." });
        return changePreview(stored, plan, presentOf(stored, clock.now()));
      }),

    closeDue: () => closing.closeDue(),
    close: (subjectId, tx) => closing.closeSubject(subjectId, tx),

    settle: ({ subjectId, through, state }, tx) =>
      database.transaction((inside) => store.settle(inside, subjectId, through, state), tx),
  };
}

function closedCycle({ basis: _, statement, ...cycle }: StoredCycle): ClosedCycle {
  return { ...cycle, statement: readStatement(statement) };
}

/** Another tier in place of the one that was had. */
function under(plan: PlanTier): Pick<Terms, "plan" | "status"> {
  return { plan, status: "active" };
}

/** The price of a cycle under way, as if nothing cut it short. */
function wholeRest({ part, period }: CycleSpan): Interval {
  return { start: part.start, end: period.end };
}

function changePreview(stored: Terms, plan: PlanTier, now: Date): ChangePreview {
  const present = termsAt(stored, now);
  const period = billingPeriod(present, now);
  const { currency } = plan;
  if (!canUpgrade(present.plan, plan)) {
    const kind = canDowngrade(present.plan, plan) ? "downgrade" : "none";
    const effectiveAt = kind === "downgrade" ? period.end : now;
    return { tier: plan.id, kind, effectiveAt, statement: statementOf([], currency) };
  }
  const left = remaining(period, now);
  const old = present.status === "trialing" ? null : present.plan.price;
  const lines: StatementLine[] = [];
  if (old !== null && old.amount > 0) {
    lines.push(lineOf(`${present.plan.name}, not used`, currency, [sharedStepOf("unused time", -1, old.amount, left)]));
  }
  if (plan.price !== null && plan.price.amount > 0) {
    // Billed by Stripe, the period goes on; otherwise an upgrade starts a new one.
    const goesOn = present.billedStart !== null;
    const part = { start: goesOn ? now : period.start, end: period.end };
    lines.push(lineOf(plan.name, currency, proratedSteps("remaining time", 1, plan.price.amount, period, part)));
  }
  return { tier: plan.id, kind: "upgrade", effectiveAt: now, statement: statementOf(lines, currency) };
}

function lineOf(description: string, currency: string, arithmetic: StatementLine["arithmetic"]): StatementLine {
  return {
    id: arithmetic.some(({ quantity }) => quantity.startsWith("-")) ? "unused" : "base",
    kind: "base",
    description,
    feature: null,
    quantity: null,
    charged: null,
    amount: amountOf(arithmetic, currency),
    arithmetic,
    events: null,
    restates: null,
  };
}

function checkCount(count: number): number {
  if (Number.isInteger(count) && count >= 0 && count <= 36) return Math.max(count, 1);
  throw saasErrors.invalid_quantity({ detail: "A what-if looks at 0 to 36 closed cycles." });
}

function sum(amounts: readonly Money[]): Money {
  return money(
    amounts.reduce((total, { amount }) => total + amount, 0),
    amounts[0]?.currency ?? "usd",
  );
}
