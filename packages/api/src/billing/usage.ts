/** What was used, and saying so. */
import type { JsonObject } from "@revops/core";
import type { FeatureUsage, UsageEvent } from "@revops/saas";
import { type Route, route } from "../routes/route.ts";
import type { ApiServices } from "../services.ts";
import { type UsageEventInput, usageInputSchema, usageReportSchema, usageResultSchema } from "./schemas.ts";

/** A thousand events with room for metadata. */
const bodyLimit = 1_000_000;

export function usageRoutes({ saas }: Pick<ApiServices, "saas">): Route[] {
  return [
    route({
      method: "get",
      path: "/billing/usage",
      summary: "Show what I used in this period",
      credentials: "required",
      scope: "billing:read",
      response: usageReportSchema,
      errors: ["subject_not_found"],
    }).handle(async ({ principal }) => {
      const { features, ...report } = await saas.usage.report(principal.subjectId);
      return { ...report, features: features.map(shownUse) };
    }),

    route({
      method: "post",
      path: "/billing/usage",
      summary: "Record usage: one event, or up to a thousand",
      description:
        "An answer means that the events are durable. Of a batch, each event has its own result; a single one that is refused is a problem.",
      credentials: "required",
      scope: "usage:write",
      body: usageInputSchema,
      bodyLimit,
      response: usageResultSchema,
      errors: [
        "quota_exceeded",
        "usage_below_zero",
        "usage_out_of_range",
        "usage_not_stored",
        "subject_not_found",
        "unknown_feature",
        "feature_not_counted",
        "invalid_quantity",
        "invalid_event_id",
        "invalid_metadata",
        "invalid_time",
        "event_in_future",
        "event_too_old",
      ],
      idempotent: "in-transaction",
      example: {
        body: {
          events: [
            { id: "import-7", operation: "api_call", quantity: 20 },
            { id: "import-7", operation: "api_call", quantity: 20 },
          ],
        },
      },
    }).handle(async ({ principal: { subjectId }, body, tx }) => {
      if ("events" in body) return saas.meters.recordMany(subjectId, body.events.map(eventOf), tx);
      const { duplicate } = await saas.meters.record({ ...eventOf(body), subjectId }, tx);
      return { accepted: duplicate ? 0 : 1, duplicates: duplicate ? 1 : 0, rejected: [] };
    }),
  ];
}

function eventOf({ operation, metadata, ...event }: UsageEventInput): UsageEvent {
  // It was read from JSON; a schema that says so refers to itself, which generated clients do not take.
  return { ...event, feature: operation, ...(metadata === undefined ? {} : { metadata: metadata as JsonObject }) };
}

/** What most subjects have nothing of is left out, so that their answers are as they were. */
function shownUse({ credits, overage, held, ...use }: FeatureUsage) {
  return { ...use, ...(credits > 0 && { credits }), ...(overage > 0 && { overage }), ...(held > 0 && { held }) };
}
