/** What customers' endpoints are sent, as the document's `webhooks`. */
import { z } from "zod";
import type { ZodOpenApiOperationObject } from "zod-openapi";
import { webhookMessages } from "../outgoing-webhooks/event-types.ts";
import { exampleId } from "../schemas/examples.ts";
import { timeSchema } from "../schemas/schemas.ts";
import { capital } from "./documented.ts";

const header = z.object({
  "webhook-id": z.string().meta({ description: "The message's id, the same at every try.", example: exampleId("msg") }),
  "webhook-timestamp": z.string().meta({ description: "Seconds since 1970, of this try.", example: "1795365600" }),
  "webhook-signature": z.string().meta({
    description: "`v1,` and a signature by Standard Webhooks; two with a space between while a secret is replaced.",
    example: "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
  }),
});

/** One for each type of event. */
export function webhooksOf(): Record<string, { post: ZodOpenApiOperationObject }> {
  return Object.fromEntries(
    Object.entries(webhookMessages).map(([type, { summary, schema }]) => [
      type,
      { post: operationOf(type, summary, schema) },
    ]),
  );
}

function operationOf(type: string, summary: string, schema: z.ZodType): ZodOpenApiOperationObject {
  const message = z.object({
    id: z.string().meta({ example: exampleId("msg") }),
    type: z.literal(type),
    sequence: z.int().meta({ description: "Counts up by one for each of your messages.", example: 1 }),
    createdAt: timeSchema,
    data: schema,
  });
  return {
    operationId: `on${type.split(/[._]/).map(capital).join("")}`,
    tags: ["webhooks"],
    summary,
    security: [],
    requestParams: { header },
    requestBody: { required: true, content: { "application/json": { schema: message } } },
    responses: {
      "2XX": { description: "Received. Anything else, and no answer within 15 seconds, is tried again." },
    },
  };
}
