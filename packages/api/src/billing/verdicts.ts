/** Why a use is allowed or not, with all that decided it. */
import { z } from "zod";
import { type Route, route } from "../routes/route.ts";
import { exampleId } from "../schemas/examples.ts";
import { timeSchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import { operationSchema, paramsSchema, quantitySchema, verdictSchema } from "./quota-schemas.ts";

const inputsSchema = z
  .record(z.string(), z.unknown())
  .meta({ description: "Everything that the verdict was made from, in the feature's smallest unit." });

export function verdictRoutes({ saas: { quotas } }: Pick<ApiServices, "saas">): Route[] {
  return [
    route({
      method: "post",
      path: "/billing/usage/explain",
      summary: "Ask whether I may use something, and why",
      description:
        "Counts nothing. `keep: true` stores the verdict with what it was made from, to be replayed by its id.",
      credentials: "required",
      scope: "billing:read",
      organizationRole: "member",
      body: z.strictObject({
        operation: operationSchema,
        quantity: quantitySchema.optional(),
        keep: z.boolean().optional(),
      }),
      response: z.object({ at: timeSchema, verdict: verdictSchema, inputs: inputsSchema }),
      errors: ["subject_not_found", "unknown_feature", "feature_not_counted", "invalid_quantity"],
      example: {
        body: { operation: "api_call", quantity: 10, keep: true },
        response: { inputs: { used: 27, limit: 100000 } },
      },
    }).handle(async ({ principal: { subjectId }, body: { operation, ...body } }) => {
      const { inputs, ...explanation } = await quotas.explain({ subjectId, feature: operation, ...body });
      return { ...explanation, inputs: { ...inputs } };
    }),

    route({
      method: "get",
      path: "/billing/usage/verdicts/:id",
      summary: "Make a kept verdict again, and ask the same question today",
      credentials: "required",
      scope: "billing:read",
      params: paramsSchema,
      response: z.object({
        id: z.string(),
        at: timeSchema,
        kept: verdictSchema,
        replayed: verdictSchema,
        same: z.boolean().meta({ description: "Whether the same inputs give the same verdict." }),
        today: verdictSchema,
        differs: z.array(z.string()).meta({ description: "The members in which today's answer differs." }),
        inputs: inputsSchema,
      }),
      errors: ["subject_not_found", "unknown_feature"],
      example: {
        params: { id: exampleId("vrd") },
        response: { id: exampleId("vrd"), same: true, differs: [], inputs: { used: 27, limit: 100000 } },
      },
    }).handle(async ({ principal: { subjectId }, params: { id } }) => {
      const { inputs, differs, ...replay } = await quotas.replay({ subjectId, id });
      return { ...replay, differs: [...differs], inputs: { ...inputs } };
    }),
  ];
}
