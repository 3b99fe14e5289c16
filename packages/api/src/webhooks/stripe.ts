/** Where Stripe's webhooks come in. */
import { z } from "zod";
import { type Route, route } from "../routes/route.ts";
import type { ApiServices } from "../services.ts";

/** Stripe's events are a few kilobytes; a long invoice with its lines is some hundred. */
const bodyLimit = 1_000_000;

export function stripeWebhookRoutes({ payments }: Pick<ApiServices, "payments">): Route[] {
  return [
    route({
      method: "post",
      path: "/webhooks/stripe",
      summary: "Receive an event of Stripe's",
      description: "Answered once the event is stored; it is processed afterwards. Signed by `Stripe-Signature`.",
      credentials: "none",
      body: "bytes",
      bodyLimit,
      response: z.object({ received: z.literal(true) }),
      errors: ["invalid_signature"],
      rateLimit: false,
      example: {
        body: {
          id: "evt_1Q0PsIJvEtkwdCNYMSaVuRz6",
          object: "event",
          type: "payment_method.attached",
          created: 1795365600,
          data: { object: { id: "pm_1Q0PsIJvEtkwdCNYMSaVuRz6" } },
        },
      },
    }).handle(async ({ body, request }) => {
      await payments.webhooks.receive(body, request.headers["stripe-signature"]);
      return { received: true as const };
    }),
  ];
}
