import { z } from "zod";

/** What every problem has; `code` is narrowed by each answer. Further members are named in the description of a code. */
export const problemSchema = z
  .looseObject({
    type: z.string().meta({ example: "urn:revops:problem:not_found" }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string().meta({ description: "The stable name to program against." }),
    requestId: z.string(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: "What is wrong with the request, for `validation_failed`." }),
    feature: z.string().optional(),
    limit: z.number().nullable().optional(),
    used: z.number().optional(),
    resetsAt: z.iso.datetime().nullable().optional(),
    declineCode: z.string().nullable().optional().meta({ description: "The bank's reason, for `card_declined`." }),
  })
  .meta({ id: "Problem", description: "Problem details, RFC 9457." });
