/** Closing what is over: once, in order, safe to run twice, late, on two instances and across a crash. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Clock, createId, decimal, type FactEmitter, fromScaled, type Logger } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { BillingCycleState } from "../billing/billing-cycle.ts";
import type { Entitlements } from "../entitlements/entitlements.ts";
import type { EntitlementStore } from "../entitlements/store.ts";
import { earlier, type Terms } from "../entitlements/terms.ts";
import type { SaasFacts } from "../facts.ts";
import type { Statement } from "../rating/statement.ts";
import type { DiscountStore } from "./discounts.ts";
import type { Draft, Drafts } from "./drafts.ts";
import type { CycleStore } from "./store.ts";
import { storeStatement } from "./stored-statement.ts";
import { type CycleSpan, cyclesOf } from "./timeline.ts";

export interface ClosingOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: CycleStore;
  readonly terms: EntitlementStore;
  readonly entitlements: Pick<Entitlements, "settle">;
  readonly discounts: DiscountStore;
  readonly drafts: Drafts;
  readonly facts?: FactEmitter<SaasFacts, Tx> | undefined;
  /** How long a cycle stays open after its end, for what is on its way. */
  readonly closeAfterMs: number;
}

/** Subjects in one look. */
const batch = 100;

export function createClosing(options: ClosingOptions) {
  const { database, clock, logger, store, terms, entitlements, discounts, drafts, facts, closeAfterMs } = options;

  /** Closes what is over of one subject; whether anything was. */
  async function closeSubject(subjectId: string, tx?: Tx): Promise<number> {
    return database.transaction(async (inside) => {
      const now = clock.now();
      if (!(await store.claim(inside, subjectId, now))) return 0;
      await entitlements.settle(subjectId, inside);
      const history = await terms.history(inside, subjectId);
      const from = (await store.lastEnd(inside, subjectId)) ?? undefined;
      let closed = 0;
      let dueAt: Date | null = null;
      for (const span of cyclesOf(history, now, from)) {
        const closesAt = new Date(span.end.getTime() + closeAfterMs);
        if (closesAt > now) {
          dueAt = dueAt === null ? closesAt : earlier(dueAt, closesAt);
        } else if (await closeCycle(inside, subjectId, span, history.at(-1), now)) {
          closed += 1;
        }
      }
      const next = history.at(-1)?.next?.since ?? null;
      if (next !== null) dueAt = dueAt === null ? next : earlier(dueAt, next);
      if (dueAt !== null) await store.setDue(inside, subjectId, dueAt);
      return closed;
    }, tx);
  }

  async function closeCycle(
    tx: Tx,
    subjectId: string,
    span: CycleSpan,
    latest: Terms | undefined,
    now: Date,
  ): Promise<boolean> {
    const given = await discounts.current(tx, subjectId, span.end);
    const applied = given.map(({ id, name, percent, amount }) => ({ id, name, percent, amount }));
    const draft = await drafts.draft(tx, subjectId, span, applied);
    const { statement } = draft;
    const cycleId = createId("cyc", span.end);
    const { tier, planVersion } = span.terms;
    const inserted = await store.insert(tx, {
      id: cycleId,
      subjectId,
      start: span.start,
      end: span.end,
      tier,
      planVersion,
      state: stateAtClose(statement, span, latest),
      statement: storeStatement(statement),
      basis: {
        period: [span.period.start.toISOString(), span.period.end.toISOString()],
        part: [span.part.start.toISOString(), span.part.end.toISOString()],
        discounts: applied,
        addOns: span.addOns.map(({ addOn, quantity, start, end }) => ({
          ...{ addOn, quantity },
          part: [start.toISOString(), end.toISOString()] as const,
        })),
      },
      closedAt: now,
    });
    if (!inserted) return false;
    await store.insertUsage(tx, cycleId, draft.counted);
    for (const { cycleId: restated, revision, after } of draft.restated) {
      const again = { cycleId: restated, revision, chargedIn: cycleId, statement: storeStatement(after) };
      await store.insertRestatement(tx, again);
    }
    await discounts.use(
      tx,
      subjectId,
      applied.map(({ id }) => id),
    );
    const period = { start: span.start, end: span.end };
    const usage = usageSince(draft);
    await facts?.emit(tx, "cycle.closed", { subjectId, cycleId, tier, period, usage, statement, at: now });
    return true;
  }

  return {
    closeSubject,

    /** Closes what is over of everybody; how many cycles that were. What fails for one subject does not hold up the others. */
    async closeDue(): Promise<number> {
      database.assertOutside();
      const now = clock.now();
      let closed = 0;
      let after: { dueAt: Date | null; subjectId: string } | null = null;
      for (;;) {
        const due: { dueAt: Date | null; subjectId: string }[] = await store.due(database, now, after, batch);
        for (const { subjectId } of due) {
          // SQLite answers at once: without a pause, nobody else would have a turn until everybody's cycles are closed.
          await nextTurn();
          try {
            closed += await closeSubject(subjectId);
          } catch (error) {
            logger.error({ err: error, subjectId }, "a billing cycle could not be closed and is tried again");
          }
        }
        if (due.length < batch) return closed;
        after = due.at(-1) ?? null;
      }
    },
  };
}

/** What is paid in advance through Stripe is paid when Stripe has begun the next period; what comes to nothing, at once. */
function stateAtClose({ total }: Statement, { end }: CycleSpan, latest: Terms | undefined): BillingCycleState {
  if (total.amount <= 0) return "paid";
  if (latest?.status === "past_due") return "past_due";
  const begun = latest?.status === "active" && latest.billedStart !== null && latest.billedStart >= end;
  return begun ? "paid" : "active";
}

/** Metered use that no statement told before. */
function usageSince({ rated, restated }: Draft): { feature: string; quantity: string }[] {
  const sums = new Map<string, ReturnType<typeof decimal>>();
  const add = (feature: string, quantity: ReturnType<typeof decimal>) =>
    sums.set(feature, (sums.get(feature) ?? decimal(0)).plus(quantity));
  for (const { feature, quantity } of rated) {
    if (feature.kind === "metered") add(feature.id, decimal(fromScaled(quantity, feature.decimals)));
  }
  for (const { before, after } of restated) {
    for (const { feature, quantity } of after.lines) {
      if (feature !== null && quantity !== null && sums.has(feature)) add(feature, decimal(quantity));
    }
    for (const { feature, quantity } of before.lines) {
      if (feature !== null && quantity !== null && sums.has(feature)) add(feature, decimal(quantity).neg());
    }
  }
  return [...sums].map(([feature, quantity]) => ({ feature, quantity: quantity.toString() }));
}
