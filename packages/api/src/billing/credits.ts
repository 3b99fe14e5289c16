/** Credits: what is left of them, and giving them. */
import { maxSubjectIdLength } from "@revops/saas";
import { z } from "zod";
import { type Route, route } from "../routes/route.ts";
import { exampleId } from "../schemas/examples.ts";
import { listSchema, pageQuerySchema, timeInputSchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import {
  creditBalancesSchema,
  creditEntrySchema,
  creditExample,
  creditSchema,
  nameSchema,
  paramsSchema,
  quantitySchema,
} from "./quota-schemas.ts";

const read = { credentials: "required", scope: "billing:read", method: "get" } as const;
const admin = { credentials: "session", role: "admin", method: "post" } as const;
const subjectSchema = z.string().min(1).max(maxSubjectIdLength).meta({ description: "The user or organization." });

export function creditRoutes({ saas: { credits } }: Pick<ApiServices, "saas">): Route[] {
  return [
    route({
      ...read,
      path: "/billing/credits",
      summary: "Show my credits, in the order in which they are drawn",
      response: creditBalancesSchema,
      errors: ["subject_not_found"],
      example: {
        response: {
          data: [
            {
              account: { pool: null, feature: "api_call" },
              remaining: 500,
              credits: [creditExample],
            },
          ],
        },
      },
    }).handle(async ({ principal }) => ({ data: await credits.balances(principal.subjectId) })),

    route({
      ...read,
      path: "/billing/credits/:id/entries",
      summary: "List what happened to a credit, oldest first",
      description: "What is left of it is the sum of the quantities.",
      params: paramsSchema,
      query: pageQuerySchema,
      response: listSchema(creditEntrySchema),
      example: {
        params: { id: "welcome" },
        response: { data: [{ entry: 1, kind: "grant", quantity: 500, at: "2026-12-07T16:41:00.000Z" }] },
      },
    }).handle(async ({ principal: { subjectId }, params: { id }, query, cursors }) =>
      cursors.list(await credits.entries({ subjectId, id, ...cursors.open(query, id) }), id),
    ),

    route({
      ...admin,
      path: "/admin/credits",
      summary: "Give a subject credits",
      description: "Of a pool or of one feature. The same `id` again changes nothing.",
      body: z.strictObject({
        subjectId: subjectSchema,
        id: nameSchema,
        pool: z.string().max(200).optional(),
        feature: z.string().max(200).optional(),
        amount: quantitySchema,
        priority: z.int().optional().meta({ description: "0 to 1,000,000, the lower one first; 100 if left out." }),
        effectiveAt: timeInputSchema.optional(),
        expiresAt: timeInputSchema.optional(),
        rollover: z
          .strictObject({ cap: quantitySchema.nullable(), days: z.int() })
          .optional()
          .meta({ description: "At its end, up to `cap` (null: all) lasts for `days` more." }),
      }),
      status: 201,
      response: creditSchema,
      errors: ["invalid_credit", "invalid_event_id", "subject_not_found", "unknown_feature", "feature_not_counted"],
      idempotent: "in-transaction",
      example: { body: { subjectId: exampleId("usr"), id: "welcome", feature: "api_call", amount: 500 } },
    }).handle(({ body, tx }) => credits.grant(body, tx)),

    route({
      ...admin,
      path: "/admin/credits/void",
      summary: "Take back what is left of a credit",
      body: z.strictObject({ subjectId: subjectSchema, id: nameSchema }),
      response: creditSchema,
      errors: ["credit_not_found"],
      idempotent: "in-transaction",
      example: { body: { subjectId: exampleId("usr"), id: "welcome" }, response: { remaining: 0, state: "void" } },
    }).handle(({ body, tx }) => credits.void(body, tx)),
  ];
}
