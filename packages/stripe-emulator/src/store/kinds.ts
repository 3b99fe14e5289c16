import type Stripe from "stripe";

/** An event as it is stored and sent. The SDK's `Stripe.Event` is a union over types; this is its base. */
interface EventObject {
  id: string;
  object: "event";
  /** The connected account in which it happened. */
  account?: string;
  api_version: string;
  created: number;
  data: { object: object; previous_attributes?: object };
  livemode: boolean;
  pending_webhooks: number;
  request: { id: string | null; idempotency_key: string | null };
  type: Stripe.Event.Type;
}

/** `connect` stands for what Stripe keeps of `connect: true` at creation: whether it gets the events of connected accounts. */
export type WebhookEndpoint = Stripe.WebhookEndpoint & { connect?: true };

/** A link to the onboarding page, with what Stripe keeps of it to itself. */
export interface AccountLink extends Stripe.AccountLink {
  id: string;
  account: string;
  refresh_url: string;
  return_url: string;
}

/** Every kind of object that is kept, by the value of its `object` field. A new resource adds one line. */
export interface StripeObjects {
  account: Stripe.Account;
  account_link: AccountLink;
  balance_transaction: Stripe.BalanceTransaction;
  "billing_portal.session": Stripe.BillingPortal.Session;
  bank_account: Stripe.BankAccount;
  "billing.meter": Stripe.Billing.Meter;
  charge: Stripe.Charge;
  "checkout.session": Stripe.Checkout.Session;
  coupon: Stripe.Coupon;
  customer: Stripe.Customer;
  discount: Stripe.Discount;
  dispute: Stripe.Dispute;
  event: EventObject;
  invoice: Stripe.Invoice;
  invoice_payment: Stripe.InvoicePayment;
  invoiceitem: Stripe.InvoiceItem;
  payment_intent: Stripe.PaymentIntent;
  payment_method: Stripe.PaymentMethod;
  payout: Stripe.Payout;
  price: Stripe.Price;
  product: Stripe.Product;
  promotion_code: Stripe.PromotionCode;
  refund: Stripe.Refund;
  setup_intent: Stripe.SetupIntent;
  subscription: Stripe.Subscription;
  subscription_schedule: Stripe.SubscriptionSchedule;
  "test_helpers.test_clock": Stripe.TestHelpers.TestClock;
  transfer: Stripe.Transfer;
  transfer_reversal: Stripe.TransferReversal;
  webhook_endpoint: WebhookEndpoint;
}
export type Kind = keyof StripeObjects;
export type StoredObject = StripeObjects[Kind];

/** The id of a reference, whichever way it stands there; null when there is none. */
export function idOf(reference: string | { id: string } | null | undefined): string | null {
  if (reference === null || reference === undefined) return null;
  return typeof reference === "string" ? reference : reference.id;
}
