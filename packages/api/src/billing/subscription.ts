/** The subscription: what I have, and having something else. */
import { paymentsErrors } from "@revops/payments";
import { z } from "zod";
import { stripeAway } from "../problems/stripe-away.ts";
import { type Route, route } from "../routes/route.ts";
import type { ApiServices } from "../services.ts";
import { ensureCustomer } from "./customer.ts";
import { namingMethod } from "./missing-method.ts";
import { subscriptionSchema } from "./schemas.ts";
import { type ShownSubscription, subscriptionOf, withPendingTier } from "./shown-subscription.ts";

export function subscriptionRoutes({ auth, payments, saas }: Pick<ApiServices, "auth" | "payments" | "saas">): Route[] {
  const services = { payments, saas };

  return [
    route({
      method: "get",
      path: "/billing/subscription",
      summary: "Show my subscription",
      description: "Without one at Stripe: the tier I have, with its own cycle as the period.",
      credentials: "required",
      scope: "billing:read",
      response: subscriptionSchema,
      errors: ["subject_not_found"],
    }).handle(({ principal }) => subscriptionOf(services, principal.subjectId)),

    route({
      method: "put",
      path: "/billing/subscription",
      summary: "Change to another tier",
      description:
        "An upgrade is charged and granted now, prorated; a downgrade waits for the period's end. With `preview: true` nothing changes: the answer is what I have, with what the change would do as `preview`.",
      credentials: "required",
      scope: "billing:write",
      body: z.strictObject({
        tier: z.string().min(1).max(100),
        paymentMethodId: z.string().min(1).max(200).optional(),
        preview: z.boolean().optional(),
      }),
      response: subscriptionSchema,
      errors: [
        "unknown_tier",
        "unknown_plan",
        "contact_sales",
        "already_on_tier",
        "change_in_progress",
        "card_declined",
        "authentication_required",
        "payment_required",
        "payment_method_not_found",
        "subscription_not_found",
        ...stripeAway,
      ],
      idempotent: "resumable",
      example: {
        body: { tier: "pro", paymentMethodId: "pm_card_visa" },
        response: { tier: "pro", price: { amount: 2900 } },
      },
    }).handle(async ({ principal, body: { preview, ...change }, work, resumed }) => {
      const { subjectId } = principal;
      const { price } = saas.plans.tier(change.tier);
      if (price === null) return customTier(subjectId, change.tier);
      if (preview) {
        const current = await subscriptionOf(services, subjectId);
        return { ...current, preview: await payments.subscriptions.preview({ subjectId, tier: change.tier }) };
      }
      await ensureCustomer({ auth, payments }, principal);
      return withPendingTier(
        await payments.subscriptions
          .change({ ...change, subjectId, reference: work, resumed })
          .catch(namingMethod(change)),
        saas,
      );
    }),

    route({
      method: "delete",
      path: "/billing/subscription",
      summary: "Cancel my subscription",
      description:
        "At the end of the paid period, or `immediately`, without a refund: then the answer is the tier one is left with, and the status `canceled`.",
      credentials: "required",
      scope: "billing:write",
      query: z.strictObject({ immediately: z.stringbool({ truthy: ["true"], falsy: ["false"] }).optional() }),
      response: subscriptionSchema,
      errors: ["subscription_not_found", "change_in_progress", ...stripeAway],
      idempotent: "resumable",
      example: { response: { tier: "pro", cancelAtPeriodEnd: true, pendingTier: "free", price: { amount: 2900 } } },
    }).handle(async ({ principal: { subjectId }, query, resumed }) => {
      const subscription = await payments.subscriptions.cancel({ subjectId, ...query, resumed });
      if (subscription.status !== "canceled") return withPendingTier(subscription, saas);
      // Ended now: what one has from now on, and why.
      return { ...(await subscriptionOf(services, subjectId)), status: subscription.status };
    }),
  ];

  /** A tier without a price is agreed upon with sales, who assign it; asked for again, it is what one has. */
  async function customTier(subjectId: string, tier: string): Promise<ShownSubscription> {
    const current = await subscriptionOf(services, subjectId);
    if (current.tier === tier) return current;
    throw paymentsErrors.contact_sales({ fields: { tier } });
  }
}
