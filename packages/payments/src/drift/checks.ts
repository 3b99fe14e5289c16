/** What is compared with Stripe, kind by kind. A new kind of mirror adds one. */
import type { Database } from "@revops/database";
import type Stripe from "stripe";
import { subjectMark } from "../customers/read-customer.ts";
import type { CustomerStore } from "../customers/store.ts";
import type { DisputeStore } from "../disputes/store.ts";
import { idOf } from "../gateway/objects.ts";
import { readOrNull } from "../gateway/refusal.ts";
import type { InvoiceStore } from "../invoices/store.ts";
import type { PaymentMethodStore } from "../payment-methods/store.ts";
import { paymentMark, stateOf } from "../payments/intent-state.ts";
import type { PaymentStore } from "../payments/store.ts";
import { tierMark } from "../plans/names.ts";
import type { RefundStore } from "../refunds/store.ts";
import { planItemOf } from "../subscriptions/items.ts";
import type { SubscriptionStore } from "../subscriptions/store.ts";
import { transferMark } from "../transfers/read-transfer.ts";
import type { TransferStore } from "../transfers/store.ts";
import type { Compared } from "./compared.ts";

export interface DriftStores {
  readonly database: Database;
  readonly customers: CustomerStore;
  readonly methods: PaymentMethodStore;
  readonly payments: PaymentStore;
  readonly subscriptions: SubscriptionStore;
  readonly invoices: InvoiceStore;
  readonly refunds: RefundStore;
  readonly disputes: DisputeStore;
  readonly transfers: TransferStore;
}

interface Created {
  readonly created?: Stripe.RangeQueryParam;
}

type Check = (stripe: Stripe, stores: DriftStores, created: Created) => AsyncGenerator<Compared>;

const limit = 100;

const customers: Check = async function* (stripe, { database, customers: store }, created) {
  for await (const customer of stripe.customers.list({ ...created, limit })) {
    if (customer.metadata[subjectMark] === undefined) continue;
    const ours = await store.findByStripeId(database, customer.id);
    yield {
      target: { kind: "customer", id: customer.id },
      ours: ours && { email: ours.email, name: ours.name, defaultPaymentMethodId: ours.defaultPaymentMethodId },
      theirs: {
        email: customer.email,
        name: customer.name ?? null,
        defaultPaymentMethodId: idOf(customer.invoice_settings.default_payment_method),
      },
    };
  }
};

/** Cards belong to customers, whichever time they are of: all customers' are looked at. */
const paymentMethods: Check = async function* (stripe, { database, customers: owners, methods: store }) {
  for (let after = ""; ; ) {
    const page = await owners.list(database, limit, after);
    for (const { subjectId, stripeCustomerId } of page) {
      const known = new Map((await store.all(database, subjectId)).map((method) => [method.id, method]));
      const listed = (await readOrNull(stripe.customers.listPaymentMethods(stripeCustomerId, { limit })))?.data ?? [];
      for (const { id, card } of listed) {
        const ours = known.get(id);
        known.delete(id);
        yield {
          target: { kind: "payment_method", id },
          ours: ours ? { expMonth: ours.expMonth, expYear: ours.expYear } : null,
          theirs: { expMonth: card?.exp_month ?? null, expYear: card?.exp_year ?? null },
        };
      }
      if (listed.length === limit) continue;
      for (const id of known.keys()) yield { target: { kind: "payment_method", id }, ours: {}, theirs: null };
    }
    const last = page.at(-1);
    if (!last || page.length < limit) return;
    after = last.subjectId;
  }
};

const paymentIntents: Check = async function* (stripe, { database, payments: store }, created) {
  for await (const intent of stripe.paymentIntents.list({ ...created, limit, expand: ["data.latest_charge"] })) {
    const paymentId = intent.metadata[paymentMark];
    if (paymentId === undefined) continue;
    const ours = await store.find(database, paymentId);
    const { status, amountRefunded } = stateOf(intent);
    yield {
      target: { kind: "payment_intent", id: intent.id },
      ours: ours && { status: ours.status, amountRefunded: ours.amountRefunded.amount },
      theirs: { status, amountRefunded },
    };
  }
};

const refunds: Check = async function* (stripe, { database, refunds: store }, created) {
  for await (const { id, status, amount, payment_intent } of stripe.refunds.list({ ...created, limit })) {
    const intentId = idOf(payment_intent);
    if (intentId === null) continue;
    const ours = await store.findByStripeId(database, id);
    yield {
      target: { kind: "payment_intent", id: intentId },
      ours: ours && { status: ours.status, amount: ours.amount.amount },
      theirs: { status, amount },
    };
  }
};

const disputes: Check = async function* (stripe, { database, disputes: store }, created) {
  for await (const { id, status, amount } of stripe.disputes.list({ ...created, limit })) {
    const ours = await store.findByStripeId(database, id);
    yield {
      target: { kind: "dispute", id },
      ours: ours && { status: ours.status, amount: ours.amount.amount },
      theirs: { status, amount },
    };
  }
};

const subscriptions: Check = async function* (stripe, { database, subscriptions: store, ...stores }, created) {
  for await (const subscription of stripe.subscriptions.list({ ...created, status: "all", limit })) {
    const item = planItemOf(subscription);
    const owner = await stores.customers.findByStripeId(database, idOf(subscription.customer) ?? "");
    // Somebody else's in the same account, or to none of our plans.
    if (!owner || item?.price.metadata[tierMark] === undefined) continue;
    const ours = await store.find(database, subscription.id);
    yield {
      target: { kind: "subscription", id: subscription.id },
      ours: ours && {
        status: ours.status,
        stripePriceId: ours.stripePriceId,
        currentPeriodEnd: ours.currentPeriodEnd.getTime(),
        cancelAtPeriodEnd: ours.cancelAtPeriodEnd,
        stripeScheduleId: ours.stripeScheduleId,
      },
      theirs: {
        status: subscription.status,
        stripePriceId: item.price.id,
        currentPeriodEnd: item.current_period_end * 1_000,
        cancelAtPeriodEnd: subscription.cancel_at_period_end,
        stripeScheduleId: idOf(subscription.schedule),
      },
    };
  }
};

const invoices: Check = async function* (stripe, { database, invoices: store, customers: owners }, created) {
  for await (const invoice of stripe.invoices.list({ ...created, limit })) {
    if (!(await owners.findByStripeId(database, idOf(invoice.customer) ?? ""))) continue;
    const ours = await store.findByStripeId(database, invoice.id);
    yield {
      target: { kind: "invoice", id: invoice.id },
      ours: ours && {
        status: ours.status,
        amountDue: ours.amountDue.amount,
        amountPaid: ours.amountPaid.amount,
        attemptCount: ours.attemptCount,
      },
      theirs: {
        status: invoice.status,
        amountDue: invoice.amount_due,
        amountPaid: invoice.amount_paid,
        attemptCount: invoice.attempt_count,
      },
    };
  }
};

const transfers: Check = async function* (stripe, { database, transfers: store }, created) {
  for await (const { id, metadata, amount_reversed } of stripe.transfers.list({ ...created, limit })) {
    if (metadata[transferMark] === undefined) continue;
    const ours = await store.findByStripeId(database, id);
    yield {
      target: { kind: "transfer", id },
      ours: ours && { amountReversed: ours.amountReversed.amount },
      theirs: { amountReversed: amount_reversed },
    };
  }
};

/** Customers first: the others are known by them. */
export const driftChecks: readonly Check[] = [
  customers,
  paymentMethods,
  paymentIntents,
  refunds,
  disputes,
  subscriptions,
  invoices,
  transfers,
];
