import { need } from "../scope.ts";
import { createdParameters, page } from "../server/pages.ts";
import { hash, integer, list, metadata, oneOf, required, text, timestamp, timestampOr } from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";
import { cancelSchedule, createSchedule, releaseSchedule, updateSchedule } from "./schedules.ts";

const phase = hash({
  items: required(list(hash({ price: required(text()), quantity: integer(0, 1_000_000) }), 20)),
  start_date: timestampOr("now"),
  end_date: timestamp(),
  duration: hash({ interval: required(oneOf("day", "week", "month", "year")), interval_count: integer(1, 156) }),
  proration_behavior: oneOf("always_invoice", "create_prorations", "none"),
  metadata: metadata(),
});

export const scheduleRoutes: readonly Route[] = [
  route({
    method: "post",
    path: "/v1/subscription_schedules",
    parameters: { from_subscription: required(text()), metadata: metadata() },
    handle: ({ scope, params }) => createSchedule(scope, params.from_subscription, params.metadata),
  }),
  route({
    method: "get",
    path: "/v1/subscription_schedules",
    parameters: { ...createdParameters, customer: text() },
    handle: ({ scope, params }) =>
      page(scope, "subscription_schedule", params, { customer: params.customer }, "/v1/subscription_schedules"),
  }),
  route({
    method: "get",
    path: "/v1/subscription_schedules/:id",
    parameters: {},
    handle: ({ scope, id }) => need(scope, "subscription_schedule", id),
  }),
  route({
    method: "post",
    path: "/v1/subscription_schedules/:id",
    parameters: {
      phases: list(phase, 10),
      end_behavior: oneOf("cancel", "release"),
      metadata: metadata(),
      proration_behavior: oneOf("always_invoice", "create_prorations", "none"),
    },
    handle: ({ scope, params, id }) => updateSchedule(scope, id, params),
  }),
  route({
    method: "post",
    path: "/v1/subscription_schedules/:id/release",
    parameters: {},
    handle: ({ scope, id }) => releaseSchedule(scope, id),
  }),
  route({
    method: "post",
    path: "/v1/subscription_schedules/:id/cancel",
    parameters: {},
    handle: ({ scope, id }) => cancelSchedule(scope, id),
  }),
];
