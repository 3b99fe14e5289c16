/** Reviews of buyers. */
import { z } from "zod";
import { type Route, route } from "../routes/route.ts";
import { exampleId } from "../schemas/examples.ts";
import { idOf, listSchema, pageQuerySchema, timeSchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";

const params = z.object({ id: idOf("pkg").meta({ description: "The package's id or slug." }) });
const rating = z.int().min(1).max(5);
const text = z.string().max(5_000).nullable();

export const reviewExample = {
  id: exampleId("rev"),
  packageId: exampleId("pkg"),
  rating: 5,
  text: "Does what it says.",
  createdAt: "2026-11-22T16:41:00.000Z",
  updatedAt: "2026-11-22T16:41:00.000Z",
};

export const reviewSchema = z
  .object({
    id: z.string(),
    packageId: z.string(),
    rating: z.int(),
    text: z.string().nullable(),
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({
    id: "Review",
    example: reviewExample,
  });

export function reviewRoutes({ marketplace: { reviews } }: Pick<ApiServices, "marketplace">): Route[] {
  return [
    route({
      method: "get",
      path: "/marketplace/packages/:id/reviews",
      summary: "List the reviews of a package",
      credentials: "optional",
      scope: "marketplace:read",
      params,
      query: pageQuerySchema,
      response: listSchema(reviewSchema),
      charge: "api_call",
      example: {
        response: { data: [{ ...reviewExample, rating: 4 }] },
      },
    }).handle(async ({ params: { id }, query, cursors }) =>
      cursors.list(await reviews.list(id, cursors.open(query, id)), id),
    ),

    route({
      method: "post",
      path: "/marketplace/packages/:id/reviews",
      summary: "Review a package that I bought",
      description: "Each buyer has one.",
      credentials: "required",
      scope: "marketplace:write",
      params,
      body: z.strictObject({ rating, text: text.optional() }),
      status: 201,
      response: reviewSchema,
      errors: ["purchase_required", "already_reviewed", "invalid_review"],
      charge: "api_call",
      example: { body: { rating: 5, text: "Does what it says." } },
    }).handle(({ principal: { subjectId }, params: { id }, body }) =>
      reviews.create({ subjectId, listingId: id, ...body }),
    ),

    route({
      method: "patch",
      path: "/marketplace/packages/:id/reviews/mine",
      summary: "Change my review",
      credentials: "required",
      scope: "marketplace:write",
      params,
      body: z.strictObject({ rating: rating.optional(), text: text.optional() }),
      response: reviewSchema,
      errors: ["purchase_required", "invalid_review"],
      charge: "api_call",
      example: { body: { rating: 4 }, response: { rating: 4 } },
    }).handle(({ principal: { subjectId }, params: { id }, body }) =>
      reviews.update({ subjectId, listingId: id, ...body }),
    ),

    route({
      method: "delete",
      path: "/marketplace/packages/:id/reviews/mine",
      summary: "Take my review away",
      credentials: "required",
      scope: "marketplace:write",
      params,
      charge: "api_call",
    }).handle(({ principal: { subjectId }, params: { id } }) => reviews.delete({ subjectId, listingId: id })),
  ];
}
