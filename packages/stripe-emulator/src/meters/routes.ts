import { change, need } from "../scope.ts";
import { page, pageOf, pageParameters } from "../server/pages.ts";
import { hash, oneOf, required, strings, text, timestamp } from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";
import { cancelMeterEvent, createMeter, recordMeterEvent, setMeterStatus, summarize } from "./meters.ts";

export const meterRoutes: readonly Route[] = [
  route({
    method: "post",
    path: "/v1/billing/meters",
    parameters: {
      display_name: required(text(250)),
      event_name: required(text(100)),
      default_aggregation: required(hash({ formula: required(oneOf("count", "last", "sum")) })),
      customer_mapping: hash({ event_payload_key: required(text(100)), type: required(oneOf("by_id")) }),
      event_time_window: oneOf("day", "hour"),
      value_settings: hash({ event_payload_key: required(text(100)) }),
    },
    handle: ({ scope, params }) => createMeter(scope, params),
  }),
  route({
    method: "get",
    path: "/v1/billing/meters",
    parameters: { ...pageParameters, status: oneOf("active", "inactive") },
    handle: ({ scope, params }) =>
      page(scope, "billing.meter", params, { status: params.status }, "/v1/billing/meters"),
  }),
  route({
    method: "get",
    path: "/v1/billing/meters/:id",
    parameters: {},
    handle: ({ scope, id }) => need(scope, "billing.meter", id),
  }),
  route({
    method: "post",
    path: "/v1/billing/meters/:id",
    parameters: { display_name: text(250) },
    handle({ scope, params, id }) {
      const meter = need(scope, "billing.meter", id);
      const { display_name = meter.display_name } = params;
      return change(scope, "billing.meter", meter, { display_name, updated: scope.now }, "billing.meter.updated");
    },
  }),
  route({
    method: "post",
    path: "/v1/billing/meters/:id/deactivate",
    parameters: {},
    handle: ({ scope, id }) => setMeterStatus(scope, id, "inactive"),
  }),
  route({
    method: "post",
    path: "/v1/billing/meters/:id/reactivate",
    parameters: {},
    handle: ({ scope, id }) => setMeterStatus(scope, id, "active"),
  }),
  route({
    method: "get",
    path: "/v1/billing/meters/:id/event_summaries",
    parameters: {
      ...pageParameters,
      customer: required(text()),
      start_time: required(timestamp()),
      end_time: required(timestamp()),
      value_grouping_window: oneOf("day", "hour"),
    },
    handle: ({ scope, params, id }) =>
      pageOf(summarize(scope, id, params), params, `/v1/billing/meters/${id}/event_summaries`),
  }),
  route({
    method: "post",
    path: "/v1/billing/meter_events",
    parameters: {
      event_name: required(text(100)),
      payload: required(strings()),
      identifier: text(100),
      timestamp: timestamp(),
    },
    handle: ({ scope, params }) => recordMeterEvent(scope, params),
  }),
  route({
    method: "post",
    path: "/v1/billing/meter_event_adjustments",
    parameters: {
      event_name: required(text(100)),
      type: required(oneOf("cancel")),
      cancel: hash({ identifier: text(100) }),
    },
    handle: ({ scope, params }) => cancelMeterEvent(scope, params),
  }),
];
