/** What payments can do: one page for whoever uses them. Made by {@link createPayments}. */
import type { Clock, FactEmitter, Logger, Page, PageRequest } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { Jobs } from "@revops/jobs";
import type { ReconcileReport } from "./calls/reconcile.ts";
import type {
  ConnectedAccount,
  CreateConnectedAccount,
  OnboardAccount,
} from "./connected-accounts/connected-account.ts";
import type { Customer, EnsureCustomer } from "./customers/customer.ts";
import type { ForgetCustomer } from "./customers/forget.ts";
import type { Dispute } from "./disputes/dispute.ts";
import type { DriftReport, DriftRequest } from "./drift/drift.ts";
import type { DunningCase, DunningOptions } from "./dunning/dunning-case.ts";
import type { PaymentsFacts } from "./facts.ts";
import type { GatewayOptions } from "./gateway/gateway.ts";
import type { Invoice, InvoiceLine } from "./invoices/invoice.ts";
import type { IssueInvoice } from "./invoices/issue.ts";
import type { StripeLedger } from "./ledger/ledger.ts";
import type { CheckoutInput, PageLink, PortalInput } from "./pages/pages.ts";
import type { PaymentMethod } from "./payment-methods/payment-method.ts";
import type { ChargedPayment, ChargeInput, Payment, PreparePayment } from "./payments/payment.ts";
import type { AddOnPrice, PlanPrice } from "./plans/plan.ts";
import type { Refund, RefundInput } from "./refunds/refund.ts";
import type { SetupIntent } from "./setup-intents/setup-intent.ts";
import type { CancelInput, ChangeInput, ChangePreview, Subscription } from "./subscriptions/subscription.ts";
import type { ReverseInput, Transfer, TransferInput } from "./transfers/transfer.ts";
import type { BillState, CycleToBill, UsageBill, UsageBillWithLines } from "./usage/bill.ts";
import type { BackfillReport } from "./webhooks/backfill.ts";
import type {
  DeadLetters,
  EventsRequest,
  ReceivedWebhook,
  TypeCount,
  WebhookCounts,
  WebhookEvent,
} from "./webhooks/webhook.ts";

export interface PaymentsOptions {
  readonly database: Database;
  readonly jobs: Jobs;
  readonly stripe: GatewayOptions & {
    /** `whsec_…` of the webhook endpoint; two while a new one is rolled out. */
    readonly webhookSecret: string | readonly string[];
  };
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly facts?: FactEmitter<PaymentsFacts, Tx>;
  /** The tier of those who pay nothing: changing to it is cancelling. `free` unless said otherwise. */
  readonly freeTier?: string;
  readonly dunning?: DunningOptions;
}

/**
 * None of these may be called inside a database transaction, unless it says so: they speak to Stripe. Each may throw
 * `stripe_unavailable`, `stripe_rate_limited`, `stripe_rejected` and `stripe_misconfigured` beside the codes it names.
 */
export interface Payments {
  /**
   * Bounds how long `work` waits for Stripe in all. When that is over, what it asks here rejects with `stripe_unavailable`
   * and it goes on from there; what Stripe was asked for is finished without it, and the same reference finds what became of
   * it. A process that ends meanwhile leaves it to {@link Payments.reconcile}. What goes through lists at Stripe
   * (`plans.push`, `usage.reconcile`, `ledger.verify`, `webhooks.backfill`, `drift`) is not bounded.
   * @param milliseconds by the machine's clock
   * @example
   * const { status } = await payments.within(10_000, () => payments.payments.charge(order));
   */
  within<T>(milliseconds: number, work: () => Promise<T>): Promise<T>;
  readonly customers: {
    /**
     * The subject's customer at Stripe, made when there is none, brought up to date when e-mail or name differ.
     * @throws `customer_forgotten`
     */
    ensure(input: EnsureCustomer): Promise<Customer>;
    /** From the mirror; null when there is none. */
    get(subjectId: string): Promise<Customer | null>;
    /**
     * Forgets who is erased, for ever: to be called in the transaction that erases them, in which e-mail, name and cards go from
     * the mirror. By a job that is tried until Stripe has nothing left, the subscription ends, open checkout pages expire, name and
     * address are taken from Stripe's customer, every card is detached, and the bodies of webhooks' events that tell of the customer
     * and wait to be processed go. What was paid stays, under an id that names nobody. Whatever Stripe, or a request that was
     * under way, brings of them later goes the same way. Nothing is asked of Stripe here.
     * @example facts.on("user.erased", (tx, { userId }) => payments.customers.forget({ subjectId: userId }, tx));
     */
    forget(input: ForgetCustomer, tx?: Tx): Promise<void>;
  };
  readonly paymentMethods: {
    /**
     * Attaches a payment method to the subject, makes it the default, and pays with it what is owed (see `dunning`).
     * @throws `payment_method_not_found`, `card_declined`
     */
    attach(input: {
      readonly subjectId: string;
      readonly paymentMethodId: string;
      /** Your name for it: given again, nothing is attached twice, which a token such as `pm_card_visa` would be. */
      readonly reference?: string | undefined;
    }): Promise<PaymentMethod>;
    /** From the mirror, newest first. */
    list(subjectId: string, page: PageRequest): Promise<Page<PaymentMethod>>;
    /** Makes it the default, and pays with it what is owed. @throws `payment_method_not_found` */
    setDefault(input: { readonly subjectId: string; readonly paymentMethodId: string }): Promise<PaymentMethod>;
    /** Removes it; the newest of the others becomes the default if it was. @throws `payment_method_not_found` */
    detach(input: { readonly subjectId: string; readonly paymentMethodId: string }): Promise<void>;
  };
  readonly payments: {
    /**
     * Takes an amount once per reference, for ever. Repeated while `processing` or after success, it answers with the same
     * payment; after a failure it tries again, on the same payment intent.
     * @throws `card_declined` (`fields.declineCode`), `payment_required` (no payment method), `payment_method_not_found`,
     *   `reference_reused` (another amount, currency or subject), `invalid_amount`, `payment_canceled`
     */
    charge(input: ChargeInput): Promise<ChargedPayment>;
    /**
     * Makes the payment without taking it: the browser pays with its `clientSecret`, or {@link charge} with a stored
     * method. The same reference is the same payment.
     * @throws `reference_reused`, `invalid_amount`
     */
    prepare(input: PreparePayment): Promise<Payment>;
    /** Gives up what was not taken. @throws `payment_not_found`, `payment_not_cancelable` */
    cancel(reference: string): Promise<Payment>;
    /** From the mirror. @throws `payment_not_found` */
    get(id: string, tx?: Tx): Promise<Payment>;
  };
  readonly setupIntents: {
    /** For the browser to keep a card with, by its `clientSecret`. */
    create(input: { readonly subjectId: string }): Promise<SetupIntent>;
    /** @throws `setup_intent_not_found`, `card_declined`, `payment_method_not_found` */
    confirm(input: {
      readonly subjectId: string;
      readonly setupIntentId: string;
      readonly paymentMethodId: string;
    }): Promise<SetupIntent>;
    /** @throws `setup_intent_not_found` */
    cancel(input: { readonly subjectId: string; readonly setupIntentId: string }): Promise<SetupIntent>;
    /** From the mirror. @throws `setup_intent_not_found` */
    get(input: { readonly subjectId: string; readonly setupIntentId: string }): Promise<SetupIntent>;
  };
  readonly refunds: {
    /**
     * Gives a payment back, or a part of it, once per reference, for ever. Repeated, it answers with the same refund.
     * @throws `payment_not_found`, `payment_not_refundable` (not paid, or less is left), `invalid_amount`, `reference_reused`
     */
    create(input: RefundInput): Promise<Refund>;
    /** From the mirror. @throws `refund_not_found` */
    get(reference: string): Promise<Refund>;
    /** Of a payment, oldest first, those made at Stripe included; from the mirror. */
    listOf(paymentId: string): Promise<Refund[]>;
  };
  readonly disputes: {
    /** From the mirror, newest first. */
    list(page: PageRequest): Promise<Page<Dispute>>;
  };
  readonly connectedAccounts: {
    /** The publisher's account at Stripe, made when there is none. */
    create(input: CreateConnectedAccount): Promise<ConnectedAccount>;
    /**
     * Stripe's page where the publisher says who they are and where their money goes; transfers are refused before.
     * It lasts minutes: send them there at once. @throws `connected_account_not_found`
     */
    onboard(input: OnboardAccount): Promise<{ readonly url: string }>;
    /** From the mirror; null when there is none. */
    get(publisherId: string): Promise<ConnectedAccount | null>;
    /** Asks Stripe anew, for whoever has no endpoint for the events of connected accounts. @throws `connected_account_not_found` */
    refresh(publisherId: string): Promise<ConnectedAccount>;
  };
  readonly transfers: {
    /**
     * Sends money to a connected account, once per reference, for ever. After a refusal it may be tried again.
     * @throws `stripe_rejected` (`fields.stripeCode`: `balance_insufficient` …), `reference_reused`, `invalid_amount`
     */
    create(input: TransferInput): Promise<Transfer>;
    /**
     * Takes a transfer back, or a part of it, once per `reversalReference`.
     * @throws `transfer_not_found`, `transfer_not_reversible`, `invalid_amount`, `reference_reused`
     */
    reverse(input: ReverseInput): Promise<Transfer>;
    /** From the mirror. @throws `transfer_not_found` */
    get(reference: string): Promise<Transfer>;
  };
  readonly plans: {
    /**
     * Brings Stripe's products, prices and meters to this catalogue; does nothing when they agree. Run it at start-up.
     *
     * A price that changed is a new one, for new customers; the old one is archived when nobody is on it any more. Use that
     * Stripe has no price for (steps or packages of fractions) is left out.
     * @throws `unknown_plan` for an id that Stripe does not take, `stripe_unavailable`
     */
    push(catalog: readonly PlanPrice[], addOns?: readonly AddOnPrice[]): Promise<void>;
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
    preview(input: Pick<ChangeInput, "subjectId" | "tier" | "interval">): Promise<ChangePreview>;
    /**
     * From its next period on, by a job, what the subject is subscribed to is charged at the prices of today; the present one goes on
     * as it was bought. May be called in a transaction.
     */
    reprice(subjectId: string, tx?: Tx): Promise<void>;
    /** Ends it with the paid period, or now without a refund. @throws `subscription_not_found` */
    cancel(input: CancelInput): Promise<Subscription>;
    /** Stops collecting its invoices, for ever or until a time; what it grants goes on. @throws `subscription_not_found` */
    pause(input: { readonly subjectId: string; readonly resumesAt?: Date | undefined }): Promise<Subscription>;
    /** Collects again. @throws `subscription_not_found` */
    resume(subjectId: string): Promise<Subscription>;
  };
  readonly invoices: {
    /** From the mirror, newest first. */
    list(subjectId: string, page: PageRequest): Promise<Page<Invoice>>;
    /** From the mirror. @throws `invoice_not_found` */
    get(input: {
      readonly subjectId: string;
      readonly invoiceId: string;
    }): Promise<Invoice & { readonly lines: readonly InvoiceLine[] }>;
    /** A draft of our own, once per reference: repeated, it completes the same one. @throws `invalid_amount` */
    create(input: IssueInvoice): Promise<Invoice>;
    /** Opens a draft, which gives it a number. @throws `invoice_not_found`, `invoice_not_payable` */
    finalize(of: { readonly subjectId: string; readonly invoiceId: string }): Promise<Invoice>;
    /**
     * Collects it now, with the default payment method or the given one.
     * @throws `invoice_not_found`, `invoice_not_payable`, `card_declined`, `authentication_required`
     */
    pay(of: {
      readonly subjectId: string;
      readonly invoiceId: string;
      readonly paymentMethodId?: string | undefined;
    }): Promise<Invoice>;
    /** Takes it back for good. @throws `invoice_not_found`, `invoice_not_payable` */
    void(of: { readonly subjectId: string; readonly invoiceId: string }): Promise<Invoice>;
  };
  readonly pages: {
    /**
     * Stripe's page where a subscription is begun and paid; of several for one subject only the newest can be.
     * @throws `unknown_plan`, `contact_sales`, `subscription_exists`, `invalid_return_url`
     */
    checkout(input: CheckoutInput): Promise<PageLink>;
    /** Stripe's page where a customer sees invoices and changes cards. @throws `invalid_return_url` */
    portal(input: PortalInput): Promise<PageLink>;
  };
  readonly dunning: {
    /** What could not be collected from a subject, newest first. */
    list(subjectId: string): Promise<DunningCase[]>;
    /** How its holder confirms a payment that their bank asks about: in our page or on Stripe's. */
    authentication(
      stripeInvoiceId: string,
    ): Promise<{ readonly clientSecret: string | null; readonly url: string | null }>;
    /** Tries what is owed with the default payment method now; answers with how many were paid. By itself when a card is attached. */
    collect(subjectId: string): Promise<number>;
  };
  readonly usage: {
    /**
     * Charges a closed billing cycle, once for ever: by jobs, its metered use goes to Stripe as meter events and everything
     * else that no price of the subscription charges as items, on the invoice of its period; once that is final, it is
     * compared with the statement, line by line, and a fact tells how it came out. Without a subscription, use is charged to
     * the default payment method on an invoice of the cycle's own; what is not is `unbilled` with its reason. To be called in
     * the transaction that closes the cycle. Nothing is asked of Stripe here.
     * @example facts.on("cycle.closed", (tx, cycle) => payments.usage.bill(cycle, tx));
     */
    bill(cycle: CycleToBill, tx?: Tx): Promise<void>;
    /** Newest first, those of one state if one is given. */
    list(request: PageRequest & { readonly state?: BillState | undefined }): Promise<Page<UsageBill>>;
    /** @throws `usage_bill_not_found` */
    get(cycleId: string): Promise<UsageBillWithLines>;
    /** How many cycles there are, by how they came out. */
    counts(): Promise<Readonly<Record<BillState, number>>>;
    /**
     * Charges a cycle that is `unbilled`, whatever its reason: all of its statement, on an invoice of its own, to the default
     * payment method. Any other stays as it is. @throws `usage_bill_not_found`
     */
    charge(cycleId: string, tx?: Tx): Promise<UsageBillWithLines>;
    /** Compares it with Stripe now; by itself when the invoice becomes final, and every hour. @throws `usage_bill_not_found` */
    reconcile(cycleId: string): Promise<UsageBillWithLines>;
  };
  /** The books: every charge, fee, refund, dispute, commission and payout, balanced. */
  readonly ledger: StripeLedger;
  readonly webhooks: {
    /**
     * Takes a webhook exactly as its bytes arrived. When it resolves, the event is stored and will be processed: answer 200.
     * @throws `invalid_signature`: answer 400
     */
    receive(rawBody: Uint8Array, signature: string | readonly string[] | undefined): Promise<ReceivedWebhook>;
    /** How many events were received, by what became of them. */
    counts(): Promise<WebhookCounts>;
    /** The same for each type, those that we have no use for included. */
    countsByType(): Promise<TypeCount[]>;
    /** The inbox, newest first. */
    list(request: EventsRequest): Promise<Page<WebhookEvent>>;
    /**
     * With its body: as it was signed until it is processed, and for a week at most; then, or when it is ignored, its outline.
     * Bodies name people; Stripe shows them for 30 days.
     * @throws `webhook_event_not_found`
     */
    get(eventId: string): Promise<WebhookEvent & { readonly body: string }>;
    /**
     * Fetches the events that no delivery brought from Stripe's list, which goes back 30 days. By itself at the start
     * of the queue and every hour.
     * @param since from the last time on when left out
     */
    backfill(since?: Date): Promise<BackfillReport>;
    /** Events that could not be processed. */
    readonly dead: DeadLetters;
  };
  /**
   * Compares the mirror with Stripe, object by object, and with `repair` fetches anew what differs. For an hour when
   * something seems wrong: it lists all there is since `since`.
   */
  drift(request?: DriftRequest): Promise<DriftReport>;
  /**
   * Finishes the calls to Stripe that a crash or a lost answer left open: looks whether they happened, repeats those that
   * did not with their own idempotency key while Stripe knows it (24 h), and gives up the rest. Runs by itself every minute.
   */
  reconcile(): Promise<ReconcileReport>;
}
