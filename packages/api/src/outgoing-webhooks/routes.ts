/** Customers' endpoints: where they want to be told of what happens. */
import { z } from "zod";
import { type Route, route } from "../routes/route.ts";
import { idOf, listSchema, pageQuerySchema } from "../schemas/schemas.ts";
import { webhookEventTypes } from "./event-types.ts";
import type { OutgoingWebhooks } from "./outgoing-webhooks.ts";
import {
  deliveryDetailsSchema,
  deliverySchema,
  endpointChangeSchema,
  endpointInputSchema,
  endpointSchema,
  newEndpointSchema,
} from "./schemas.ts";

/** A week: an old secret that signs for longer was not rotated. */
const maxOverlapSeconds = 604_800;

export function webhookEndpointRoutes({ endpoints, deliveries }: OutgoingWebhooks): Route[] {
  const params = z.object({ id: idOf("whe") });
  const deliveryParams = z.object({ id: idOf("whe"), deliveryId: idOf("whd") });
  const access = { credentials: "required", scope: "webhooks:manage" } as const;
  const whose = ({ subjectId }: { subjectId: string }, { id }: { id: string }) => ({ subjectId, endpointId: id });

  return [
    route({
      ...access,
      method: "post",
      path: "/webhooks/endpoints",
      summary: "Have an address told of what happens",
      description:
        "Messages are signed as Standard Webhooks says, arrive in order, and are tried again for a day. The `secret` that verifies them is in this answer and nowhere else.",
      body: endpointInputSchema(webhookEventTypes),
      status: 201,
      response: newEndpointSchema,
      errors: ["invalid_webhook_url", "too_many_webhook_endpoints"],
      idempotent: "in-transaction",
      example: {
        body: {
          url: "https://hooks.example.com/revops",
          description: "Our books",
          events: ["invoice.paid", "subscription.changed"],
        },
      },
    }).handle(({ principal: { subjectId }, body, tx }) => endpoints.create({ ...body, subjectId }, tx)),

    route({
      ...access,
      method: "get",
      path: "/webhooks/endpoints",
      summary: "List my webhook endpoints, newest first",
      query: pageQuerySchema,
      response: listSchema(endpointSchema),
    }).handle(async ({ principal, query, cursors }) =>
      cursors.list(await endpoints.list(principal.subjectId, cursors.open(query))),
    ),

    route({
      ...access,
      method: "get",
      path: "/webhooks/endpoints/:id",
      summary: "Show a webhook endpoint",
      params,
      response: endpointSchema,
    }).handle(({ principal, params }) => endpoints.get(whose(principal, params))),

    route({
      ...access,
      method: "patch",
      path: "/webhooks/endpoints/:id",
      summary: "Change a webhook endpoint, or turn it off or on",
      params,
      body: endpointChangeSchema(webhookEventTypes),
      response: endpointSchema,
      errors: ["invalid_webhook_url"],
      example: { body: { events: ["*"] }, response: { events: ["*"] } },
    }).handle(({ principal, params, body }) => endpoints.change(whose(principal, params), body)),

    route({
      ...access,
      method: "delete",
      path: "/webhooks/endpoints/:id",
      summary: "Remove a webhook endpoint and its log",
      params,
    }).handle(({ principal, params }) => endpoints.remove(whose(principal, params))),

    route({
      ...access,
      method: "post",
      path: "/webhooks/endpoints/:id/rotate",
      summary: "Replace the signing secret of a webhook endpoint",
      description: "Messages are signed with both secrets until `overlapSeconds` are over (a day if left out).",
      params,
      body: z.strictObject({ overlapSeconds: z.int().min(0).max(maxOverlapSeconds).optional() }),
      response: newEndpointSchema,
      idempotent: "in-transaction",
      example: { body: { overlapSeconds: 3600 }, response: { events: ["*"] } },
    }).handle(({ principal, params, body, tx }) => endpoints.rotateSecret(whose(principal, params), body, tx)),

    route({
      ...access,
      method: "post",
      path: "/webhooks/endpoints/:id/test",
      summary: "Send a `ping` to a webhook endpoint",
      params,
      status: 201,
      response: deliverySchema,
      errors: ["webhook_endpoint_disabled"],
    }).handle(({ principal, params }) => endpoints.test(whose(principal, params))),

    route({
      ...access,
      method: "get",
      path: "/webhooks/endpoints/:id/deliveries",
      summary: "List what a webhook endpoint was sent, newest first",
      params,
      query: pageQuerySchema.extend({ state: z.enum(["pending", "delivered", "failed"]).optional() }),
      response: listSchema(deliverySchema),
    }).handle(async ({ principal, params, query: { state, ...query }, cursors }) => {
      const filter = [params.id, state ?? null];
      const page = await deliveries.list(whose(principal, params), { ...cursors.open(query, filter), state });
      return cursors.list(page, filter);
    }),

    route({
      ...access,
      method: "get",
      path: "/webhooks/endpoints/:id/deliveries/:deliveryId",
      summary: "Show a message with every try to deliver it",
      params: deliveryParams,
      response: deliveryDetailsSchema,
    }).handle(({ principal, params }) => deliveries.get(whose(principal, params), params.deliveryId)),

    route({
      ...access,
      method: "post",
      path: "/webhooks/endpoints/:id/deliveries/:deliveryId/resend",
      summary: "Send a message once more",
      params: deliveryParams,
      status: 202,
      response: deliverySchema,
    }).handle(({ principal, params }) => deliveries.resend(whose(principal, params), params.deliveryId)),
  ];
}
