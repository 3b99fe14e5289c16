/** Billing for usage: what a closed cycle comes to is told to Stripe by jobs, and compared with what Stripe charges. */
import { type Clock, type FactEmitter, hourMs, minuteMs } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { Jobs } from "@revops/jobs";
import { paymentsErrors } from "../errors.ts";
import type { PaymentsFacts } from "../facts.ts";
import type { Payments } from "../payments-interface.ts";
import type { SubscriptionStore } from "../subscriptions/store.ts";
import type { UsageBill, UsageBillLine, UsageBillWithLines } from "./bill.ts";
import type { ReadCharged } from "./charged.ts";
import { stateOf } from "./compare.ts";
import type { SendBill } from "./send.ts";
import type { StoredLine, UsageBillStore } from "./store.ts";

const sendJob = "payments.usage.send";
const checkJob = "payments.usage.check";
/** Stripe's draft is open for an hour: an outage of that length is outlasted, and what comes later is put on the next invoice. */
const maxAttempts = 20;

export function createUsage(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly jobs: Jobs;
  readonly store: UsageBillStore;
  readonly subscriptions: SubscriptionStore;
  readonly send: SendBill;
  readonly readCharged: ReadCharged;
  readonly facts: FactEmitter<PaymentsFacts, Tx> | undefined;
}): Payments["usage"] {
  const { database, clock, jobs, store, subscriptions, send, readCharged, facts } = options;

  async function shown(bill: UsageBill): Promise<UsageBillWithLines> {
    return { ...bill, lines: (await store.linesOf(database, bill)).map(toLine) };
  }

  async function find(cycleId: string): Promise<UsageBill> {
    const bill = await store.find(database, cycleId);
    if (!bill) throw paymentsErrors.usage_bill_not_found();
    return bill;
  }

  async function sendBill(cycleId: string): Promise<void> {
    const bill = await store.find(database, cycleId);
    if (bill?.state !== "sending") return;
    const outcome = await send(bill);
    const now = clock.now();
    await database.transaction(async (tx) => {
      if (outcome === "renewing") {
        const runAt = new Date(now.getTime() + minuteMs);
        await jobs.enqueue({ name: sendJob, payload: { cycleId }, runAt, dedupeKey: cycleId }, tx);
      } else {
        const to =
          outcome === "sent"
            ? ({ state: "waiting" } as const)
            : ({ state: "unbilled", reason: "no_payment_method" } as const);
        await store.move(tx, cycleId, ["sending"], to);
      }
    });
    if (outcome === "sent") await check(cycleId);
  }

  /** Compares, and tells of it when that says something new. */
  async function check(cycleId: string): Promise<void> {
    const bill = await find(cycleId);
    if (bill.state === "sending" || bill.state === "unbilled") return;
    const lines = (await store.linesOf(database, bill)).filter(({ kind }) => kind !== "foreign");
    const charged = await readCharged(bill, lines);
    const state = stateOf(lines, charged);
    const checkedAt = clock.now();
    await database.transaction(async (tx) => {
      // Of two that compare at once, one tells.
      if (!(await store.move(tx, cycleId, [bill.state], { state, checkedAt }))) return;
      await store.compared(tx, cycleId, charged);
      if (state === bill.state || state === "waiting") return;
      const after = { ...bill, state, checkedAt };
      const fact = { bill: { ...after, lines: (await store.linesOf(tx, after)).map(toLine) } };
      await facts?.emit(tx, state === "matched" ? "usage.reconciled" : "usage.differs", fact);
    });
  }

  jobs.handle<{ cycleId: string }>(sendJob, ({ cycleId }) => sendBill(cycleId), { maxAttempts });
  jobs.handle<{ subjectId: string }>(checkJob, async ({ subjectId }) => {
    for (const { cycleId } of await store.listUnsettled(database, { subjectId })) await check(cycleId);
  });
  // What no event told of, and what a dead job left.
  jobs.schedule("payments.usage", hourMs, async () => {
    for (const { cycleId, state } of await store.listUnsettled(database, {
      before: new Date(clock.now().getTime() - hourMs),
    })) {
      await (state === "sending" ? sendBill(cycleId) : check(cycleId));
    }
  });

  return {
    bill: (cycle, tx) =>
      database.transaction(async (inside) => {
        const { cycleId, subjectId, period, statement } = cycle;
        const subscription = await subscriptions.findDuring(inside, subjectId, period);
        const isFree = statement.lines.every(({ amount }) => amount.amount === 0);
        if (isFree && (!subscription || statement.lines.length === 0)) return;
        const byHand =
          !subscription && statement.lines.some(({ kind, amount }) => kind === "base" && amount.amount !== 0);
        const waits = byHand
          ? ({ state: "unbilled", reason: "sold_by_hand" } as const)
          : ({ state: "sending", reason: null } as const);
        const fresh = await store.insert(inside, cycle, { ...waits, createdAt: clock.now() });
        if (fresh && !byHand) await jobs.enqueue({ name: sendJob, payload: { cycleId } }, inside);
      }, tx),
    list: (request) => store.list(database, request),
    get: async (cycleId) => shown(await find(cycleId)),
    counts: () => store.counts(database),
    charge: (cycleId, tx) =>
      database.transaction(async (inside) => {
        const bill = await store.find(inside, cycleId);
        if (!bill) throw paymentsErrors.usage_bill_not_found();
        await chargeNow(inside, options, cycleId);
        const after = (await store.find(inside, cycleId)) ?? bill;
        return { ...after, lines: (await store.linesOf(inside, after)).map(toLine) };
      }, tx),
    async reconcile(cycleId) {
      await check(cycleId);
      return shown(await find(cycleId));
    },
  };
}

/** What was held back is charged after all; one that is not held back stays as it is. */
async function chargeNow(
  tx: Tx,
  { jobs, store }: { readonly jobs: Jobs; readonly store: UsageBillStore },
  cycleId: string,
): Promise<void> {
  if (!(await store.move(tx, cycleId, ["unbilled"], { state: "sending", reason: null }))) return;
  await jobs.enqueue({ name: sendJob, payload: { cycleId } }, tx);
}

/** Charges what had nothing to be charged to, in the transaction that learns of a card. */
export function createOnDefaultCard(options: { readonly jobs: Jobs; readonly store: UsageBillStore }) {
  return async (tx: Tx, subjectId: string): Promise<void> => {
    for (const { cycleId } of await options.store.listUnbilled(tx, subjectId, "no_payment_method")) {
      await chargeNow(tx, options, cycleId);
    }
  };
}

/** Lets the cycles of a subject be compared when an invoice of theirs became final, in the transaction that learns of it. */
export function createOnFinalInvoice({ jobs, store }: { readonly jobs: Jobs; readonly store: UsageBillStore }) {
  return async (tx: Tx, subjectId: string): Promise<void> => {
    if ((await store.listUnsettled(tx, { subjectId })).length === 0) return;
    await jobs.enqueue({ name: checkJob, payload: { subjectId }, dedupeKey: subjectId }, tx);
  };
}

function toLine({ charged, callId: _, ...line }: StoredLine): UsageBillLine {
  const { amount, stripeAmount, channel } = line;
  return {
    ...line,
    quantity: channel === "meter" ? charged : null,
    difference: stripeAmount === null ? null : stripeAmount.amount - amount.amount,
  };
}
