/** Every route of the packages behind the API: those whose packages are there. */
import { adminEntitlementRoutes } from "./admin/entitlements.ts";
import { accountRoutes } from "./auth/account.ts";
import { auditRoutes } from "./auth/audit.ts";
import { emailRoutes } from "./auth/emails.ts";
import { identityRoutes } from "./auth/identities.ts";
import { keyRoutes } from "./auth/keys.ts";
import { oauthRoutes } from "./auth/oauth.ts";
import { passwordRoutes } from "./auth/passwords.ts";
import { signInRoutes } from "./auth/sign-in.ts";
import { creditRoutes } from "./billing/credits.ts";
import { cycleRoutes } from "./billing/cycles.ts";
import { invoiceRoutes } from "./billing/invoices.ts";
import { pageRoutes } from "./billing/pages.ts";
import { paymentMethodRoutes } from "./billing/payment-methods.ts";
import { pricingRoutes } from "./billing/pricing.ts";
import { reservationRoutes } from "./billing/reservations.ts";
import { spendCapRoutes } from "./billing/spend-caps.ts";
import { subscriptionRoutes } from "./billing/subscription.ts";
import { usageRoutes } from "./billing/usage.ts";
import { usageHistoryRoutes } from "./billing/usage-history.ts";
import { verdictRoutes } from "./billing/verdicts.ts";
import { marketplaceAdminRoutes } from "./marketplace/admin.ts";
import { courseRoutes } from "./marketplace/courses.ts";
import { downloadRoutes } from "./marketplace/download.ts";
import { licenseRoutes } from "./marketplace/licenses.ts";
import { packageRoutes as listingRoutes } from "./marketplace/packages.ts";
import { payoutAccountRoutes } from "./marketplace/payout-account.ts";
import { publisherRoutes } from "./marketplace/publisher.ts";
import { publishingRoutes } from "./marketplace/publishing.ts";
import { purchaseRoutes } from "./marketplace/purchases.ts";
import { reviewRoutes } from "./marketplace/reviews.ts";
import { invitationRoutes } from "./organizations/invitations.ts";
import { memberRoutes } from "./organizations/members.ts";
import { organizationRoutes } from "./organizations/organizations.ts";
import type { OutgoingWebhooks } from "./outgoing-webhooks/outgoing-webhooks.ts";
import { webhookEndpointRoutes } from "./outgoing-webhooks/routes.ts";
import type { Route } from "./routes/route.ts";
import type { ApiServices } from "./services.ts";
import { moneyRoutes } from "./webhooks/money.ts";
import { stripeWebhookRoutes } from "./webhooks/stripe.ts";
import { stripeInboxRoutes } from "./webhooks/stripe-inbox.ts";
import { usageBillRoutes } from "./webhooks/usage-bills.ts";

/** What the API is given: with accounts alone it serves accounts. */
export interface GivenServices
  extends Pick<ApiServices, "database" | "clock" | "auth">,
    Partial<Pick<ApiServices, "saas" | "payments" | "marketplace">> {
  /** Lets customers have endpoints of their own told; without it there are no such routes. */
  readonly webhooks?: OutgoingWebhooks;
}

export function packageRoutes(given: GivenServices): Route[] {
  const { saas, payments, marketplace, webhooks } = given;
  return [
    ...signInRoutes(given),
    ...accountRoutes(given),
    ...passwordRoutes(given),
    ...emailRoutes(given),
    ...oauthRoutes(given),
    ...identityRoutes(given),
    ...auditRoutes(given),
    ...keyRoutes(given),
    ...organizationRoutes(given),
    ...memberRoutes(given),
    ...invitationRoutes(given),
    ...(marketplace ? marketplaceRoutes({ ...given, marketplace }) : []),
    ...(saas ? usageAndPlanRoutes({ ...given, saas }) : []),
    ...(payments ? moneyAndStripeRoutes({ ...given, payments }) : []),
    ...(marketplace && payments ? payoutAccountRoutes({ payments }) : []),
    ...(saas && payments ? subscriptionRoutes({ ...given, saas, payments }) : []),
    ...(saas && payments ? pageRoutes({ ...given, saas, payments }) : []),
    ...(webhooks ? webhookEndpointRoutes(webhooks) : []),
  ];
}

const marketplaceRoutes = (given: GivenServices & Pick<ApiServices, "marketplace">): Route[] => [
  ...listingRoutes(given),
  ...downloadRoutes(given),
  ...publishingRoutes(given),
  ...reviewRoutes(given),
  ...purchaseRoutes(given),
  ...licenseRoutes(given),
  ...courseRoutes(given),
  ...publisherRoutes(given),
  ...marketplaceAdminRoutes(given),
];

const usageAndPlanRoutes = (given: GivenServices & Pick<ApiServices, "saas">): Route[] => [
  ...usageRoutes(given),
  ...usageHistoryRoutes(given),
  ...reservationRoutes(given),
  ...creditRoutes(given),
  ...spendCapRoutes(given),
  ...verdictRoutes(given),
  ...pricingRoutes(given),
  ...cycleRoutes(given),
  ...adminEntitlementRoutes(given),
];

const moneyAndStripeRoutes = (given: GivenServices & Pick<ApiServices, "payments">): Route[] => [
  ...invoiceRoutes(given),
  ...paymentMethodRoutes(given),
  ...stripeWebhookRoutes(given),
  ...stripeInboxRoutes(given),
  ...moneyRoutes(given),
  ...usageBillRoutes(given),
];
