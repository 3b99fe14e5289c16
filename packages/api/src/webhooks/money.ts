/** Whether our copies and our books are right, for admins. */
import { z } from "zod";
import { stripeAway } from "../problems/stripe-away.ts";
import { type Route, route } from "../routes/route.ts";
import { exampleId } from "../schemas/examples.ts";
import { listSchema, pageQuerySchema, timeInputSchema, timeSchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import { usageBillSchema } from "./usage-bills.ts";

const admin = { credentials: "session", role: "admin" } as const;
const shownSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).nullable();
const trueOnly = z.stringbool({ truthy: ["true"], falsy: ["false"] }).optional();

export function moneyRoutes({ payments }: Pick<ApiServices, "payments">): Route[] {
  return [
    route({
      ...admin,
      method: "post",
      path: "/admin/drift",
      summary: "Compare our copies with Stripe, and repair them if asked to",
      body: z.strictObject({
        since: timeInputSchema.optional().meta({ description: "Only what was created at Stripe since then." }),
        repair: z.boolean().optional(),
      }),
      response: z.object({
        checked: z.int(),
        drifts: z.array(
          z.object({
            kind: z.string(),
            id: z.string(),
            fields: z.array(z.string()),
            ours: shownSchema,
            stripe: shownSchema,
            repaired: z.boolean(),
          }),
        ),
        usage: z
          .array(usageBillSchema)
          .meta({ description: "Closed billing cycles that Stripe has charged otherwise than they were rated." }),
      }),
      errors: stripeAway,
      example: { body: { repair: true }, response: { checked: 12, drifts: [], usage: [] } },
    }).handle(({ body }) => payments.drift(body)),

    route({
      ...admin,
      method: "get",
      path: "/admin/ledger/verify",
      summary: "Prove the books",
      description:
        "Every posting sums to zero, every balance is the sum of its entries; with `stripe=true`, Stripe agrees.",
      query: z.strictObject({ stripe: trueOnly }),
      response: z.object({
        postings: z.int(),
        differences: z.array(
          z.object({
            kind: z.string(),
            subject: z.string(),
            currency: z.string(),
            expected: z.int(),
            actual: z.int(),
          }),
        ),
      }),
      errors: stripeAway,
      example: { query: { stripe: "true" }, response: { postings: 11, differences: [] } },
    }).handle(({ query }) => payments.ledger.verify(query)),

    route({
      ...admin,
      method: "get",
      path: "/admin/ledger/entries",
      summary: "List the entries of an account, newest first",
      query: pageQuerySchema.extend({ account: z.string().min(1).max(200), currency: z.string().length(3).optional() }),
      response: listSchema(
        z
          .object({
            id: z.string(),
            postingId: z.string(),
            kind: z.string(),
            reference: z.string(),
            account: z.string(),
            currency: z.string(),
            amount: z.int().meta({ description: "Minor units; a debit is positive, a credit negative." }),
            at: timeSchema,
          })
          .meta({
            id: "LedgerEntry",
            example: {
              id: exampleId("ent"),
              postingId: "refund:pur_01k8v3x7c5hqz0m4r2b9ntwyde:1000",
              kind: "marketplace.refund",
              reference: exampleId("pur"),
              account: "revenue:commission",
              currency: "usd",
              amount: 150,
              at: "2026-11-22T16:41:00.000Z",
            },
          }),
      ),
      example: { query: { account: "revenue:commission", limit: 1 } },
    }).handle(async ({ query, cursors }) => {
      const { account, currency } = query;
      const filter = { account, currency: currency ?? null };
      const { limit, after: cursor } = cursors.open(query, filter);
      return cursors.list(await payments.ledger.entries({ account, currency, limit, cursor }), filter);
    }),
  ];
}
