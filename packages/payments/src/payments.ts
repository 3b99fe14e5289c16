/** Everything about money, behind one factory. */
import type { Clock, FactEmitter, Logger, Page, PageRequest } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { Jobs } from "@revops/jobs";
import type { ReconcileReport } from "./calls/reconcile.ts";
import type { Customer, EnsureCustomer } from "./customers/customer.ts";
import type { PaymentsFacts } from "./facts.ts";
import type { GatewayOptions } from "./gateway/gateway.ts";
import type { Invoice, InvoiceLine } from "./invoices/invoice.ts";
import type { PaymentMethod } from "./payment-methods/payment-method.ts";
import type { ChargeInput, Payment } from "./payments/payment.ts";
import type { PlanPrice } from "./plans/plan.ts";
import type { ChangeInput, ChangePreview, Subscription } from "./subscriptions/subscription.ts";
import type { ReceivedWebhook, WebhookCounts } from "./webhooks/webhook.ts";

export interface PaymentsOptions {
  readonly database: Database;
  readonly jobs: Jobs;
  readonly stripe: GatewayOptions & {
    /** `whsec_…` of the webhook endpoint. */
    readonly webhookSecret: string;
  };
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly facts?: FactEmitter<PaymentsFacts, Tx>;
  /** The tier of those who pay nothing: changing to it is cancelling. `free` unless said otherwise. */
  readonly freeTier?: string;
}

/**
 * None of these may be called inside a database transaction, unless it says so: they speak to Stripe. Each may throw
 * `stripe_unavailable`, `stripe_rate_limited`, `stripe_rejected` and `stripe_misconfigured` beside the codes it names.
 */
export interface Payments {
  readonly customers: {
    /** The subject's customer at Stripe, made when there is none, brought up to date when e-mail or name differ. */
    ensure(input: EnsureCustomer): Promise<Customer>;
  };
  readonly paymentMethods: {
    /**
     * Attaches a payment method to the subject and makes it the default.
     * @throws `payment_method_not_found`, `card_declined`
     */
    attach(input: { readonly subjectId: string; readonly paymentMethodId: string }): Promise<PaymentMethod>;
    /** From the mirror, newest first. */
    list(subjectId: string, page: PageRequest): Promise<Page<PaymentMethod>>;
    /** Removes it; the newest of the others becomes the default if it was. @throws `payment_method_not_found` */
    detach(input: { readonly subjectId: string; readonly paymentMethodId: string }): Promise<void>;
  };
  readonly payments: {
    /**
     * Takes an amount once per reference, for ever. Repeated while `processing` or after success, it answers with the same
     * payment; after a failure it tries again, on the same payment intent.
     * @throws `card_declined` (`fields.declineCode`), `payment_required` (no payment method), `payment_method_not_found`,
     *   `reference_reused` (another amount, currency or subject), `invalid_amount`
     */
    charge(input: ChargeInput): Promise<Payment>;
    /** From the mirror. @throws `payment_not_found` */
    get(id: string, tx?: Tx): Promise<Payment>;
  };
  readonly plans: {
    /** Brings Stripe's products and prices to this catalogue; does nothing when they agree. Run it at start-up. */
    push(catalog: readonly PlanPrice[]): Promise<void>;
  };
  readonly subscriptions: {
    /** The living subscription, or null. From the mirror. */
    get(subjectId: string, tx?: Tx): Promise<Subscription | null>;
    /**
     * Starts a subscription, upgrades it (charged and granted now, prorated), downgrades it (at the period's end), takes
     * a downgrade or cancellation back (the present tier is asked for), or cancels it (the free tier is asked for).
     * Charged and granted, or refused and nothing changed.
     * @throws `card_declined`, `authentication_required`, `payment_required`, `unknown_plan`, `contact_sales`,
     *   `already_on_tier`, `change_in_progress`
     */
    change(input: ChangeInput): Promise<Subscription>;
    /** What {@link change} would charge. Changes nothing. */
    preview(input: Omit<ChangeInput, "paymentMethodId">): Promise<ChangePreview>;
    /** Ends it with the paid period, or now without a refund. @throws `subscription_not_found` */
    cancel(input: { readonly subjectId: string; readonly immediately?: boolean | undefined }): Promise<Subscription>;
  };
  readonly invoices: {
    /** From the mirror, newest first. */
    list(subjectId: string, page: PageRequest): Promise<Page<Invoice>>;
    /** From the mirror. @throws `invoice_not_found` */
    get(input: {
      readonly subjectId: string;
      readonly invoiceId: string;
    }): Promise<Invoice & { readonly lines: readonly InvoiceLine[] }>;
  };
  readonly webhooks: {
    /**
     * Takes a webhook exactly as its bytes arrived. When it resolves, the event is stored and will be processed: answer 200.
     * @throws `invalid_signature`: answer 400
     */
    receive(rawBody: Uint8Array, signature: string | readonly string[] | undefined): Promise<ReceivedWebhook>;
    /** How many events were received, by what became of them. */
    counts(): Promise<WebhookCounts>;
  };
  /**
   * Finishes the calls to Stripe that a crash or a lost answer left open: looks whether they happened, repeats those that
   * did not with their own idempotency key while Stripe knows it (24 h), and gives up the rest. Runs by itself every minute.
   */
  reconcile(): Promise<ReconcileReport>;
}
