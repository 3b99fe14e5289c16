/** What only admins do: moderation, and what concerns the whole marketplace. */
import type { Principal } from "@revops/auth";
import { listingStatuses, moderationActions } from "@revops/marketplace";
import { z } from "zod";
import { apiErrors } from "../problems/errors.ts";
import { type Route, route } from "../routes/route.ts";
import { idSchema, listSchema, pageQuerySchema, timeSchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import { licenseSchema, packageSchema } from "./schemas.ts";

const params = z.object({ id: idSchema });
const reason = z.string().min(1).max(1_000).meta({ description: "For the publisher." });
const needed = z.strictObject({ reason });

export function marketplaceAdminRoutes({ marketplace }: Pick<ApiServices, "marketplace">): Route[] {
  const { moderation, licenses, payouts } = marketplace;

  return [
    route({
      method: "get",
      path: "/admin/marketplace/packages",
      summary: "List packages that wait for a review",
      credentials: "session",
      query: pageQuerySchema.extend({ status: z.enum(listingStatuses).default("in_review") }),
      response: listSchema(packageSchema),
      errors: ["forbidden"],
    }).handle(async ({ principal, query: { status, ...page }, cursors }) => {
      assertAdmin(principal);
      return cursors.list(await moderation.list(status, cursors.open(page, status)), status);
    }),

    route({
      method: "get",
      path: "/admin/marketplace/packages/:id/history",
      summary: "Show what was decided about a package",
      credentials: "session",
      params,
      response: z.object({ data: z.array(moderationEntrySchema) }),
      errors: ["forbidden"],
    }).handle(async ({ principal, params: { id } }) => {
      assertAdmin(principal);
      return { data: await moderation.history(id) };
    }),

    route({
      method: "post",
      path: "/admin/marketplace/packages/:id/approve",
      summary: "Put a package that waits on sale",
      credentials: "session",
      params,
      body: z.strictObject({ reason: reason.optional() }),
      response: packageSchema,
      errors: ["forbidden", "not_in_review"],
    }).handle(({ principal, params: { id: listingId }, body }) =>
      moderation.approve({ ...body, listingId, moderatorId: assertAdmin(principal) }),
    ),

    route({
      method: "post",
      path: "/admin/marketplace/packages/:id/reject",
      summary: "Send a package that waits back to its publisher",
      credentials: "session",
      params,
      body: needed,
      response: packageSchema,
      errors: ["forbidden", "not_in_review", "reason_required"],
    }).handle(({ principal, params: { id: listingId }, body }) =>
      moderation.reject({ ...body, listingId, moderatorId: assertAdmin(principal) }),
    ),

    route({
      method: "post",
      path: "/admin/marketplace/packages/:id/suspend",
      summary: "Take a package away, from its buyers too",
      credentials: "session",
      params,
      body: needed,
      response: packageSchema,
      errors: ["forbidden", "listing_suspended", "reason_required"],
    }).handle(({ principal, params: { id: listingId }, body }) =>
      moderation.suspend({ ...body, listingId, moderatorId: assertAdmin(principal) }),
    ),

    route({
      method: "post",
      path: "/admin/marketplace/packages/:id/reinstate",
      summary: "Put a suspended package on sale again",
      credentials: "session",
      params,
      body: z.strictObject({ reason: reason.optional() }),
      response: packageSchema,
      errors: ["forbidden", "not_suspended"],
    }).handle(({ principal, params: { id: listingId }, body }) =>
      moderation.reinstate({ ...body, listingId, moderatorId: assertAdmin(principal) }),
    ),

    route({
      method: "post",
      path: "/admin/marketplace/licenses/:id/revoke",
      summary: "End a licence for good",
      credentials: "session",
      params,
      body: needed,
      response: licenseSchema,
      errors: ["forbidden"],
    }).handle(({ principal, params: { id: licenseId }, body }) => {
      assertAdmin(principal);
      return licenses.revoke({ licenseId, ...body });
    }),

    route({
      method: "post",
      path: "/admin/marketplace/payouts",
      summary: "Pay all publishers what is due",
      credentials: "session",
      response: z.object({ made: z.int(), paid: z.int(), failed: z.int() }),
      errors: ["forbidden"],
      idempotent: true,
    }).handle(async ({ principal }) => {
      assertAdmin(principal);
      return payouts.run();
    }),

    route({
      method: "post",
      path: "/admin/marketplace/license-keys",
      summary: "Sign licences with a new key from now on",
      description: "Licences of the key before stay good.",
      credentials: "session",
      status: 201,
      response: z.object({ kid: z.string() }),
      errors: ["forbidden"],
      idempotent: true,
    }).handle(async ({ principal }) => {
      assertAdmin(principal);
      return { kid: await licenses.signingKeys.rotate() };
    }),

    route({
      method: "delete",
      path: "/admin/marketplace/license-keys/:id",
      summary: "Take back a key that has leaked",
      description: "What it signed is no longer believed by those who fetch the keys again.",
      credentials: "session",
      params,
      errors: ["forbidden"],
    }).handle(async ({ principal, params: { id } }) => {
      assertAdmin(principal);
      await licenses.signingKeys.revoke(id);
    }),
  ];
}

const moderationEntrySchema = z
  .object({
    id: z.string(),
    packageId: z.string(),
    action: z.enum(moderationActions),
    reason: z.string().nullable(),
    moderatorId: z.string().nullable().meta({ description: "Null: the publisher's own act." }),
    at: timeSchema,
  })
  .meta({ id: "ModerationEntry" });

/** Answers with whose act it is. @throws `forbidden` */
function assertAdmin({ role, userId }: Principal): string {
  if (role !== "admin") throw apiErrors.forbidden({ detail: "Only an admin may do this." });
  return userId;
}
