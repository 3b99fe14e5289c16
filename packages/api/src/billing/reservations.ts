/** Setting units aside, and using or releasing them. */
import type { JsonObject } from "@revops/core";
import { z } from "zod";
import { assertAllowed } from "../quotas/charge-request.ts";
import { type Route, route } from "../routes/route.ts";
import { exampleTime } from "../schemas/examples.ts";
import { listSchema, pageQuerySchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import { nameSchema, operationSchema, paramsSchema, quantitySchema, reservationSchema } from "./quota-schemas.ts";

const write = { credentials: "required", scope: "usage:write", response: reservationSchema } as const;
const read = { credentials: "required", scope: "billing:read", method: "get" } as const;

export function reservationRoutes({ saas: { quotas } }: Pick<ApiServices, "saas">): Route[] {
  return [
    route({
      ...write,
      method: "post",
      path: "/billing/usage/reservations",
      summary: "Set units aside until I know how many I use",
      description:
        "They count as used until they are committed or released, or until `expiresInSeconds` are over (900 if left out). The same `id` again answers with what was reserved first.",
      body: z.strictObject({
        id: nameSchema,
        operation: operationSchema,
        quantity: quantitySchema.optional(),
        expiresInSeconds: z.number().optional().meta({ description: "1 to 604,800." }),
      }),
      status: 201,
      errors: [
        "quota_exceeded",
        "usage_not_stored",
        "subject_not_found",
        "unknown_feature",
        "feature_not_counted",
        "invalid_quantity",
        "invalid_event_id",
        "invalid_time",
      ],
      idempotent: "in-transaction",
      example: { body: { id: "render-42", operation: "api_call", quantity: 10, expiresInSeconds: 600 } },
    }).handle(async ({ principal: { subjectId }, body: { operation, ...body }, tx }) => {
      const { reservation, verdict } = await quotas.reserve({ subjectId, feature: operation, ...body }, tx);
      assertAllowed(verdict);
      return reservation ?? quotas.reservation({ subjectId, id: body.id }, tx);
    }),

    route({
      ...read,
      path: "/billing/usage/reservations",
      summary: "List my reservations, newest first",
      query: pageQuerySchema,
      response: listSchema(reservationSchema),
    }).handle(async ({ principal, query, cursors }) =>
      cursors.list(await quotas.reservations(principal.subjectId, cursors.open(query))),
    ),

    route({
      ...read,
      path: "/billing/usage/reservations/:id",
      summary: "Show a reservation",
      params: paramsSchema,
      response: reservationSchema,
      example: { params: { id: "render-42" } },
    }).handle(({ principal: { subjectId }, params: { id } }) => quotas.reservation({ subjectId, id })),

    route({
      ...write,
      method: "post",
      path: "/billing/usage/reservations/:id/commit",
      summary: "Count what I used of a reservation, and free the rest",
      description:
        'More than was reserved counts if the rest fits; otherwise nothing changes, unless `beyond` is "count", for what was used anyway. After its end it counts if all of it still fits.',
      params: paramsSchema,
      body: z.strictObject({
        quantity: quantitySchema.optional(),
        beyond: z.enum(["refuse", "count"]).optional(),
        metadata: z.record(z.string(), z.unknown()).optional(),
      }),
      errors: [
        "quota_exceeded",
        "reservation_expired",
        "reservation_released",
        "usage_not_stored",
        "usage_out_of_range",
        "invalid_quantity",
        "invalid_metadata",
      ],
      idempotent: "in-transaction",
      example: {
        params: { id: "render-42" },
        body: { quantity: 7, metadata: { frames: 7 } },
        response: { state: "committed", committed: 7, endedAt: exampleTime },
      },
    }).handle(async ({ principal: { subjectId }, params: { id }, body: { metadata, ...body }, tx }) => {
      // It was read from JSON.
      const input = { subjectId, id, ...body, metadata: metadata as JsonObject | undefined };
      return (await quotas.commit(input, tx)).reservation;
    }),

    route({
      ...write,
      method: "post",
      path: "/billing/usage/reservations/:id/release",
      summary: "Free a reservation",
      params: paramsSchema,
      errors: ["reservation_committed", "usage_not_stored"],
      idempotent: "in-transaction",
      example: { params: { id: "render-43" }, response: { id: "render-43", state: "released", endedAt: exampleTime } },
    }).handle(
      async ({ principal: { subjectId }, params: { id }, tx }) =>
        (await quotas.release({ subjectId, id }, tx)).reservation,
    ),
  ];
}
