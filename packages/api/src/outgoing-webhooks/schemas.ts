/** The shapes of customers' endpoints and of what they are sent. */
import { z } from "zod";
import { payoutExample, payoutSchema } from "../marketplace/publisher.ts";
import { reviewExample, reviewSchema } from "../marketplace/reviews.ts";
import { purchaseExample, purchaseSchema } from "../marketplace/schemas.ts";
import { organizationRoleSchema } from "../organizations/schemas.ts";
import { exampleId, exampleTime } from "../schemas/examples.ts";
import { moneySchema, timeSchema } from "../schemas/schemas.ts";

const usd = (amount: number) => ({ amount, currency: "usd" });
const periodEnd = "2026-12-22T16:40:00.000Z";

export const subscriptionStateSchema = z
  .object({
    tier: z.string(),
    previousTier: z.string().nullable(),
    status: z.string(),
    price: moneySchema,
    currentPeriodStart: timeSchema,
    currentPeriodEnd: timeSchema,
    cancelAtPeriodEnd: z.boolean(),
    pendingTier: z.string().nullable(),
  })
  .meta({
    example: {
      tier: "pro",
      previousTier: "free",
      status: "active",
      price: usd(2900),
      currentPeriodStart: exampleTime,
      currentPeriodEnd: periodEnd,
      cancelAtPeriodEnd: false,
      pendingTier: null,
    },
  });

export const endedSubscriptionSchema = z
  .object({ tier: z.string(), endedAt: timeSchema })
  .meta({ example: { tier: "pro", endedAt: periodEnd } });

export const paymentSchema = z
  .object({
    id: z.string(),
    reference: z.string(),
    amount: moneySchema,
    status: z.string(),
    declineCode: z.string().nullable(),
    amountRefunded: moneySchema,
    createdAt: timeSchema,
  })
  .meta({
    example: {
      id: exampleId("pay"),
      reference: exampleId("pur"),
      amount: usd(2900),
      status: "succeeded",
      declineCode: null,
      amountRefunded: usd(0),
      createdAt: exampleTime,
    },
  });

export const quotaAlertSchema = z
  .object({
    feature: z.string(),
    tier: z.string(),
    threshold: z.number().meta({ description: "Percent of the limit that was crossed." }),
    limit: z.number(),
    used: z.number().meta({ description: "In the feature's unit, with what is reserved." }),
    resetsAt: timeSchema.nullable().meta({ description: "Null for standing counts." }),
    at: timeSchema,
  })
  .meta({
    example: {
      feature: "api_call",
      tier: "pro",
      threshold: 80,
      limit: 100_000,
      used: 80_000,
      resetsAt: periodEnd,
      at: exampleTime,
    },
  });

export const creditAlertSchema = z
  .object({
    account: z
      .object({ pool: z.string().nullable(), feature: z.string().nullable() })
      .meta({ description: "Of a pool, or of one feature." }),
    remaining: z.number().meta({ description: "In the account's unit." }),
    given: z.number().meta({ description: "What those credits were given that are not over or used up." }),
    at: timeSchema,
  })
  .meta({
    example: { account: { pool: null, feature: "api_call" }, remaining: 1_000, given: 5_000, at: exampleTime },
  });

export const tierChangeSchema = z
  .object({ from: z.string(), to: z.string(), at: timeSchema })
  .meta({ example: { from: "free", to: "pro", at: exampleTime } });

export const membershipChangeSchema = z
  .object({ userId: z.string(), role: organizationRoleSchema, at: timeSchema })
  .meta({ example: { userId: exampleId("usr"), role: "member", at: exampleTime } });

export const membershipEndSchema = z
  .object({ userId: z.string(), at: timeSchema })
  .meta({ example: { userId: exampleId("usr"), at: exampleTime } });

export const organizationNameChangeSchema = z
  .object({ name: z.string(), at: timeSchema })
  .meta({ example: { name: "Difference Engines", at: exampleTime } });

/** Without the licence key: it is the buyer's. */
const withoutKey = { ...purchaseExample, licenseKey: null };

export const saleSchema = purchaseSchema
  .extend({ earnings: moneySchema.meta({ description: "What the publisher gets of the price." }) })
  .meta({ example: { ...withoutKey, earnings: usd(1615) } });

export const soldSchema = purchaseSchema.extend({}).meta({ example: withoutKey });

export const refundedSaleSchema = purchaseSchema
  .extend({
    refund: z.object({
      amount: moneySchema.meta({ description: "What went back to the buyer now." }),
      commission: moneySchema.meta({ description: "What the marketplace gave of it." }),
      earnings: moneySchema.meta({ description: "What was taken from my balance for it." }),
      full: z.boolean().meta({ description: "Nothing is left of what the order gave: its licence has ended." }),
    }),
  })
  .meta({
    example: {
      ...withoutKey,
      status: "refunded",
      refunded: usd(1900),
      refund: { amount: usd(1900), commission: usd(285), earnings: usd(1615), full: true },
    },
  });

export const disputedSaleSchema = purchaseSchema
  .extend({
    dispute: z.object({
      id: z.string(),
      status: z.enum(["open", "won", "lost"]),
      amount: moneySchema.meta({ description: "What the buyer's bank asks for." }),
      earnings: moneySchema.meta({
        description:
          "By how much my balance changed now: less than nothing when it is withheld, more when it is given again.",
      }),
    }),
  })
  .meta({
    example: {
      ...withoutKey,
      status: "disputed",
      dispute: { id: exampleId("dp"), status: "open", amount: usd(1900), earnings: usd(-1615) },
    },
  });

export const toldPayoutSchema = payoutSchema.extend({}).meta({ example: payoutExample });
export const reversedPayoutSchema = payoutSchema
  .extend({ reversed: moneySchema.meta({ description: "What came back now; it is owed to me again." }) })
  .meta({ example: { ...payoutExample, reversed: usd(2295) } });

export const listingVerdictSchema = z
  .object({
    packageId: z.string(),
    slug: z.string(),
    name: z.string(),
    status: z.string(),
    reason: z.string().nullable().meta({ description: "Why it was rejected or suspended." }),
    at: timeSchema,
  })
  .meta({
    example: {
      packageId: exampleId("pkg"),
      slug: "tar-stream",
      name: "tar-stream",
      status: "suspended",
      reason: "It carries somebody else's trademark.",
      at: exampleTime,
    },
  });

export const toldReviewSchema = reviewSchema.extend({}).meta({ example: reviewExample });
export const changedReviewSchema = reviewSchema
  .extend({
    previous: z
      .object({ rating: z.int(), text: z.string().nullable() })
      .meta({ description: "What it said before: a publisher who adds ratings up takes this one out." }),
  })
  .meta({
    example: {
      ...reviewExample,
      rating: 4,
      updatedAt: "2026-11-23T09:05:00.000Z",
      previous: { rating: 5, text: reviewExample.text },
    },
  });
export const removedReviewSchema = reviewSchema
  .extend({ removedAt: timeSchema })
  .meta({ example: { ...reviewExample, removedAt: "2026-11-24T09:05:00.000Z" } });

export const pingSchema = z.object({ endpointId: z.string() }).meta({ example: { endpointId: exampleId("whe") } });

const endpointMembers = {
  id: z.string(),
  url: z.string(),
  description: z.string().nullable(),
  events: z.array(z.string()).meta({ description: "`*` is every type." }),
  enabled: z.boolean().meta({ description: "Turned off by itself after five days without a success." }),
  createdAt: timeSchema,
};

const endpointExample = {
  id: exampleId("whe"),
  url: "https://hooks.example.com/revops",
  description: "Our books",
  events: ["invoice.paid", "subscription.changed"],
  enabled: true,
  createdAt: exampleTime,
};
export const endpointSchema = z.object(endpointMembers).meta({
  id: "WebhookEndpoint",
  example: endpointExample,
});
export const newEndpointSchema = z
  .object({
    ...endpointMembers,
    secret: z.string().meta({ description: "Verifies signatures (Standard Webhooks). Only in this answer." }),
  })
  .meta({
    id: "NewWebhookEndpoint",
    example: { ...endpointExample, secret: "whsec_MfKQ9r8GKYqr…" },
  });

const urlSchema = z
  .string()
  .max(2_000)
  .meta({ description: "An https address of the public internet.", example: "https://hooks.example.com/revops" });
const descriptionSchema = z.string().max(500).nullable();
/** @param types the types that there are */
const eventsSchema = (types: readonly string[]) =>
  z
    .array(z.enum(["*", ...types]))
    .min(1)
    .max(types.length + 1);

export const endpointInputSchema = (types: readonly string[]) =>
  z.strictObject({
    url: urlSchema,
    description: descriptionSchema.optional(),
    events: eventsSchema(types).optional().meta({ description: "Every type if left out." }),
  });

export const endpointChangeSchema = (types: readonly string[]) =>
  z.strictObject({
    url: urlSchema.optional(),
    description: descriptionSchema.optional(),
    events: eventsSchema(types).optional(),
    enabled: z.boolean().optional(),
  });

const deliveryMembers = {
  id: z.string(),
  messageId: z.string().meta({ description: "The `webhook-id` header: the same at every try." }),
  type: z.string(),
  sequence: z.int().meta({ description: "Counts up by one for each of your messages." }),
  state: z.enum(["pending", "delivered", "failed"]).meta({ description: "`failed`: given up, can be sent again." }),
  attempts: z.int(),
  nextAttemptAt: timeSchema.nullable(),
  createdAt: timeSchema,
};

const deliveryExample = {
  id: exampleId("whd"),
  messageId: exampleId("msg"),
  type: "ping",
  sequence: 3,
  state: "pending",
  attempts: 0,
  nextAttemptAt: null,
  createdAt: "2026-11-22T16:41:00.000Z",
};
export const deliverySchema = z.object(deliveryMembers).meta({
  id: "WebhookDelivery",
  example: deliveryExample,
});
export const deliveryDetailsSchema = z
  .object({
    ...deliveryMembers,
    payload: z.record(z.string(), z.unknown()),
    log: z.array(
      z.object({
        at: timeSchema,
        status: z.int().nullable().meta({ description: "Null when no answer came." }),
        error: z.string().nullable(),
        durationMs: z.int(),
      }),
    ),
  })
  .meta({
    id: "WebhookDeliveryDetails",
    example: {
      ...deliveryExample,
      payload: {
        id: exampleId("msg"),
        type: "ping",
        sequence: 3,
        createdAt: "2026-11-22T16:41:00.000Z",
        data: { endpointId: exampleId("whe") },
      },
      log: [],
    },
  });
