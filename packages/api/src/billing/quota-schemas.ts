/** The shapes of quotas beyond a limit: credits, reservations, caps, verdicts. */
import { z } from "zod";
import { exampleId, exampleTime } from "../schemas/examples.ts";
import { timeSchema } from "../schemas/schemas.ts";

export const operationSchema = z
  .string()
  .max(200)
  .meta({ description: "The feature that is used.", example: "api_call" });
export const quantitySchema = z
  .union([z.number(), z.string().max(50)])
  .meta({ description: "In the feature's unit. A string keeps decimals that a number would not." });
/** The caller's own name, which its package checks. */
export const nameSchema = z
  .string()
  .max(1_000)
  .meta({ description: "Your name for it: once, for ever. Visible ASCII, ≤ 255." });
/** What saas takes as a name of the customer's own: any other cannot be there, so it is 404. */
export const paramsSchema = z.object({ id: z.string().regex(/^[\x21-\x7e]{1,255}$/) });

export const creditExample = {
  id: "welcome",
  account: { pool: null, feature: "api_call" },
  source: "manual",
  amount: 500,
  remaining: 500,
  priority: 100,
  effectiveAt: "2026-12-07T16:41:00.000Z",
  expiresAt: null,
  state: "active",
};

export const creditSchema = z
  .object({
    id: z.string(),
    account: z
      .object({ pool: z.string().nullable(), feature: z.string().nullable() })
      .meta({ description: "A pool that features draw from, or one feature's own units." }),
    source: z.enum(["manual", "plan", "rollover"]),
    amount: z.number(),
    remaining: z.number(),
    priority: z.int().meta({ description: "The lower one is drawn first." }),
    effectiveAt: timeSchema,
    expiresAt: timeSchema.nullable(),
    state: z.enum(["pending", "active", "used", "expired", "void"]),
  })
  .meta({
    id: "Credit",
    example: creditExample,
  });

export const creditBalancesSchema = z.object({
  data: z.array(
    z.object({
      account: creditSchema.shape.account,
      remaining: z.number(),
      credits: z.array(creditSchema).meta({ description: "In the order in which they are drawn." }),
    }),
  ),
});

export const creditEntrySchema = z.object({
  entry: z.int(),
  kind: z.enum(["grant", "draw", "return", "expiry", "rollover", "void"]),
  quantity: z.number(),
  at: timeSchema,
});

export const verdictSchema = z
  .object({
    id: z.string().nullable().meta({ description: "Of a verdict that was kept." }),
    allowed: z.boolean(),
    duplicate: z.boolean(),
    reason: z.string(),
    feature: z.string(),
    tier: z.string(),
    planVersion: z.string(),
    limit: z.number().nullable(),
    limitFrom: z.object({ kind: z.string(), id: z.string().nullable() }),
    used: z.number(),
    remaining: z.number().nullable(),
    credits: z.number(),
    overage: z.number(),
    drawn: z.object({ included: z.number(), credits: z.number(), overage: z.number() }).nullable(),
    resetsAt: timeSchema.nullable(),
    cap: z
      .union([
        z.object({ kind: z.enum(["hour", "day"]), limit: z.number(), used: z.number(), resetsAt: timeSchema }),
        z.object({ kind: z.literal("spend"), of: z.enum(["units", "feature_amount", "total_amount"]) }),
      ])
      .nullable(),
    wouldPass: z
      .object({ tier: z.string().nullable(), at: timeSchema.nullable(), quantity: z.number() })
      .nullable()
      .meta({ description: "What would turn a refusal into a yes." }),
  })
  .meta({
    id: "Verdict",
    example: {
      id: exampleId("vrd"),
      allowed: true,
      duplicate: false,
      reason: "within_limit",
      feature: "api_call",
      tier: "pro",
      planVersion: "ymALC4GEcVSw",
      limit: 100000,
      limitFrom: { kind: "plan", id: "pro" },
      used: 27,
      remaining: 99973,
      credits: 0,
      overage: 0,
      drawn: { included: 10, credits: 0, overage: 0 },
      resetsAt: "2026-12-22T16:40:00.000Z",
      cap: null,
      wouldPass: null,
    },
  });

export const reservationSchema = z
  .object({
    id: z.string(),
    feature: z.string(),
    quantity: z.number(),
    state: z.enum(["held", "committed", "released", "expired"]),
    committed: z.number().nullable().meta({ description: "What the commit counted." }),
    reservedAt: timeSchema,
    expiresAt: timeSchema,
    endedAt: timeSchema.nullable(),
  })
  .meta({
    id: "Reservation",
    example: {
      id: "render-42",
      feature: "api_call",
      quantity: 10,
      state: "held",
      committed: null,
      reservedAt: exampleTime,
      expiresAt: "2026-11-22T16:50:00.000Z",
      endedAt: null,
    },
  });

export const spendCapSchema = z
  .object({
    feature: z.string().nullable().meta({ description: "Null is all features together." }),
    units: z.number().nullable(),
    amount: z.int().nullable().meta({ description: "In the minor unit of the tier's currency." }),
  })
  .meta({ id: "SpendCap", example: { feature: null, units: null, amount: 5000 } });
