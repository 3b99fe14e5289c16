/** Taking an amount once for a reference, for ever. */
import { type Clock, createId, isStorableText, moneyErrors } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { NewCall } from "../calls/call.ts";
import type { Calls } from "../calls/calls.ts";
import type { Customers } from "../customers/customers.ts";
import { subjectMark } from "../customers/read-customer.ts";
import type { CustomerStore } from "../customers/store.ts";
import { type PaymentsErrorCode, paymentsErrors } from "../errors.ts";
import type { Mirrors } from "../mirrors/mirrors.ts";
import { paymentMark } from "./intent-state.ts";
import type { ChargedPayment, ChargeInput, Payment, PreparePayment } from "./payment.ts";
import { type PaymentStore, type StoredPayment, toPublic } from "./store.ts";

/** At most one call at a time moves a payment on. */
export const purposeOf = (paymentId: string): string => `payment:${paymentId}`;

/** Thrown inside a transaction to take it back: another call was faster. */
const overtaken = new Error("Another charge of this reference is under way.");

export interface Charges {
  charge(input: ChargeInput): Promise<ChargedPayment>;
  prepare(input: PreparePayment): Promise<Payment>;
}

export function createCharges(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: PaymentStore;
  readonly customerStore: CustomerStore;
  readonly customers: Customers;
  readonly calls: Calls;
  readonly mirrors: Mirrors;
}): Charges {
  const { database, clock, store, customerStore, customers, calls, mirrors } = options;

  /** The reference's payment, as new as can be known. */
  async function current({ reference }: PreparePayment): Promise<StoredPayment | null> {
    const known = await store.findByReference(database, reference);
    if (known?.status === "processing") {
      // Looked at anew either way: the call may have been settled between the two looks.
      await calls.finish(purposeOf(known.id));
      return store.find(database, known.id);
    }
    if (known?.status !== "requires_action" || known.stripePaymentIntentId === null) return known;
    await mirrors.sync({ kind: "payment_intent", id: known.stripePaymentIntentId });
    return store.find(database, known.id);
  }

  async function methodFor({ subjectId, paymentMethodId }: ChargeInput): Promise<string> {
    const method = paymentMethodId ?? (await customerStore.find(database, subjectId))?.defaultPaymentMethodId;
    if (method === null || method === undefined) {
      throw paymentsErrors.payment_required({ detail: "There is no payment method to charge." });
    }
    return method;
  }

  /** Makes the payment and its intent, charged in the same call when it is known with what. */
  async function start(input: ChargeInput, paymentMethod: string | null, known: StoredPayment | null): Promise<void> {
    const { subjectId, reference, amount, description, metadata } = input;
    const { stripeCustomerId: customer } = await customers.ensure({ subjectId });
    const createdAt = clock.now();
    const id = known?.id ?? createId("pay", createdAt);
    const call: NewCall<"payment_intent.create"> = {
      operation: "payment_intent.create",
      subjectId,
      purpose: purposeOf(id),
      params: {
        ...amount,
        customer,
        description,
        ...(paymentMethod === null
          ? { automatic_payment_methods: { enabled: true } }
          : {
              payment_method: paymentMethod,
              confirm: true,
              ...presenceOf(input),
              // A buyer who is there may be asked to confirm, though not by leaving for another page.
              automatic_payment_methods: { enabled: true, allow_redirects: "never" },
            }),
        metadata: { ...metadata, [subjectMark]: subjectId, [paymentMark]: id, revops_reference: reference },
      },
    };
    await calls.perform(call, async (tx) => {
      const mine = known
        ? await store.tryAgain(tx, id)
        : await store.insert(tx, { id, reference, subjectId, amount, description, createdAt });
      if (!mine) throw overtaken;
    });
  }

  /** Charges the intent that a declined try left. */
  async function confirm(
    known: StoredPayment,
    input: ChargeInput,
    at: { intentId: string; paymentMethod: string },
  ): Promise<void> {
    const { id, subjectId } = known;
    const params = { id: at.intentId, payment_method: at.paymentMethod, ...presenceOf(input) };
    const call = { operation: "payment_intent.confirm" as const, params, subjectId, purpose: purposeOf(id) };
    await calls.perform(call, async (tx: Tx) => {
      if (!(await store.tryAgain(tx, id))) throw overtaken;
    });
  }

  async function attempt(work: Promise<void>): Promise<void> {
    await work.catch((error: unknown) => {
      if (error !== overtaken) throw error;
    });
  }

  /** Ours, or the one of whoever was faster: both answer for the same reference. */
  async function outcome(input: PreparePayment): Promise<StoredPayment> {
    const payment = await current(input);
    if (!payment) throw paymentsErrors.stripe_unavailable({ detail: "The payment could not be made." });
    checkSame(payment, input);
    return payment;
  }

  return {
    async charge(input) {
      check(input);
      const known = await current(input);
      if (known) checkSame(known, input);
      if (known && known.status !== "failed" && known.status !== "requires_payment_method") return charged(known);
      const method = await methodFor(input);
      const intentId = known?.stripePaymentIntentId ?? null;
      const again = known && intentId !== null;
      await attempt(again ? confirm(known, input, { intentId, paymentMethod: method }) : start(input, method, known));
      return charged(await outcome(input));
    },

    async prepare(input) {
      check(input);
      const known = await current(input);
      if (known) checkSame(known, input);
      // One that failed before Stripe had it is made anew; otherwise its intent is still there to be paid.
      if (known && (known.status !== "failed" || known.stripePaymentIntentId !== null)) return toPublic(known);
      await attempt(start(input, null, known));
      return toPublic(await outcome(input));
    },
  };
}

/** Whether the payer is there, and will be the next time. */
const presenceOf = ({ offSession, setupFutureUsage }: ChargeInput) => ({
  ...(offSession && { off_session: true }),
  ...(setupFutureUsage && { setup_future_usage: setupFutureUsage }),
});

function check({ reference, amount }: PreparePayment): void {
  if (reference === "" || reference.length > 200 || !isStorableText(reference)) {
    throw new TypeError("A reference has 1 to 200 characters.");
  }
  // https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts: eight digits
  if (!Number.isSafeInteger(amount.amount) || amount.amount < 1 || amount.amount > 99_999_999) {
    throw paymentsErrors.invalid_amount({ detail: "An amount is 1 to 99,999,999 minor units." });
  }
  if (!/^[a-z]{3}$/.test(amount.currency)) throw moneyErrors.invalid_money({ detail: "The currency is not valid." });
}

function checkSame({ subjectId, amount }: StoredPayment, input: PreparePayment): void {
  const same =
    subjectId === input.subjectId && amount.amount === input.amount.amount && amount.currency === input.amount.currency;
  if (!same) throw paymentsErrors.reference_reused();
}

/** @throws what kept the payment from being taken */
function charged(payment: StoredPayment): ChargedPayment {
  const { status } = payment;
  if (status === "canceled") throw paymentsErrors.payment_canceled();
  if (status === "failed" || status === "requires_payment_method") throw failureOf(payment);
  return { ...toPublic(payment), status };
}

/** The failure of another's try for the same reference, as they were told it. */
function failureOf({ failureCode, declineCode }: StoredPayment): Error {
  const code =
    failureCode !== null && failureCode in paymentsErrors ? (failureCode as PaymentsErrorCode) : "card_declined";
  const isDecline = code === "card_declined" || code === "insufficient_funds";
  return paymentsErrors[code](isDecline ? { fields: { declineCode } } : {});
}
