/** What was bought: subscriptions that are cancelled, money that goes back. */
import { z } from "zod";
import { namedBy } from "../idempotency/named-by.ts";
import { type Route, route } from "../routes/route.ts";
import { exampleId } from "../schemas/examples.ts";
import { idOf, moneySchema, timeSchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import { purchaseSchema } from "./schemas.ts";

const params = z.object({ id: idOf("pur") });

const refundSchema = z
  .object({
    id: z.string(),
    purchaseId: z.string(),
    amount: moneySchema,
    status: z.enum(["pending", "succeeded", "failed"]),
    reason: z.string().nullable(),
    createdAt: timeSchema,
  })
  .meta({
    id: "PurchaseRefund",
    example: {
      id: exampleId("ref"),
      purchaseId: exampleId("pur"),
      amount: { amount: 1000, currency: "usd" },
      status: "succeeded",
      reason: "goodwill",
      createdAt: "2026-11-22T16:41:00.000Z",
    },
  });

export function purchaseRoutes({ marketplace }: Pick<ApiServices, "marketplace">): Route[] {
  const { orders, refunds } = marketplace;

  return [
    route({
      method: "get",
      path: "/marketplace/purchases/:id",
      summary: "Show one of my purchases",
      credentials: "required",
      scope: "marketplace:read",
      params,
      response: purchaseSchema,
      charge: "api_call",
    }).handle(({ principal, params: { id } }) => orders.get({ purchaseId: id, buyerId: principal.subjectId })),

    route({
      method: "post",
      path: "/marketplace/purchases/:id/cancel",
      summary: "Let a subscription end with the period that is paid",
      credentials: "required",
      scope: "marketplace:write",
      params,
      body: z.strictObject({ cancel: z.boolean().default(true).meta({ description: "False takes it back." }) }),
      response: purchaseSchema,
      errors: ["not_a_subscription"],
      idempotent: "in-transaction",
      charge: "api_call",
      example: {
        body: { cancel: true },
        response: {
          price: { amount: 900 },
          commission: { amount: 135 },
          subscription: {
            interval: "month",
            start: "2026-11-22T16:41:00.000Z",
            end: "2026-12-22T16:41:00.000Z",
            cancelAtPeriodEnd: true,
            pastDue: false,
          },
        },
      },
    }).handle(({ principal, params: { id }, body: { cancel }, tx }) =>
      orders.cancel({ purchaseId: id, buyerId: principal.subjectId, cancel }, tx),
    ),

    route({
      method: "post",
      path: "/marketplace/purchases/:id/refund",
      summary: "Give a purchase back its money, or a part of it",
      description:
        "For its publisher, and for admins. When all of it is back, the licence is revoked and the download ends; commission and earnings go back in proportion.",
      credentials: "required",
      scope: "marketplace:write",
      params,
      body: z.strictObject({
        amount: z
          .strictObject({ amount: z.int().min(1), currency: z.string().regex(/^[a-z]{3}$/) })
          .optional()
          .meta({ description: "All that is left when it is not given." }),
        reason: z.string().min(1).max(500).optional(),
      }),
      status: 201,
      response: refundSchema,
      errors: ["not_refundable", "refund_too_large", "refunds_unavailable"],
      idempotent: "resumable",
      charge: "api_call",
      example: { body: { amount: { amount: 1000, currency: "usd" }, reason: "goodwill" } },
    }).handle(({ principal, params: { id: purchaseId }, body, work }) => {
      const isAdmin = principal.role === "admin" && principal.credential.kind === "session";
      const publisherId = isAdmin ? undefined : principal.subjectId;
      const refundId = namedBy(work, "ref");
      return refunds.refund({ ...body, purchaseId, publisherId, requestedBy: principal.userId, refundId });
    }),
  ];
}
