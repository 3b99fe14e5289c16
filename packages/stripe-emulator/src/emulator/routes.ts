import { balanceTransactionRoutes } from "../balance-transactions/balance-transactions.ts";
import { chargeRoutes } from "../charges/routes.ts";
import { customerRoutes } from "../customers/routes.ts";
import { eventRoutes } from "../events/routes.ts";
import { paymentIntentRoutes } from "../payment-intents/routes.ts";
import { paymentMethodRoutes } from "../payment-methods/routes.ts";
import { priceRoutes } from "../prices/routes.ts";
import { productRoutes } from "../products/routes.ts";
import { refundRoutes } from "../refunds/refunds.ts";
import type { Includable } from "../server/expand.ts";
import type { Route } from "../server/route.ts";
import { setupIntentRoutes } from "../setup-intents/routes.ts";
import { testClockRoutes } from "../test-clocks/test-clocks.ts";
import { webhookEndpointRoutes } from "../webhook-endpoints/webhook-endpoints.ts";

const noSubscriptions = () => undefined;

/** Every resource's routes, one line each. */
export const routes: readonly Route[] = [
  ...balanceTransactionRoutes,
  ...chargeRoutes,
  ...customerRoutes(noSubscriptions),
  ...eventRoutes,
  ...paymentIntentRoutes,
  ...paymentMethodRoutes,
  ...priceRoutes,
  ...productRoutes,
  ...refundRoutes,
  ...setupIntentRoutes,
  ...testClockRoutes(noSubscriptions),
  ...webhookEndpointRoutes,
];

export const includable: Includable = {
  "charge.refunds": (scope, charge) => ({
    object: "list",
    data: scope.objects.all("refund", { charge: String(charge["id"]) }).reverse(),
    has_more: false,
    url: `/v1/charges/${String(charge["id"])}/refunds`,
  }),
  "price.tiers": (scope, price) => scope.objects.find("price", String(price["id"]))?.tiers,
};
