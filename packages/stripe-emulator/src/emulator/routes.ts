import { accountRoutes } from "../accounts/routes.ts";
import { balanceTransactionRoutes } from "../balance-transactions/balance-transactions.ts";
import { billingPortalRoutes } from "../billing-portal/routes.ts";
import { chargeRoutes } from "../charges/routes.ts";
import { checkoutIncludable, checkoutRoutes } from "../checkout/routes.ts";
import { couponRoutes } from "../coupons/routes.ts";
import { customerRoutes } from "../customers/routes.ts";
import { disputeRoutes } from "../disputes/routes.ts";
import { eventRoutes } from "../events/routes.ts";
import { invoiceItemRoutes } from "../invoices/invoice-items.ts";
import { invoiceRoutes } from "../invoices/routes.ts";
import { meterRoutes } from "../meters/routes.ts";
import { paymentIntentRoutes } from "../payment-intents/routes.ts";
import { paymentMethodRoutes } from "../payment-methods/routes.ts";
import { payoutRoutes } from "../payouts/routes.ts";
import { priceRoutes } from "../prices/routes.ts";
import { productRoutes } from "../products/routes.ts";
import { refundRoutes } from "../refunds/refunds.ts";
import type { Includable } from "../server/expand.ts";
import type { Route } from "../server/route.ts";
import { setupIntentRoutes } from "../setup-intents/routes.ts";
import { scheduleRoutes } from "../subscription-schedules/routes.ts";
import { cancelSubscriptions, subscriptionItemRoutes, subscriptionRoutes } from "../subscriptions/routes.ts";
import { confirmationSecret } from "../subscriptions/subscriptions.ts";
import { testClockRoutes } from "../test-clocks/test-clocks.ts";
import { transferRoutes } from "../transfers/routes.ts";
import { webhookEndpointRoutes } from "../webhook-endpoints/webhook-endpoints.ts";

/** Every resource's routes, one line each. */
export const routes: readonly Route[] = [
  ...accountRoutes,
  ...balanceTransactionRoutes,
  ...chargeRoutes,
  ...billingPortalRoutes,
  ...checkoutRoutes,
  ...couponRoutes,
  ...customerRoutes(cancelSubscriptions),
  ...disputeRoutes,
  ...eventRoutes,
  ...invoiceItemRoutes,
  ...invoiceRoutes,
  ...meterRoutes,
  ...paymentIntentRoutes,
  ...paymentMethodRoutes,
  ...payoutRoutes,
  ...priceRoutes,
  ...productRoutes,
  ...refundRoutes,
  ...scheduleRoutes,
  ...setupIntentRoutes,
  ...subscriptionItemRoutes,
  ...subscriptionRoutes,
  ...testClockRoutes(cancelSubscriptions),
  ...transferRoutes,
  ...webhookEndpointRoutes,
];

export const includable: Includable = {
  ...checkoutIncludable,
  "coupon.applies_to": (scope, coupon) => scope.objects.find("coupon", String(coupon["id"]))?.applies_to,
  "charge.refunds": (scope, charge) => ({
    object: "list",
    data: scope.objects.all("refund", { charge: String(charge["id"]) }).reverse(),
    has_more: false,
    url: `/v1/charges/${String(charge["id"])}/refunds`,
  }),
  "invoice.confirmation_secret": (scope, invoice) => confirmationSecret(scope, String(invoice["id"])),
  "invoice.payments": (scope, invoice) => ({
    object: "list",
    data: scope.objects.all("invoice_payment", { invoice: String(invoice["id"]) }),
    has_more: false,
    url: `/v1/invoice_payments?invoice=${String(invoice["id"])}`,
  }),
  "price.tiers": (scope, price) => scope.objects.find("price", String(price["id"]))?.tiers,
};
