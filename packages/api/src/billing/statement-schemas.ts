/** Statements and billing cycles, as clients see them. */
import { z } from "zod";
import { exampleId, exampleTime } from "../schemas/examples.ts";
import { moneySchema, timeSchema } from "../schemas/schemas.ts";

const decimalSchema = z.string().meta({ description: "An exact decimal.", example: "0.25" });

const termMembers = {
  label: z.string(),
  quantity: decimalSchema,
  unitAmount: decimalSchema,
  flatAmount: decimalSchema,
  amount: decimalSchema,
};

const stepSchema = z
  .object({
    ...termMembers,
    share: z
      .object({ seconds: z.int(), of: z.int() })
      .nullable()
      .meta({ description: "A part of the period; the product is then multiplied by it and rounded half up." }),
    terms: z.array(z.object(termMembers)).meta({
      description:
        "What `unitAmount` is the sum of, where several steps of a price come to it for a whole period. Most have none.",
    }),
  })
  .meta({
    id: "StatementStep",
    description: "`quantity × unitAmount + flatAmount = amount`, in minor units, exact.",
  });

const lineMembers = {
  id: z.string(),
  kind: z.enum(["base", "add_on", "usage", "discount", "minimum", "adjustment"]),
  description: z.string(),
  feature: z.string().nullable(),
  quantity: decimalSchema.nullable().meta({ description: "What was used, in the feature's unit." }),
  charged: decimalSchema.nullable().meta({
    description:
      "What the price is applied to: beyond what is included and what credits paid for. null where no quantity by itself comes to the amount, as of a standing count's price for a part of its period.",
  }),
  amount: moneySchema.meta({ description: "The sum of the steps, rounded half up once." }),
  arithmetic: z.array(stepSchema),
  events: z
    .object({ feature: z.string(), periodStart: timeSchema.nullable(), firstEntry: z.int(), lastEntry: z.int() })
    .nullable()
    .meta({ description: "The events behind the quantity: those that the ledger counted with these entries." }),
};

const ownLineSchema = z.object(lineMembers);

const lineSchema = z
  .object({
    ...lineMembers,
    restates: z
      .object({ cycleId: z.string(), before: moneySchema, after: moneySchema, lines: z.array(ownLineSchema) })
      .nullable()
      .meta({ description: "Of an adjustment: the earlier cycle, rated anew with what arrived after it was closed." }),
  })
  .meta({ id: "StatementLine" });

const statementExample = {
  currency: "usd",
  lines: [
    {
      id: "base",
      kind: "base",
      description: "Pro, a month",
      feature: null,
      quantity: null,
      amount: { amount: 2900, currency: "usd" },
      arithmetic: [
        {
          label: "Pro",
          quantity: "1",
          unitAmount: "2900",
          flatAmount: "0",
          share: { seconds: 2592000, of: 2592000 },
          amount: "2900",
          terms: [],
        },
      ],
      events: null,
      charged: null,
      restates: null,
    },
    {
      id: "usage:api_call",
      kind: "usage",
      description: "API calls",
      feature: "api_call",
      quantity: "27",
      amount: { amount: 0, currency: "usd" },
      arithmetic: [],
      events: { feature: "api_call", periodStart: exampleTime, firstEntry: 1, lastEntry: 6 },
      charged: null,
      restates: null,
    },
  ],
  total: { amount: 2900, currency: "usd" },
};

const statementSchema = z.object({ currency: z.string(), lines: z.array(lineSchema), total: moneySchema }).meta({
  id: "Statement",
  example: statementExample,
});

const stateSchema = z.enum(["active", "paid", "past_due"]);

const cycleMembers = {
  id: z.string(),
  tier: z.string(),
  planVersion: z.string().nullable(),
  start: timeSchema,
  end: timeSchema,
  state: stateSchema,
  closedAt: timeSchema,
};

const cycleExample = {
  id: exampleId("cyc"),
  tier: "free",
  planVersion: "ymALC4GEcVSw",
  start: exampleTime,
  end: exampleTime,
  state: "paid",
  closedAt: "2026-11-22T16:41:00.000Z",
  total: { amount: 0, currency: "usd" },
};
export const cycleSchema = z.object({ ...cycleMembers, total: moneySchema }).meta({
  id: "BillingCycle",
  example: cycleExample,
});

export const cycleDetailsSchema = z.object({ ...cycleMembers, total: moneySchema, statement: statementSchema }).meta({
  id: "BillingCycleDetails",
  example: { ...cycleExample, statement: { currency: "usd", lines: [], total: { amount: 0, currency: "usd" } } },
});

export const previewSchema = z
  .object({
    tier: z.string(),
    state: stateSchema,
    start: timeSchema,
    end: timeSchema,
    daysRemaining: z.int(),
    amount: moneySchema.nullable().meta({ description: "The tier's price; null is a custom one." }),
    accrued: moneySchema.meta({ description: "What the cycle comes to so far: the statement's total." }),
    usage: z.array(
      z.object({
        feature: z.string(),
        kind: z.enum(["metered", "allocated"]),
        used: z.number(),
        limit: z.number().nullable(),
        cost: moneySchema.meta({ description: "So far, besides the tier's price." }),
      }),
    ),
    statement: statementSchema.meta({ description: "As closing the cycle now would write it." }),
  })
  .meta({
    id: "BillingPreview",
    example: {
      tier: "pro",
      state: "paid",
      start: exampleTime,
      end: "2026-12-22T16:40:00.000Z",
      daysRemaining: 30,
      amount: { amount: 2900, currency: "usd" },
      accrued: { amount: 2900, currency: "usd" },
      usage: [{ feature: "api_call", kind: "metered", used: 27, limit: 100000, cost: { amount: 0, currency: "usd" } }],
      statement: statementExample,
    },
  });

export const changePreviewInputSchema = z.strictObject({ tier: z.string().min(1).max(100) });

export const changePreviewSchema = z
  .object({
    tier: z.string(),
    kind: z.enum(["upgrade", "downgrade", "none"]),
    effectiveAt: timeSchema.meta({ description: "An upgrade is now, a downgrade at the end of the period." }),
    statement: statementSchema.meta({ description: "To be paid now: the new price less what is left of the old one." }),
  })
  .meta({
    id: "TierChangePreview",
    example: {
      tier: "free",
      kind: "downgrade",
      effectiveAt: "2026-12-22T16:40:00.000Z",
      statement: { currency: "usd", lines: [], total: { amount: 0, currency: "usd" } },
    },
  });

export const whatIfInputSchema = z.strictObject({
  tier: z.string().min(1).max(100),
  cycles: z.int().min(0).max(36).optional().meta({ description: "How many closed cycles; 3 if left out." }),
});

export const whatIfSchema = z
  .object({
    tier: z.string(),
    actual: moneySchema,
    total: moneySchema.meta({ description: "What the same use would have come to in that tier." }),
    cycles: z.array(
      z.object({
        cycleId: z.string().nullable().meta({ description: "Null for the cycle under way." }),
        start: timeSchema,
        end: timeSchema,
        tier: z.string(),
        actual: moneySchema,
        statement: statementSchema,
        overLimit: z
          .array(z.object({ feature: z.string(), used: decimalSchema, limit: decimalSchema }))
          .meta({ description: "Of these, more was used than the tier would have admitted." }),
      }),
    ),
  })
  .meta({
    id: "WhatIf",
    example: {
      tier: "pro",
      actual: { amount: 2900, currency: "usd" },
      total: { amount: 2900, currency: "usd" },
      cycles: [
        {
          cycleId: null,
          start: exampleTime,
          end: "2026-12-22T16:40:00.000Z",
          tier: "pro",
          actual: { amount: 2900, currency: "usd" },
          statement: statementExample,
          overLimit: [],
        },
      ],
    },
  });
