/** Cards, by the ids that a browser gets from Stripe: no number of a card ever comes here. */
import { isRevopsError } from "@revops/core";
import { z } from "zod";
import { stripeAway } from "../problems/stripe-away.ts";
import { type Route, route } from "../routes/route.ts";
import { idSchema, listSchema, pageQuerySchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import { ensureCustomer } from "./customer.ts";
import { namingMethod } from "./missing-method.ts";
import { paymentMethodSchema } from "./schemas.ts";

export function paymentMethodRoutes({ auth, payments }: Pick<ApiServices, "auth" | "payments">): Route[] {
  return [
    route({
      method: "get",
      path: "/billing/payment-methods",
      summary: "List my payment methods",
      credentials: "required",
      scope: "billing:read",
      query: pageQuerySchema,
      response: listSchema(paymentMethodSchema),
    }).handle(async ({ principal, query, cursors }) =>
      cursors.list(await payments.paymentMethods.list(principal.subjectId, cursors.open(query))),
    ),

    route({
      method: "post",
      path: "/billing/payment-methods",
      summary: "Attach a payment method and make it the default",
      credentials: "required",
      scope: "billing:write",
      body: z.strictObject({ paymentMethodId: z.string().min(1).max(200) }),
      status: 201,
      response: paymentMethodSchema,
      errors: ["payment_method_not_found", "card_declined", ...stripeAway],
      idempotent: "resumable",
      example: { body: { paymentMethodId: "pm_card_visa" } },
    }).handle(async ({ principal, body, work }) => {
      await ensureCustomer({ auth, payments }, principal);
      const method = { subjectId: principal.subjectId, ...body, reference: work };
      return payments.paymentMethods.attach(method).catch(namingMethod(body));
    }),

    route({
      method: "post",
      path: "/billing/payment-methods/:id/default",
      summary: "Make a payment method the default",
      description: "Renewals are charged to it, and what is owed is paid with it at once.",
      credentials: "required",
      scope: "billing:write",
      params: z.object({ id: idSchema }),
      response: paymentMethodSchema,
      errors: stripeAway,
      idempotent: "resumable",
      example: { params: { id: "pm_1Q0PsIJvEtkwdCNYMSaVuRz6" } },
    }).handle(({ principal: { subjectId }, params }) =>
      payments.paymentMethods.setDefault({ subjectId, paymentMethodId: params.id }),
    ),

    route({
      method: "delete",
      path: "/billing/payment-methods/:id",
      summary: "Remove a payment method",
      credentials: "required",
      scope: "billing:write",
      params: z.object({ id: idSchema }),
      errors: stripeAway,
      idempotent: "resumable",
      example: { params: { id: "pm_1Q0PsIJvEtkwdCNYMSaVuRz6" } },
    }).handle(async ({ principal: { subjectId }, params, resumed }) => {
      try {
        await payments.paymentMethods.detach({ subjectId, paymentMethodId: params.id });
      } catch (error) {
        // It is gone by the try that did not live to say so.
        if (!resumed || !isRevopsError(error, "payment_method_not_found")) throw error;
      }
    }),
  ];
}
