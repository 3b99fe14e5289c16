/** Billing cycles: what this one comes to so far, what earlier ones came to, and what they would have come to. */
import type { ClosedCycle } from "@revops/saas";
import { z } from "zod";
import { type Route, route } from "../routes/route.ts";
import { idOf, listSchema, pageQuerySchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import {
  changePreviewInputSchema,
  changePreviewSchema,
  cycleDetailsSchema,
  cycleSchema,
  previewSchema,
  whatIfInputSchema,
  whatIfSchema,
} from "./statement-schemas.ts";

export function cycleRoutes({ saas }: Pick<ApiServices, "saas">): Route[] {
  return [
    route({
      method: "get",
      path: "/billing/preview",
      summary: "Show what this billing cycle comes to so far",
      description:
        "With every line's arithmetic and the events behind it, by the same rules and words as closing the cycle now would write.",
      credentials: "required",
      scope: "billing:read",
      response: previewSchema,
      errors: ["subject_not_found"],
    }).handle(({ principal }) => saas.billing.cycle(principal.subjectId)),

    route({
      method: "post",
      path: "/billing/preview",
      summary: "Show what a change to another tier would cost by my statements",
      description:
        "By the price list and the cycle under way, with nothing changed. Whoever pays through Stripe sees what Stripe would charge with `preview` of `PUT /billing/subscription`.",
      credentials: "required",
      scope: "billing:read",
      body: changePreviewInputSchema,
      response: changePreviewSchema,
      errors: ["unknown_tier", "subject_not_found"],
      example: { body: { tier: "free" } },
    }).handle(({ principal: { subjectId }, body }) => saas.cycles.previewChange({ subjectId, ...body })),

    route({
      method: "get",
      path: "/billing/cycles",
      summary: "List my closed billing cycles, newest first",
      credentials: "required",
      scope: "billing:read",
      query: pageQuerySchema,
      response: listSchema(cycleSchema),
    }).handle(async ({ principal, query, cursors }) => {
      const { data, next } = await saas.cycles.list(principal.subjectId, cursors.open(query));
      return cursors.list({ data: data.map(withTotal), next });
    }),

    route({
      method: "get",
      path: "/billing/cycles/:id",
      summary: "Show a closed billing cycle with its statement",
      description: "A statement stands as it was closed; what arrives later is an adjustment of the next one.",
      credentials: "required",
      scope: "billing:read",
      params: z.object({ id: idOf("cyc") }),
      response: cycleDetailsSchema,
    }).handle(async ({ principal: { subjectId }, params }) =>
      withTotal(await saas.cycles.get({ subjectId, cycleId: params.id })),
    ),

    route({
      method: "post",
      path: "/billing/what-if",
      summary: "Price what I really used under another tier",
      credentials: "required",
      scope: "billing:read",
      body: whatIfInputSchema,
      response: whatIfSchema,
      errors: ["unknown_tier", "subject_not_found"],
      example: { body: { tier: "pro", cycles: 0 } },
    }).handle(({ principal: { subjectId }, body }) => saas.cycles.whatIf({ subjectId, ...body })),
  ];
}

function withTotal(cycle: ClosedCycle) {
  return { ...cycle, total: cycle.statement.total };
}
