/** What publishers earn, and how they are paid. */
import { z } from "zod";
import { namedBy } from "../idempotency/named-by.ts";
import { type Route, route } from "../routes/route.ts";
import { exampleId } from "../schemas/examples.ts";
import { listSchema, moneySchema, pageQuerySchema, timeInputSchema, timeSchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";

const currency = z.string().regex(/^[a-z]{3}$/, "A currency is its three-letter code in lower case");
const minorUnits = z.int().meta({ description: "Minor units of the currency." });
const entryKinds = ["sale", "refund", "dispute", "dispute_won", "payout", "payout_failed", "payout_reversed"] as const;

const balanceSchema = z
  .object({
    currency: z.string(),
    balance: minorUnits.meta({ description: "What I am owed; negative when more was taken back than earned since." }),
    held: minorUnits.meta({ description: "Of it, what is not yet held long enough to be paid out." }),
    available: minorUnits.meta({ description: "What the next payout may take." }),
    volume: minorUnits.meta({ description: "What buyers paid in all, less what went back." }),
  })
  .meta({
    id: "PublisherBalance",
    example: { currency: "usd", balance: 2295, held: 2295, available: 0, volume: 2700 },
  });

const statementSchema = z
  .object({
    currency: z.string(),
    from: timeSchema,
    to: timeSchema,
    opening: minorUnits,
    lines: z.array(
      z.object({
        kind: z.enum(entryKinds),
        count: z.int(),
        gross: minorUnits,
        commission: minorUnits,
        amount: minorUnits.meta({ description: "`gross` less `commission`, or the payout." }),
      }),
    ),
    closing: minorUnits.meta({ description: "`opening` and the lines' amounts." }),
  })
  .meta({
    id: "PublisherStatement",
    example: {
      currency: "usd",
      from: "2026-11-21T16:41:00.000Z",
      to: "2026-11-23T16:41:00.000Z",
      opening: 0,
      lines: [
        { kind: "refund", count: 1, gross: -1000, commission: -150, amount: -850 },
        { kind: "sale", count: 3, gross: 3700, commission: 555, amount: 3145 },
      ],
      closing: 2295,
    },
  });

const entrySchema = z
  .object({
    number: z.int().meta({ description: "1, 2, 3 … for each currency." }),
    kind: z.enum(entryKinds),
    purchaseId: z.string().nullable(),
    payoutId: z.string().nullable(),
    currency: z.string(),
    gross: minorUnits,
    commission: minorUnits,
    amount: minorUnits,
    balance: minorUnits.meta({ description: "After it." }),
    at: timeSchema,
    availableAt: timeSchema,
  })
  .meta({
    id: "PublisherEntry",
    example: {
      number: 4,
      kind: "refund",
      purchaseId: exampleId("pur"),
      payoutId: null,
      currency: "usd",
      gross: -1000,
      commission: -150,
      amount: -850,
      balance: 2295,
      at: "2026-11-22T16:41:00.000Z",
      availableAt: "2026-12-06T16:41:00.000Z",
    },
  });

export const payoutExample = {
  id: exampleId("po"),
  amount: { amount: 2295, currency: "usd" },
  status: "paid",
  failure: null,
  createdAt: "2026-12-07T16:41:00.000Z",
  settledAt: "2026-12-07T16:41:00.000Z",
};
export const payoutSchema = z
  .object({
    id: z.string(),
    amount: moneySchema,
    status: z.enum(["pending", "paid", "failed"]),
    failure: z.string().nullable(),
    createdAt: timeSchema,
    settledAt: timeSchema.nullable(),
  })
  .meta({ id: "Payout", example: payoutExample });

export function publisherRoutes({ marketplace }: Pick<ApiServices, "marketplace">): Route[] {
  const { sellers, payouts } = marketplace;

  return [
    route({
      method: "get",
      path: "/marketplace/publisher/balances",
      summary: "Show what I am owed",
      credentials: "required",
      scope: "billing:read",
      response: z.object({ data: z.array(balanceSchema) }),
      charge: "api_call",
    }).handle(async ({ principal }) => ({ data: await sellers.balances(principal.subjectId) })),

    route({
      method: "get",
      path: "/marketplace/publisher/statement",
      summary: "Show what changed my balance within a time",
      credentials: "required",
      scope: "billing:read",
      query: z.strictObject({
        currency,
        from: timeInputSchema,
        to: timeInputSchema.meta({ description: "Not included." }),
      }),
      response: statementSchema,
      errors: ["invalid_statement"],
      charge: "api_call",
      example: { query: { currency: "usd", from: "2026-11-01T00:00:00Z", to: "2026-12-01T00:00:00Z" } },
    }).handle(({ principal, query }) => sellers.statement({ publisherId: principal.subjectId, ...query })),

    route({
      method: "get",
      path: "/marketplace/publisher/entries",
      summary: "List every change of my balance",
      credentials: "required",
      scope: "billing:read",
      query: pageQuerySchema.extend({ currency }),
      response: listSchema(entrySchema),
      charge: "api_call",
      example: { query: { currency: "usd" } },
    }).handle(async ({ principal, query: { currency, ...page }, cursors }) => {
      const seller = { publisherId: principal.subjectId, currency };
      return cursors.list(await sellers.entries(seller, cursors.open(page, currency)), currency);
    }),

    route({
      method: "get",
      path: "/marketplace/publisher/payouts",
      summary: "List my payouts",
      credentials: "required",
      scope: "billing:read",
      query: pageQuerySchema,
      response: listSchema(payoutSchema),
      charge: "api_call",
    }).handle(async ({ principal, query, cursors }) =>
      cursors.list(await payouts.list(principal.subjectId, cursors.open(query))),
    ),

    route({
      method: "post",
      path: "/marketplace/publisher/payouts",
      summary: "Pay me what is due now",
      credentials: "required",
      scope: "billing:write",
      body: z.strictObject({ currency }),
      status: 201,
      response: payoutSchema,
      errors: ["payout_account_required", "nothing_to_pay_out", "payouts_unavailable"],
      idempotent: "resumable",
      charge: "api_call",
      example: { body: { currency: "usd" } },
    }).handle(({ principal, body, work }) =>
      payouts.payNow({ publisherId: principal.subjectId, ...body, payoutId: namedBy(work, "po") }),
    ),
  ];
}
