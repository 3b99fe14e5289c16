/** The shapes of billing, as clients see them. */
import { z } from "zod";
import { exampleId, exampleTime } from "../schemas/examples.ts";
import { moneySchema, timeInputSchema, timeSchema } from "../schemas/schemas.ts";

export const usageReportSchema = z
  .object({
    tier: z.string(),
    cycle: z.object({ start: timeSchema, end: timeSchema, daysRemaining: z.int() }),
    features: z.array(
      z.object({
        feature: z.string(),
        kind: z.enum(["metered", "allocated"]),
        used: z.number(),
        limit: z.number().nullable().meta({ description: "Null is unlimited." }),
        remaining: z.number().nullable(),
        percent: z.number().nullable(),
        nearLimit: z.boolean().meta({ description: "From 80 % of the limit on, unless the plan says otherwise." }),
        resetsAt: timeSchema.nullable().meta({ description: "Null for standing counts, which do not start again." }),
        credits: z
          .number()
          .optional()
          .meta({ description: "Of the limit, what credits still pay for; left out for 0." }),
        overage: z.number().optional().meta({ description: "Of `used`, what is beyond the limit; left out for 0." }),
        held: z.number().optional().meta({ description: "Of `used`, what is only reserved; left out for 0." }),
      }),
    ),
  })
  .meta({
    id: "UsageReport",
    example: {
      tier: "free",
      cycle: { start: exampleTime, end: "2026-12-22T16:40:00.000Z", daysRemaining: 30 },
      features: [
        {
          feature: "api_call",
          kind: "metered",
          used: 0,
          limit: 1000,
          remaining: 1000,
          percent: 0,
          nearLimit: false,
          resetsAt: "2026-12-22T16:40:00.000Z",
        },
      ],
    },
  });

const usageEventSchema = z
  .strictObject({
    id: z
      .string()
      .max(1_000)
      .meta({ description: "Your name for the event: counts once, for ever. Visible ASCII, ≤ 255." }),
    operation: z.string().max(200).meta({ description: "The feature that was used.", example: "api_call" }),
    quantity: z
      .union([z.number(), z.string().max(50)])
      .optional()
      .meta({ description: "1 if left out. A string keeps decimals that a number would not." }),
    occurredAt: timeInputSchema.optional().meta({ description: "Now if left out; at most 35 days ago." }),
    metadata: z.record(z.string(), z.unknown()).optional().meta({ description: "At most 4,096 bytes of JSON." }),
  })
  .meta({ id: "UsageEvent" });

export const usageInputSchema = z.union([
  usageEventSchema,
  z.strictObject({ events: z.array(usageEventSchema).min(1).max(1_000) }),
]);
export type UsageEventInput = z.output<typeof usageEventSchema>;

export const usageResultSchema = z
  .object({
    accepted: z.int(),
    duplicates: z.int(),
    rejected: z.array(z.object({ id: z.string(), code: z.string(), detail: z.string() })),
  })
  .meta({ id: "UsageResult", example: { accepted: 1, duplicates: 1, rejected: [] } });

const invoiceMembers = {
  id: z.string(),
  number: z.string().nullable(),
  status: z.enum(["draft", "open", "paid", "void", "uncollectible"]),
  amountDue: moneySchema,
  amountPaid: moneySchema,
  periodStart: timeSchema,
  periodEnd: timeSchema,
  dueDate: timeSchema.nullable(),
  paidAt: timeSchema.nullable(),
  overdue: z.boolean(),
  hostedUrl: z.string().nullable(),
};

const invoiceExample = {
  id: exampleId("inv"),
  number: "7K2QX9TB-0001",
  status: "paid",
  amountDue: { amount: 2900, currency: "usd" },
  amountPaid: { amount: 2900, currency: "usd" },
  periodStart: exampleTime,
  periodEnd: "2026-12-22T16:40:00.000Z",
  dueDate: null,
  paidAt: exampleTime,
  overdue: false,
  hostedUrl: "https://invoice.stripe.com/i/acct_1Q0PsIJvEtkwdCNY/test_YWNjdF8x",
};
export const invoiceSchema = z.object(invoiceMembers).meta({
  id: "Invoice",
  example: invoiceExample,
});
export const invoiceDetailsSchema = z
  .object({
    ...invoiceMembers,
    lines: z.array(
      z.object({
        id: z.string(),
        description: z.string(),
        amount: moneySchema,
        quantity: z.number().nullable(),
        periodStart: timeSchema,
        periodEnd: timeSchema,
        proration: z.boolean(),
      }),
    ),
  })
  .meta({
    id: "InvoiceDetails",
    example: {
      ...invoiceExample,
      lines: [
        {
          id: "il_1Q0PsIJvEtkwdCNYMSaVuRz6",
          description: "1 × Pro (per month)",
          amount: { amount: 2900, currency: "usd" },
          quantity: 1,
          periodStart: exampleTime,
          periodEnd: "2026-12-22T16:40:00.000Z",
          proration: false,
        },
      ],
    },
  });

const previewSchema = z.object({
  tier: z.string(),
  kind: z.enum(["start", "upgrade", "downgrade", "cancel", "none"]),
  effectiveAt: timeSchema,
  amountDue: moneySchema.meta({ description: "Charged now." }),
  lines: z.array(z.object({ description: z.string(), amount: moneySchema, proration: z.boolean() })),
});

export const subscriptionStatusSchema = z.enum([
  "incomplete",
  "incomplete_expired",
  "trialing",
  "active",
  "past_due",
  "unpaid",
  "paused",
  "canceled",
]);

export const subscriptionSchema = z
  .object({
    tier: z.string(),
    status: subscriptionStatusSchema,
    currentPeriodStart: timeSchema,
    currentPeriodEnd: timeSchema,
    cancelAtPeriodEnd: z.boolean(),
    pendingTier: z.string().nullable().meta({ description: "The lower tier that begins at `currentPeriodEnd`." }),
    price: moneySchema.nullable().meta({ description: "Amount 0 is free; null is a price agreed with sales." }),
    preview: previewSchema.optional().meta({ description: "Only for `preview: true`: what the change would do." }),
  })
  .meta({
    id: "Subscription",
    example: {
      tier: "free",
      status: "active",
      currentPeriodStart: exampleTime,
      currentPeriodEnd: "2026-12-22T16:40:00.000Z",
      cancelAtPeriodEnd: false,
      pendingTier: null,
      price: { amount: 0, currency: "usd" },
    },
  });

export const paymentMethodSchema = z
  .object({
    id: z.string(),
    brand: z.string().nullable(),
    last4: z.string().nullable(),
    expMonth: z.int().nullable(),
    expYear: z.int().nullable(),
    isDefault: z.boolean(),
  })
  .meta({
    id: "PaymentMethod",
    example: {
      id: "pm_1Q0PsIJvEtkwdCNYMSaVuRz6",
      brand: "visa",
      last4: "4242",
      expMonth: 11,
      expYear: 2027,
      isDefault: true,
    },
  });

export const pricingSchema = z
  .object({
    tiers: z.array(
      z.object({
        tier: z.string(),
        name: z.string(),
        price: moneySchema.nullable().meta({ description: "Null: ask sales." }),
        interval: z.enum(["month", "year"]),
        limits: z.record(z.string(), z.number().nullable()).meta({ description: "By feature; null is unlimited." }),
        features: z.array(z.string()).meta({ description: "What the tier has besides." }),
        sla: z.string().nullable(),
      }),
    ),
  })
  .meta({
    id: "Pricing",
    example: {
      tiers: [
        {
          tier: "free",
          name: "Free",
          price: { amount: 0, currency: "usd" },
          interval: "month",
          limits: { api_call: 1000, template_install: 5, storage: 100 },
          features: [],
          sla: null,
        },
        {
          tier: "pro",
          name: "Pro",
          price: { amount: 2900, currency: "usd" },
          interval: "month",
          limits: { api_call: 100000, template_install: 50, storage: 10000 },
          features: ["custom_ontologies"],
          sla: "99.5%",
        },
        {
          tier: "enterprise",
          name: "Enterprise",
          price: null,
          interval: "month",
          limits: { api_call: null, template_install: null, storage: null },
          features: ["custom_ontologies", "priority_support"],
          sla: "99.99%",
        },
      ],
    },
  });
