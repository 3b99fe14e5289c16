/** Giving money back, once for a reference, for ever. */
import { type Clock, createId, isRevopsError, isStorableText } from "@revops/core";
import type { Database } from "@revops/database";
import type { Calls } from "../calls/calls.ts";
import { paymentsErrors } from "../errors.ts";
import type { PaymentStore } from "../payments/store.ts";
import type { Refund, RefundInput } from "./refund.ts";
import { type RefundStore, type StoredRefund, toPublic } from "./store.ts";

/** Metadata that says whose refund it is. */
export const refundMark = "revops_refund";
const refundPurposeOf = (id: string): string => `refund:${id}`;

/** Thrown inside a transaction to take it back: another call was faster. */
const overtaken = new Error("Another refund of this reference is under way.");

export interface Refunds {
  create(input: RefundInput): Promise<Refund>;
  get(reference: string): Promise<Refund>;
  listOf(paymentId: string): Promise<Refund[]>;
}

export function createRefunds(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: RefundStore;
  readonly payments: PaymentStore;
  readonly calls: Calls;
}): Refunds {
  const { database, clock, store, payments, calls } = options;

  async function current({ reference }: RefundInput): Promise<StoredRefund | null> {
    const known = await store.findByReference(database, reference);
    if (known?.status !== "pending" || known.stripeRefundId !== null) return known;
    await calls.finish(refundPurposeOf(known.id));
    return store.find(database, known.id);
  }

  async function start(input: RefundInput, known: StoredRefund | null): Promise<void> {
    const { reference, paymentId, reason } = input;
    const payment = await payments.find(database, paymentId);
    if (!payment) throw paymentsErrors.payment_not_found();
    const { stripePaymentIntentId: intent, amount: paid, amountRefunded: returned, subjectId } = payment;
    const amount = input.amount ?? { ...paid, amount: paid.amount - returned.amount };
    if (payment.status !== "succeeded" || intent === null) {
      throw paymentsErrors.payment_not_refundable({ detail: "Only what was paid can be given back." });
    }
    if (amount.currency !== paid.currency || amount.amount < 1 || !Number.isSafeInteger(amount.amount)) {
      throw paymentsErrors.invalid_amount({ detail: "A refund is a part of the payment, in its currency." });
    }
    if (amount.amount > paid.amount - returned.amount) {
      throw paymentsErrors.payment_not_refundable({ detail: "Less than this is left of the payment." });
    }
    const createdAt = clock.now();
    const id = known?.id ?? createId("rfd", createdAt);
    const params = {
      payment_intent: intent,
      amount: amount.amount,
      ...(reason === undefined ? {} : { reason }),
      metadata: { [refundMark]: id, revops_reference: reference },
    };
    const call = { operation: "refund.create" as const, subjectId, purpose: refundPurposeOf(id), params };
    await calls.perform(call, async (tx) => {
      const mine = known
        ? await store.tryAgain(tx, id, amount.amount)
        : await store.insert(tx, {
            id,
            reference,
            paymentId,
            stripeRefundId: null,
            stripePaymentIntentId: intent,
            amount,
            status: "pending",
            reason: reason ?? null,
            failureCode: null,
            createdAt,
          });
      if (!mine) throw overtaken;
    });
  }

  return {
    async create(input) {
      const { reference, paymentId } = input;
      if (reference === "" || reference.length > 200 || !isStorableText(reference)) {
        throw new TypeError("A reference has 1 to 200 characters.");
      }
      const known = await current(input);
      if (known) checkSame(known, input);
      // One that Stripe never took may be asked for again; one that failed on its way to the bank stays failed.
      if (known && (known.status !== "failed" || known.stripeRefundId !== null)) return toPublic(known);
      await start(input, known).catch((cause: unknown) => {
        if (isRevopsError(cause, "stripe_rejected")) throw paymentsErrors.payment_not_refundable({ cause });
        if (cause !== overtaken) throw cause;
      });
      const refund = await current(input);
      if (!refund || refund.paymentId !== paymentId) throw paymentsErrors.reference_reused();
      return toPublic(refund);
    },
    async get(reference) {
      const refund = await store.findByReference(database, reference);
      if (!refund) throw paymentsErrors.refund_not_found();
      return toPublic(refund);
    },
    listOf: async (paymentId) => (await store.listOf(database, paymentId)).map(toPublic),
  };
}

function checkSame({ paymentId, amount }: StoredRefund, input: RefundInput): void {
  const same =
    paymentId === input.paymentId &&
    (input.amount === undefined ||
      (amount.amount === input.amount.amount && amount.currency === input.amount.currency));
  if (!same) throw paymentsErrors.reference_reused();
}
