import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { change, need, type Scope } from "../scope.ts";
import { page, pageParameters } from "../server/pages.ts";
import { required, text, timestamp } from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";

const thirtyDays = 30 * 86_400;

/**
 * Stripe's test clocks: customers attached to one live by its frozen time. Advancing answers at once with `advancing`; the
 * timeline then works through what falls due and reports `test_helpers.test_clock.ready`.
 * Source: https://docs.stripe.com/api/test_clocks
 */
export function testClockRoutes(
  cancelSubscriptions: (scope: Scope, customer: Stripe.Customer) => void,
): readonly Route[] {
  return [
    route({
      method: "post",
      path: "/v1/test_helpers/test_clocks",
      parameters: { frozen_time: required(timestamp()), name: text(300) },
      handle({ scope, params }) {
        const clock = scope.objects.insert("test_helpers.test_clock", {
          id: createIdentifier("clock"),
          object: "test_helpers.test_clock",
          created: scope.now,
          deletes_after: scope.now + thirtyDays,
          frozen_time: params.frozen_time,
          livemode: false,
          name: params.name ?? null,
          status: "ready",
          status_details: {},
        });
        scope.emit("test_helpers.test_clock.created", clock);
        return clock;
      },
    }),
    route({
      method: "get",
      path: "/v1/test_helpers/test_clocks",
      parameters: pageParameters,
      handle: ({ scope, params }) => page(scope, "test_helpers.test_clock", params, {}, "/v1/test_helpers/test_clocks"),
    }),
    route({
      method: "get",
      path: "/v1/test_helpers/test_clocks/:id",
      parameters: {},
      handle: ({ scope, id }) => need(scope, "test_helpers.test_clock", id),
    }),
    route({
      method: "post",
      path: "/v1/test_helpers/test_clocks/:id/advance",
      parameters: { frozen_time: required(timestamp()) },
      handle({ scope, params, id }) {
        const clock = need(scope, "test_helpers.test_clock", id);
        if (clock.status !== "ready")
          throw invalidRequest("This test clock is advancing already. Wait until its status is `ready`.", {
            code: "test_clock_not_ready",
          });
        if (params.frozen_time <= clock.frozen_time)
          throw invalidRequest("The test clock can only be moved forward in time.", { param: "frozen_time" });
        return change(
          scope,
          "test_helpers.test_clock",
          clock,
          { status: "advancing", status_details: { advancing: { target_frozen_time: params.frozen_time } } },
          "test_helpers.test_clock.advancing",
        );
      },
    }),
    route({
      method: "delete",
      path: "/v1/test_helpers/test_clocks/:id",
      parameters: {},
      handle({ scope, id }) {
        const clock = need(scope, "test_helpers.test_clock", id);
        for (const customer of scope.objects.all("customer", { test_clock: id })) {
          cancelSubscriptions(scope, customer);
          scope.objects.bury(customer.id, { id: customer.id, object: "customer", deleted: true });
        }
        scope.objects.remove(id);
        scope.emit("test_helpers.test_clock.deleted", clock);
        return { id, object: "test_helpers.test_clock", deleted: true };
      },
    }),
  ];
}
