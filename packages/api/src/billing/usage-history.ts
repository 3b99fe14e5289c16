/** How use went over time, and the events behind it. */
import { z } from "zod";
import { type Route, route } from "../routes/route.ts";
import { exampleTime } from "../schemas/examples.ts";
import { listSchema, pageQuerySchema, timeInputSchema, timeSchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";

const featureSchema = z
  .string()
  .min(1)
  .max(200)
  .meta({ description: "A feature that is counted.", example: "api_call" });
const entrySchema = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, "A whole number from 1")
  .transform(Number)
  .optional();

const historySchema = z
  .object({
    data: z.array(
      z.object({
        at: timeSchema.meta({ description: "Where the hour or day starts." }),
        quantity: z.number().meta({ description: "How the use changed in it, by when things happened." }),
      }),
    ),
  })
  .meta({ id: "UsageHistory", example: { data: [{ at: "2026-11-22T00:00:00.000Z", quantity: 20 }] } });

const listedEventSchema = z
  .object({
    key: z.string().meta({ description: "The same for ever; not your id, of which only a hash is kept." }),
    events: z.int().meta({ description: "1; for use without an id, how many calls were counted at once." }),
    feature: z.string(),
    periodStart: timeSchema.nullable(),
    entry: z.int().meta({ description: "The ledger entry that counted it." }),
    quantity: z.string().meta({ description: "A decimal; 0 once it is void." }),
    counts: z.boolean(),
    voided: z.boolean(),
    occurredAt: timeSchema,
    recordedAt: timeSchema,
    metadata: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({
    id: "ListedUsageEvent",
    example: {
      key: "9f86d081884c7d659a2feaa0c55ad015",
      events: 1,
      feature: "api_call",
      periodStart: exampleTime,
      entry: 2,
      quantity: "20",
      counts: true,
      voided: false,
      occurredAt: exampleTime,
      recordedAt: exampleTime,
      metadata: null,
    },
  });

export function usageHistoryRoutes({ saas }: Pick<ApiServices, "saas">): Route[] {
  return [
    route({
      method: "get",
      path: "/billing/usage/history",
      summary: "Show how my use went, by the hour or by the day",
      description:
        "Every hour or day from `from` (moved back to its start) to `to` (excluded), those without use with 0; at most 1,000. Left out: the last 30 days, with `interval=hour` the last two.",
      credentials: "required",
      scope: "billing:read",
      query: z.strictObject({
        feature: featureSchema,
        from: timeInputSchema.optional(),
        to: timeInputSchema.optional(),
        interval: z.enum(["hour", "day"]).default("day"),
        timeZone: z.string().max(100).optional().meta({
          description: "Whose days; UTC if left out. Days of another zone are given for at most 100 days.",
          example: "Europe/Berlin",
        }),
      }),
      response: historySchema,
      errors: ["subject_not_found", "unknown_feature", "feature_not_counted", "invalid_range", "unknown_time_zone"],
      example: {
        query: { feature: "api_call", interval: "day", from: "2026-11-22T00:00:00Z", to: "2026-11-23T00:00:00Z" },
      },
    }).handle(async ({ principal: { subjectId }, query }) => ({
      data: await saas.usage.history({ ...query, subjectId }),
    })),

    route({
      method: "get",
      path: "/billing/usage/events",
      summary: "List the events behind my use, so that I can count them again",
      credentials: "required",
      scope: "billing:read",
      query: pageQuerySchema.extend({
        feature: featureSchema.optional(),
        periodStart: timeInputSchema.optional(),
        firstEntry: entrySchema,
        lastEntry: entrySchema,
      }),
      response: listSchema(listedEventSchema),
      errors: ["unknown_feature", "feature_not_counted"],
      example: { query: { feature: "api_call", limit: 1 } },
    }).handle(async ({ principal: { subjectId }, query: { limit, cursor, ...filter }, cursors }) => {
      const page = await saas.usage.events({ ...cursors.open({ limit, cursor }, filter), ...filter, subjectId });
      return cursors.list(page, filter);
    }),
  ];
}
