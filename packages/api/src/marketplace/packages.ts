/** Finding and buying packages. A request with credentials uses one `api_call`. */
import { z } from "zod";
import { namingMethod } from "../billing/missing-method.ts";
import { namedBy } from "../idempotency/named-by.ts";
import { stripeAway } from "../problems/stripe-away.ts";
import { type Route, route } from "../routes/route.ts";
import { exampleId } from "../schemas/examples.ts";
import { idOf, listSchema, pageQuerySchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import {
  packageDetailsSchema,
  purchaseResultSchema,
  purchaseSchema,
  searchInputSchema,
  searchResultSchema,
  versionExample,
} from "./schemas.ts";

export function packageRoutes({ marketplace }: Pick<ApiServices, "marketplace">): Route[] {
  const params = z.object({ id: idOf("pkg").meta({ description: "The package's id or slug." }) });

  return [
    route({
      method: "post",
      path: "/marketplace/search",
      summary: "Find packages",
      credentials: "optional",
      scope: "marketplace:read",
      body: searchInputSchema,
      response: searchResultSchema,
      errors: ["invalid_search"],
      charge: "api_call",
      example: { body: { query: "csv", kind: "package", maxPrice: 5000, sort: "relevance", limit: 10 } },
    }).handle(async ({ body: { limit, cursor, ...filter }, cursors }) => {
      const { facets, facetsExhaustive, corrected, ...page } = await marketplace.listings.search({
        ...filter,
        ...cursors.open({ limit, cursor }, filter),
      });
      return { ...cursors.list(page, filter), facets, facetsExhaustive, corrected };
    }),

    route({
      method: "get",
      path: "/marketplace/packages/:id",
      summary: "Show a package and its versions",
      credentials: "optional",
      scope: "marketplace:read",
      params,
      response: packageDetailsSchema,
      charge: "api_call",
      example: {
        response: {
          status: "published",
          summary: "Reads and writes CSV, as a stream",
          price: { amount: 1900 },
          latestVersion: "1.0.0",
          versions: [versionExample],
        },
      },
    }).handle(({ params, principal }) => marketplace.listings.get(params.id, { viewerId: principal?.subjectId })),

    route({
      method: "post",
      path: "/marketplace/packages/:id/purchase",
      summary: "Buy a package",
      description:
        "Free packages are bought at once. `requires_action` is finished in the browser with `clientSecret`.",
      credentials: "required",
      scope: "marketplace:write",
      params,
      body: z.strictObject({ paymentMethodId: z.string().min(1).max(200).optional() }),
      status: 201,
      response: purchaseResultSchema,
      errors: [
        "already_purchased",
        "own_package",
        "card_declined",
        "authentication_required",
        "invalid_amount",
        "payment_required",
        "payment_method_not_found",
        "reference_reused",
        ...stripeAway,
      ],
      idempotent: "resumable",
      charge: "api_call",
      example: {
        body: { paymentMethodId: "pm_card_visa" },
        response: { payment: { id: exampleId("pay"), status: "succeeded", clientSecret: null } },
      },
    }).handle(({ principal, params, body, work }) =>
      marketplace.orders
        .purchase({
          ...body,
          purchaseId: namedBy(work, "pur"),
          buyerId: principal.subjectId,
          actorId: principal.userId,
          listingId: params.id,
        })
        .catch(namingMethod(body)),
    ),

    route({
      method: "get",
      path: "/marketplace/purchases",
      summary: "List my purchases",
      credentials: "required",
      scope: "marketplace:read",
      query: pageQuerySchema,
      response: listSchema(purchaseSchema),
      charge: "api_call",
    }).handle(async ({ principal, query, cursors }) =>
      cursors.list(await marketplace.orders.list(principal.subjectId, cursors.open(query))),
    ),
  ];
}
