import { invalidRequest } from "../errors.ts";
import { need } from "../scope.ts";
import { createdParameters, page } from "../server/pages.ts";
import { flag, list, text } from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";

export const eventRoutes: readonly Route[] = [
  route({
    method: "get",
    path: "/v1/events",
    parameters: { ...createdParameters, type: text(), types: list(text(), 20), delivery_success: flag() },
    handle({ scope, params }) {
      if (params.type !== undefined && params.types !== undefined)
        throw invalidRequest("You may only specify one of these parameters: type, types.");
      const where = {
        type: params.types ?? params.type,
        ...(params.delivery_success === true ? { pending_webhooks: 0 } : {}),
      };
      return page(scope, "event", params, where, "/v1/events");
    },
  }),
  route({ method: "get", path: "/v1/events/:id", parameters: {}, handle: ({ scope, id }) => need(scope, "event", id) }),
];
