/** Stripe's own pages, for whoever would rather not build forms: where a subscription is begun, and where it is looked after. */
import { paymentsErrors } from "@revops/payments";
import { z } from "zod";
import { stripeAway } from "../problems/stripe-away.ts";
import { type Route, route } from "../routes/route.ts";
import type { ApiServices } from "../services.ts";
import { ensureCustomer } from "./customer.ts";

const urlSchema = z.url({ protocol: /^https?$/, hostname: /^[^\s]+$/ }).max(2_000);
const linkSchema = z.object({ url: z.string().meta({ description: "Where to lead the person to, soon." }) });

export function pageRoutes({ auth, payments, saas }: Pick<ApiServices, "auth" | "payments" | "saas">): Route[] {
  return [
    route({
      method: "post",
      path: "/billing/checkout",
      summary: "Begin a subscription on Stripe's page",
      description:
        "For whoever has no subscription yet; a change of one is `PUT /billing/subscription`. A page that was made before for the same subject can no longer be paid.",
      credentials: "required",
      scope: "billing:write",
      body: z.strictObject({ tier: z.string().min(1).max(100), successUrl: urlSchema, cancelUrl: urlSchema }),
      response: linkSchema,
      errors: [
        "unknown_tier",
        "unknown_plan",
        "contact_sales",
        "subscription_exists",
        "invalid_return_url",
        ...stripeAway,
      ],
      idempotent: "resumable",
      example: {
        body: {
          tier: "pro",
          successUrl: "https://app.example.com/welcome",
          cancelUrl: "https://app.example.com/pricing",
        },
        response: { url: "https://checkout.stripe.com/c/pay/cs_test_a1YWNjdF8x" },
      },
    }).handle(async ({ principal, body }) => {
      const { interval, price } = saas.plans.tier(body.tier);
      if (price === null) throw paymentsErrors.contact_sales({ fields: { tier: body.tier } });
      await ensureCustomer({ auth, payments }, principal);
      return payments.pages.checkout({ ...body, subjectId: principal.subjectId, interval });
    }),

    route({
      method: "post",
      path: "/billing/portal",
      summary: "See invoices and change cards on Stripe's page",
      credentials: "required",
      scope: "billing:write",
      body: z.strictObject({ returnUrl: urlSchema }),
      response: linkSchema,
      errors: ["invalid_return_url", ...stripeAway],
      idempotent: "resumable",
      example: {
        body: { returnUrl: "https://app.example.com/account" },
        response: { url: "https://billing.stripe.com/p/session/test_YWNjdF8x" },
      },
    }).handle(async ({ principal, body }) => {
      await ensureCustomer({ auth, payments }, principal);
      return payments.pages.portal({ ...body, subjectId: principal.subjectId });
    }),
  ];
}
