/** A customer's own caps on what is billed beyond the plan. */
import { z } from "zod";
import { type Route, route } from "../routes/route.ts";
import type { ApiServices } from "../services.ts";
import { operationSchema, quantitySchema, spendCapSchema } from "./quota-schemas.ts";

const write = { credentials: "required", scope: "billing:write", idempotent: "in-transaction" } as const;
const errors = ["invalid_spend_cap", "unknown_feature", "feature_not_counted"] as const;

export function spendCapRoutes({ saas: { quotas } }: Pick<ApiServices, "saas">): Route[] {
  return [
    route({
      method: "get",
      path: "/billing/spend-caps",
      summary: "Show my caps on overage",
      credentials: "required",
      scope: "billing:read",
      response: z.object({ data: z.array(spendCapSchema) }),
    }).handle(async ({ principal }) => ({ data: await quotas.spendCaps(principal.subjectId) })),

    route({
      ...write,
      method: "put",
      path: "/billing/spend-caps",
      summary: "Cap my overage, of one feature or of all together",
      description:
        "In units of a feature, or in money. Without `operation` it is all features together, and replaces the plan's own cap; `amount: null` lifts that.",
      body: z.strictObject({
        operation: operationSchema.optional(),
        units: quantitySchema.nullable().optional(),
        amount: z.number().nullable().optional().meta({ description: "In the minor unit of the tier's currency." }),
      }),
      response: spendCapSchema,
      errors,
      example: { body: { amount: 5000 } },
    }).handle(({ principal: { subjectId }, body: { operation, ...body }, tx }) =>
      quotas.setSpendCap({ subjectId, feature: operation, ...body }, tx),
    ),

    route({
      ...write,
      method: "delete",
      path: "/billing/spend-caps",
      summary: "Take a cap away",
      query: z.strictObject({ operation: operationSchema.optional() }),
    }).handle(({ principal: { subjectId }, query: { operation }, tx }) =>
      quotas.removeSpendCap({ subjectId, feature: operation }, tx),
    ),
  ];
}
