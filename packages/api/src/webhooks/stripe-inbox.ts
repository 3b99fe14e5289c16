/** What came of Stripe's webhooks, for admins: the inbox, its dead letters, and fetching what never came. */
import { z } from "zod";
import { stripeAway } from "../problems/stripe-away.ts";
import { type Route, route } from "../routes/route.ts";
import { exampleTime } from "../schemas/examples.ts";
import { idSchema, listSchema, pageQuerySchema, timeInputSchema, timeSchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";

const stateSchema = z.enum(["received", "processed", "ignored"]);
const eventMembers = {
  id: z.string(),
  type: z.string(),
  objectId: z.string().nullable(),
  state: stateSchema,
  createdAt: timeSchema,
  receivedAt: timeSchema,
  processedAt: timeSchema.nullable(),
};

const eventExample = {
  id: "evt_1Q0PsIJvEtkwdCNYMSaVuRz6",
  type: "customer.created",
  objectId: "cus_1Q0PsIJvEtkwdCNYMSaVuRz6",
  state: "processed",
  createdAt: exampleTime,
  receivedAt: exampleTime,
  processedAt: exampleTime,
};
const eventSchema = z.object(eventMembers).meta({
  id: "StripeEvent",
  example: eventExample,
});
const letterMembers = { ...eventMembers, attempts: z.int(), lastError: z.string().nullable() };
const letterExample = { ...eventExample, state: "received", attempts: 20, lastError: "Error: away" };
const letterSchema = z.object(letterMembers).meta({ id: "DeadLetter", example: letterExample });
const bodySchema = z.string().meta({
  description:
    "As it was signed; of an event that is processed or ignored, is a week old, or tells of who was erased, only its id, type and time. Stripe has it for 30 days.",
});
const bodyExample = '{"id":"evt_1Q0PsIJvEtkwdCNYMSaVuRz6","object":"event","type":"customer.created"}';

const admin = { credentials: "session", role: "admin" } as const;

export function stripeInboxRoutes({ payments: { webhooks } }: Pick<ApiServices, "payments">): Route[] {
  return [
    route({
      ...admin,
      method: "get",
      path: "/admin/webhooks",
      summary: "Count Stripe's events by what became of them",
      response: z.object({
        received: z.int().meta({ description: "Stored and not processed yet." }),
        processed: z.int(),
        ignored: z.int().meta({ description: "Of types that we have no use for." }),
        dead: z.int().meta({ description: "Tried as often as they may be." }),
        types: z.array(z.object({ type: z.string(), state: stateSchema, count: z.int() })),
      }),
      example: {
        response: {
          received: 0,
          processed: 31,
          ignored: 6,
          dead: 0,
          types: [{ type: "account.updated", state: "processed", count: 2 }],
        },
      },
    }).handle(async () => ({ ...(await webhooks.counts()), types: await webhooks.countsByType() })),

    route({
      ...admin,
      method: "get",
      path: "/admin/webhooks/events",
      summary: "List Stripe's events, newest first",
      query: pageQuerySchema.extend({ type: z.string().max(200).optional(), state: stateSchema.optional() }),
      response: listSchema(eventSchema),
      example: { query: { type: "customer.created", limit: 1 } },
    }).handle(async ({ query, cursors }) => {
      const { type, state } = query;
      const filter = { type: type ?? null, state: state ?? null };
      return cursors.list(await webhooks.list({ ...cursors.open(query, filter), type, state }), filter);
    }),

    route({
      ...admin,
      method: "get",
      path: "/admin/webhooks/events/:id",
      summary: "Show an event with its body",
      params: z.object({ id: idSchema }),
      response: z.object({ ...eventMembers, body: bodySchema }),
      example: {
        params: { id: eventExample.id },
        response: { ...eventExample, body: bodyExample },
      },
    }).handle(({ params }) => webhooks.get(params.id)),

    route({
      ...admin,
      method: "get",
      path: "/admin/webhooks/dead",
      summary: "List the events that could not be processed, newest first",
      query: pageQuerySchema,
      response: listSchema(letterSchema),
    }).handle(async ({ query, cursors }) => cursors.list(await webhooks.dead.list(cursors.open(query)))),

    route({
      ...admin,
      method: "get",
      path: "/admin/webhooks/dead/:id",
      summary: "Show an event that could not be processed, and why",
      params: z.object({ id: idSchema }),
      response: z.object({ ...letterMembers, body: bodySchema }),
      example: {
        params: { id: eventExample.id },
        response: { ...letterExample, body: bodyExample },
      },
    }).handle(({ params }) => webhooks.dead.get(params.id)),

    route({
      ...admin,
      method: "post",
      path: "/admin/webhooks/dead/:id/replay",
      summary: "Try a dead event again",
      params: z.object({ id: idSchema }),
      example: { params: { id: eventExample.id } },
    }).handle(({ params }) => webhooks.dead.replay(params.id)),

    route({
      ...admin,
      method: "post",
      path: "/admin/webhooks/replay",
      summary: "Try all dead events again",
      response: z.object({ replayed: z.int() }),
      example: { response: { replayed: 0 } },
    }).handle(async () => ({ replayed: await webhooks.dead.replayAll() })),

    route({
      ...admin,
      method: "post",
      path: "/admin/webhooks/backfill",
      summary: "Fetch the events that no delivery brought",
      description: "From Stripe's list, which goes back 30 days. By itself at every start and every hour.",
      body: z.strictObject({ since: timeInputSchema.optional() }),
      response: z.object({ seen: z.int(), added: z.int() }),
      errors: stripeAway,
      example: { body: { since: "2026-11-21T00:00:00Z" }, response: { seen: 1, added: 0 } },
    }).handle(({ body }) => webhooks.backfill(body.since)),
  ];
}
