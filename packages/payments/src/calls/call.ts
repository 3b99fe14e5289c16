import type Stripe from "stripe";

/** What may be asked of Stripe, by the name that is stored. `id` names the object that is changed. */
export interface OperationParams {
  "customer.create": Stripe.CustomerCreateParams;
  "customer.update": Stripe.CustomerUpdateParams & { id: string };
  "payment_method.attach": { id: string; customer: string };
  "payment_method.detach": { id: string };
  "payment_intent.create": Stripe.PaymentIntentCreateParams & { customer: string };
  "payment_intent.confirm": Stripe.PaymentIntentConfirmParams & { id: string };
  "payment_intent.cancel": Stripe.PaymentIntentCancelParams & { id: string };
  "refund.create": Stripe.RefundCreateParams & { payment_intent: string };
  "setup_intent.create": Stripe.SetupIntentCreateParams & { customer: string };
  "setup_intent.confirm": Stripe.SetupIntentConfirmParams & { id: string };
  "setup_intent.cancel": { id: string };
  "product.create": Stripe.ProductCreateParams & { id: string };
  "product.update": Stripe.ProductUpdateParams & { id: string };
  "price.create": Stripe.PriceCreateParams & { product: string };
  "price.update": Stripe.PriceUpdateParams & { id: string };
  "subscription.create": Stripe.SubscriptionCreateParams & { customer: string };
  "subscription.update": Stripe.SubscriptionUpdateParams & { id: string };
  "subscription.cancel": Stripe.SubscriptionCancelParams & { id: string };
  "subscription.resume": Stripe.SubscriptionResumeParams & { id: string };
  /** `subscription` names whose mirror is brought up to date. */
  "schedule.create": { from_subscription: string };
  "schedule.update": Stripe.SubscriptionScheduleUpdateParams & { id: string; subscription: string };
  "schedule.release": { id: string; subscription: string };
  "invoice_item.create": Stripe.InvoiceItemCreateParams & { customer: string };
  "invoice.create": Stripe.InvoiceCreateParams & { customer: string };
  "invoice.update": Stripe.InvoiceUpdateParams & { id: string };
  "invoice.finalize": Stripe.InvoiceFinalizeInvoiceParams & { id: string };
  "invoice.pay": Stripe.InvoicePayParams & { id: string };
  "invoice.void": { id: string };
  "invoice.mark_uncollectible": { id: string };
  "account.create": Stripe.AccountCreateParams;
  "account_link.create": Stripe.AccountLinkCreateParams;
  "transfer.create": Stripe.TransferCreateParams;
  "transfer.reverse": Stripe.TransferCreateReversalParams & { id: string };
  "checkout.create": Stripe.Checkout.SessionCreateParams & { customer: string };
  "checkout.expire": { id: string };
  "portal.create": Stripe.BillingPortal.SessionCreateParams;
  "meter.create": Stripe.Billing.MeterCreateParams;
  "meter_event.create": Stripe.Billing.MeterEventCreateParams & { identifier: string };
}
export type OperationName = keyof OperationParams;

/** A call to Stripe, stored before it is made. */
export interface Call<Name extends OperationName = OperationName> {
  readonly id: string;
  readonly subjectId: string | null;
  readonly operation: Name;
  readonly params: OperationParams[Name];
  readonly idempotencyKey: string;
  readonly createdAt: Date;
}

/** What is kept of Stripe's answer. */
export interface Answer {
  readonly id: string;
  /** Where a person is led to; of a page. */
  readonly url?: string | null;
}

export interface NewCall<Name extends OperationName> {
  readonly operation: Name;
  readonly params: OperationParams[Name];
  readonly subjectId: string | null;
  /** The caller's own name for it: given again, it is the same call, and its answer the same. */
  readonly reference?: string | undefined;
  /** At most one open call per purpose; the same purpose again joins the one that is open. */
  readonly purpose?: string | undefined;
}

/** Metadata by which an object tells which call made or last changed it. */
export const callMark = "revops_call";
