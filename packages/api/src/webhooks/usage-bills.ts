/** What Stripe was told to charge for closed billing cycles, and whether it did, for admins. */
import { z } from "zod";
import { stripeAway } from "../problems/stripe-away.ts";
import { type Route, route } from "../routes/route.ts";
import { exampleId, exampleTime } from "../schemas/examples.ts";
import { idSchema, listSchema, moneySchema, pageQuerySchema, timeSchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";

const stateSchema = z.enum(["sending", "waiting", "matched", "differs", "unbilled"]);
const billMembers = {
  cycleId: z.string(),
  subjectId: z.string(),
  tier: z.string(),
  periodStart: timeSchema,
  periodEnd: timeSchema,
  total: moneySchema.meta({ description: "Of the statement, the tier's own price included." }),
  state: stateSchema.meta({
    description:
      "`sending`: Stripe has not been told everything. `waiting`: an invoice can still change. `matched`: charged to the cent. " +
      "`differs`: see the lines. `unbilled`: not charged, see the reason.",
  }),
  reason: z
    .enum(["no_payment_method", "sold_by_hand"])
    .nullable()
    .meta({
      description:
        "Why a cycle without a subscription is `unbilled`. `no_payment_method`: charged as soon as there is one. `sold_by_hand`: it has " +
        "the price of a tier that nobody bought at Stripe, so it is charged when you say so.",
    }),
  stripeInvoiceId: z.string().nullable(),
  createdAt: timeSchema,
  checkedAt: timeSchema.nullable(),
};
const usd = (amount: number) => ({ amount, currency: "usd" });
const billExample = {
  cycleId: exampleId("cyc"),
  subjectId: exampleId("usr"),
  tier: "pro",
  periodStart: exampleTime,
  periodEnd: "2026-12-22T16:40:00.000Z",
  total: usd(2900),
  state: "matched",
  reason: null,
  stripeInvoiceId: null,
  createdAt: "2026-12-22T16:41:00.000Z",
  checkedAt: "2026-12-22T16:41:00.000Z",
};
export const usageBillSchema = z.object(billMembers).meta({ id: "UsageBill", example: billExample });
const lineSchema = z
  .object({
    id: z.string(),
    kind: z.string(),
    description: z.string(),
    feature: z.string().nullable(),
    channel: z.enum(["subscription", "meter", "item", "invoice", "nothing"]).nullable(),
    quantity: z.string().nullable().meta({ description: "What went to the meter." }),
    amount: moneySchema.meta({ description: "By our rating." }),
    stripeAmount: moneySchema.nullable().meta({ description: "On Stripe's invoices; null while they can change." }),
    difference: z.int().nullable().meta({ description: "Stripe's less ours, in minor units." }),
  })
  .meta({
    id: "UsageBillLine",
    example: {
      id: "base",
      kind: "base",
      description: "Pro, a month",
      feature: null,
      channel: "subscription",
      quantity: null,
      amount: usd(2900),
      stripeAmount: usd(2900),
      difference: 0,
    },
  });
const billWithLinesSchema = z.object({ ...billMembers, lines: z.array(lineSchema) });
const ofCycle = { params: { id: billExample.cycleId }, response: billExample };

const admin = { credentials: "session", role: "admin" } as const;

export function usageBillRoutes({ payments: { usage } }: Pick<ApiServices, "payments">): Route[] {
  return [
    route({
      ...admin,
      method: "get",
      path: "/admin/usage-bills",
      summary: "List what Stripe charges for closed billing cycles, newest first",
      query: pageQuerySchema.extend({ state: stateSchema.optional() }),
      response: listSchema(usageBillSchema),
    }).handle(async ({ query, cursors }) => {
      const { state } = query;
      const filter = { state: state ?? null };
      return cursors.list(await usage.list({ ...cursors.open(query, filter), state }), filter);
    }),

    route({
      ...admin,
      method: "get",
      path: "/admin/usage-bills/:id",
      summary: "Show what Stripe charges for a closed cycle, line by line beside our rating",
      params: z.object({ id: idSchema }),
      response: billWithLinesSchema,
      errors: ["usage_bill_not_found"],
      example: ofCycle,
    }).handle(({ params }) => usage.get(params.id)),

    route({
      ...admin,
      method: "post",
      path: "/admin/usage-bills/:id/charge",
      summary: "Charge a closed cycle that is unbilled, on an invoice of its own",
      params: z.object({ id: idSchema }),
      response: billWithLinesSchema,
      errors: ["usage_bill_not_found"],
      idempotent: "in-transaction",
      example: ofCycle,
    }).handle(({ params, tx }) => usage.charge(params.id, tx)),

    route({
      ...admin,
      method: "post",
      path: "/admin/usage-bills/:id/reconcile",
      summary: "Compare a closed cycle with Stripe now",
      params: z.object({ id: idSchema }),
      response: billWithLinesSchema,
      errors: ["usage_bill_not_found", ...stripeAway],
      example: ofCycle,
    }).handle(({ params }) => usage.reconcile(params.id)),
  ];
}
