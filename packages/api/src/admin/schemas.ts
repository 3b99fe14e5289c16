/** What an admin agrees upon with one subject. */
import { z } from "zod";
import { subscriptionStatusSchema } from "../billing/schemas.ts";
import { exampleId } from "../schemas/examples.ts";
import { moneySchema, timeInputSchema, timeSchema } from "../schemas/schemas.ts";

const amountSchema = z.int().min(0).meta({ description: "In minor units." });
const priceSchema = z.strictObject({ amount: z.int().min(0), currency: z.string().regex(/^[a-z]{3}$/) }).nullable();
const decimalInputSchema = z.union([z.number(), z.string().max(50)]);
const byFeature = <Value extends z.ZodType>(value: Value) => z.record(z.string().max(64), value);

const stepSchema = z.strictObject({
  upTo: decimalInputSchema.nullable(),
  unitAmount: decimalInputSchema.optional(),
  flatAmount: amountSchema.optional(),
});

const chargeSchema = z
  .discriminatedUnion("model", [
    z.strictObject({ model: z.literal("flat"), amount: amountSchema }),
    z.strictObject({ model: z.literal("per_unit"), unitAmount: decimalInputSchema }),
    z.strictObject({
      model: z.literal("per_seat"),
      unitAmount: decimalInputSchema,
      basis: z.enum(["prorated", "peak"]).optional(),
    }),
    z.strictObject({ model: z.literal("graduated"), tiers: z.array(stepSchema).min(1).max(100) }),
    z.strictObject({ model: z.literal("volume"), tiers: z.array(stepSchema).min(1).max(100) }),
    z.strictObject({
      model: z.literal("package"),
      size: decimalInputSchema,
      amount: amountSchema,
      rounding: z.enum(["up", "down"]).optional(),
    }),
  ])
  .meta({ id: "Charge" });

const ruleSchema = z.strictObject({
  limit: z.enum(["hard", "soft"]).optional(),
  per: z.strictObject({ hour: z.number().optional(), day: z.number().optional() }).optional(),
  included: decimalInputSchema.optional(),
  charge: chargeSchema.optional(),
  thresholds: z.array(z.int()).max(20).optional(),
});

const limitsSchema = byFeature(z.number().nullable()).meta({ description: "By feature; null is unlimited." });

export const tierInputSchema = z.strictObject({ tier: z.string().min(1).max(64) });

export const customTierInputSchema = z
  .strictObject({
    id: z.string().min(1).max(64),
    level: z.int().meta({ description: "Its rank among the tiers of the plans; not one of theirs." }),
    name: z.string().min(1).max(200),
    price: priceSchema,
    interval: z.enum(["month", "year"]),
    limits: limitsSchema,
    flags: byFeature(z.boolean()),
    values: byFeature(z.union([z.string().max(200), z.number(), z.null()])),
    rules: byFeature(ruleSchema).optional(),
    currency: z
      .string()
      .regex(/^[a-z]{3}$/)
      .optional(),
    minimumSpend: amountSchema.optional(),
    spendCap: amountSchema.optional(),
    graceDays: z.int().optional(),
  })
  .meta({ id: "CustomTier" });

export const trialInputSchema = z.strictObject({ tier: z.string().min(1).max(64), days: z.int().optional() });

export const overridesInputSchema = z
  .strictObject({
    price: priceSchema.optional(),
    limits: limitsSchema.optional(),
    flags: byFeature(z.boolean()).optional(),
    values: byFeature(z.union([z.string().max(200), z.number(), z.null()])).optional(),
    rules: byFeature(ruleSchema).optional(),
    minimumSpend: amountSchema.optional(),
  })
  .meta({ id: "Overrides" });

export const addOnInputSchema = z.strictObject({ quantity: z.int().min(0) });

export const grantInputSchema = z.strictObject({
  feature: z.string().min(1).max(64),
  quantity: z.number(),
  expiresAt: timeInputSchema.optional(),
});

export const discountInputSchema = z.strictObject({
  name: z.string().min(1).max(200),
  percent: decimalInputSchema.optional(),
  amount: amountSchema.optional().meta({ description: "Minor units, for each cycle." }),
  duration: z.union([z.enum(["once", "forever"]), z.int().min(1)]).meta({ description: "Or a number of cycles." }),
});

const discountExample = {
  id: "early-bird",
  name: "Early bird",
  percent: "20",
  amount: null,
  cycles: 3,
  applied: 0,
  createdAt: "2026-12-07T16:41:00.000Z",
  endedAt: null,
};

export const discountSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    percent: z.string().nullable(),
    amount: z.int().nullable(),
    cycles: z.int().nullable().meta({ description: "How many it is for; null is forever." }),
    applied: z.int(),
    createdAt: timeSchema,
    endedAt: timeSchema.nullable(),
  })
  .meta({
    id: "Discount",
    example: discountExample,
  });

const entitlementExample = {
  subjectId: exampleId("usr"),
  tier: "pro",
  name: "Pro",
  status: "trialing",
  since: "2026-12-07T16:41:00.000Z",
  period: { start: "2026-12-07T16:41:00.000Z", end: "2027-01-06T16:41:00.000Z" },
  planVersion: "ymALC4GEcVSw",
  pinned: false,
  price: { amount: 2900, currency: "usd" },
  limits: { api_call: 100000, template_install: 50, storage: 10000 },
  flags: { custom_ontologies: true, priority_support: false },
  scheduled: { at: "2026-12-21T16:41:00.000Z", tier: "free", reason: "trial_end" },
  addOns: [],
  grants: [],
};

export const entitlementSchema = z
  .object({
    subjectId: z.string(),
    tier: z.string(),
    name: z.string(),
    status: subscriptionStatusSchema,
    since: timeSchema,
    period: z.object({ start: timeSchema, end: timeSchema }),
    planVersion: z.string().nullable(),
    pinned: z.boolean().meta({ description: "Given by hand: Stripe's word replaces it only by a higher tier." }),
    price: moneySchema.nullable(),
    limits: limitsSchema,
    flags: byFeature(z.boolean()),
    scheduled: z
      .object({ at: timeSchema, tier: z.string(), reason: z.enum(["trial_end", "grace_end", "downgrade"]) })
      .nullable(),
    addOns: z.array(z.object({ id: z.string(), name: z.string(), price: moneySchema, quantity: z.int() })),
    grants: z.array(
      z.object({ id: z.string(), feature: z.string(), quantity: z.number(), expiresAt: z.string().nullable() }),
    ),
  })
  .meta({
    id: "Entitlement",
    example: entitlementExample,
  });

export const entitlementDetailsSchema = z
  .object({
    entitlement: entitlementSchema,
    discounts: z.array(discountSchema),
    history: z
      .array(
        z.object({
          tier: z.string(),
          status: subscriptionStatusSchema,
          since: timeSchema,
          planVersion: z.string().nullable(),
        }),
      )
      .meta({ description: "Newest first." }),
  })
  .meta({
    id: "EntitlementDetails",
    example: {
      entitlement: {
        ...entitlementExample,
        limits: { ...entitlementExample.limits, api_call: 101000 },
        grants: [{ id: "launch", feature: "api_call", quantity: 1000, expiresAt: null }],
      },
      discounts: [discountExample],
      history: [{ tier: "pro", status: "trialing", since: "2026-12-07T16:41:00.000Z", planVersion: "ymALC4GEcVSw" }],
    },
  });

export const planVersionSchema = z.object({ version: z.string(), createdAt: timeSchema, current: z.boolean() });

export const planDiffSchema = z
  .object({
    from: z.string(),
    to: z.string(),
    changes: z.array(
      z.object({
        path: z.string(),
        from: z.unknown().optional(),
        to: z.unknown().optional(),
        effect: z.enum(["better", "worse", "neutral"]),
      }),
    ),
  })
  .meta({ id: "PlanDiff", example: { from: "ymALC4GEcVSw", to: "ymALC4GEcVSw", changes: [] } });
