/** What only admins do: moderation, and what concerns the whole marketplace. */
import { listingStatuses, moderationActions } from "@revops/marketplace";
import { z } from "zod";
import { type Route, route } from "../routes/route.ts";
import { exampleId } from "../schemas/examples.ts";
import { idOf, listSchema, pageQuerySchema, timeSchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import { licenseSchema, packageExample, packageSchema } from "./schemas.ts";

const admin = { credentials: "session", role: "admin" } as const;
const params = z.object({ id: idOf("pkg") });
const reason = z.string().min(1).max(1_000).meta({ description: "For the publisher." });
const needed = z.strictObject({ reason });

export function marketplaceAdminRoutes({ marketplace }: Pick<ApiServices, "marketplace">): Route[] {
  const { moderation, licenses, payouts } = marketplace;

  return [
    route({
      ...admin,
      method: "get",
      path: "/admin/marketplace/packages",
      summary: "List packages that wait for a review",
      query: pageQuerySchema.extend({ status: z.enum(listingStatuses).default("in_review") }),
      response: listSchema(packageSchema),
      example: {
        query: { status: "in_review" },
        response: {
          data: [{ ...packageExample, status: "in_review", latestVersion: "1.0.0" }],
        },
      },
    }).handle(async ({ query: { status, ...page }, cursors }) => {
      return cursors.list(await moderation.list(status, cursors.open(page, status)), status);
    }),

    route({
      ...admin,
      method: "get",
      path: "/admin/marketplace/packages/:id/history",
      summary: "Show what was decided about a package",
      params,
      response: z.object({ data: z.array(moderationEntrySchema) }),
    }).handle(async ({ params: { id } }) => {
      return { data: await moderation.history(id) };
    }),

    route({
      ...admin,
      method: "post",
      path: "/admin/marketplace/packages/:id/approve",
      summary: "Put a package that waits on sale",
      params,
      body: z.strictObject({ reason: reason.optional() }),
      response: packageSchema,
      errors: ["not_in_review"],
      example: { body: { reason: "Checked." }, response: { status: "published", latestVersion: "1.0.0" } },
    }).handle(({ principal, params: { id: listingId }, body }) =>
      moderation.approve({ ...body, listingId, moderatorId: principal.userId }),
    ),

    route({
      ...admin,
      method: "post",
      path: "/admin/marketplace/packages/:id/reject",
      summary: "Send a package that waits back to its publisher",
      params,
      body: needed,
      response: packageSchema,
      errors: ["not_in_review", "reason_required"],
      example: {
        body: { reason: "The description says too little." },
        response: { status: "rejected", moderationReason: "The description says too little.", latestVersion: "1.0.0" },
      },
    }).handle(({ principal, params: { id: listingId }, body }) =>
      moderation.reject({ ...body, listingId, moderatorId: principal.userId }),
    ),

    route({
      ...admin,
      method: "post",
      path: "/admin/marketplace/packages/:id/suspend",
      summary: "Take a package away, from its buyers too",
      params,
      body: needed,
      response: packageSchema,
      errors: ["listing_suspended", "reason_required"],
      example: {
        body: { reason: "Contains malware." },
        response: { status: "suspended", moderationReason: "Contains malware.", latestVersion: "1.0.0" },
      },
    }).handle(({ principal, params: { id: listingId }, body }) =>
      moderation.suspend({ ...body, listingId, moderatorId: principal.userId }),
    ),

    route({
      ...admin,
      method: "post",
      path: "/admin/marketplace/packages/:id/reinstate",
      summary: "Put a suspended package on sale again",
      params,
      body: z.strictObject({ reason: reason.optional() }),
      response: packageSchema,
      errors: ["not_suspended"],
      example: { body: { reason: "It was a false alarm." }, response: { status: "published", latestVersion: "1.0.0" } },
    }).handle(({ principal, params: { id: listingId }, body }) =>
      moderation.reinstate({ ...body, listingId, moderatorId: principal.userId }),
    ),

    route({
      ...admin,
      method: "post",
      path: "/admin/marketplace/licenses/:id/revoke",
      summary: "End a licence for good",
      params,
      body: needed,
      response: licenseSchema,
      example: {
        params: { id: exampleId("lic") },
        body: { reason: "Shared in public." },
        response: { status: "revoked" },
      },
    }).handle(({ params: { id: licenseId }, body }) => {
      return licenses.revoke({ licenseId, ...body });
    }),

    route({
      ...admin,
      method: "post",
      path: "/admin/marketplace/payouts",
      summary: "Pay all publishers what is due",
      response: z.object({ made: z.int(), paid: z.int(), failed: z.int() }),
      idempotent: "resumable",
      example: { response: { made: 0, paid: 0, failed: 0 } },
    }).handle(async () => {
      return payouts.run();
    }),

    route({
      ...admin,
      method: "post",
      path: "/admin/marketplace/license-keys",
      summary: "Sign licences with a new key from now on",
      description: "Licences of the key before stay good.",
      status: 201,
      response: z.object({ kid: z.string() }),
      idempotent: "in-transaction",
      example: { response: { kid: exampleId("lk") } },
    }).handle(async ({ tx }) => {
      return { kid: await licenses.signingKeys.rotate(tx) };
    }),

    route({
      ...admin,
      method: "delete",
      path: "/admin/marketplace/license-keys/:id",
      summary: "Take back a key that has leaked",
      description: "What it signed is no longer believed by those who fetch the keys again.",
      params,
      example: { params: { id: exampleId("lk") } },
    }).handle(async ({ params: { id } }) => {
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
  .meta({
    id: "ModerationEntry",
    example: {
      id: exampleId("mod"),
      packageId: exampleId("pkg"),
      action: "submitted",
      reason: null,
      moderatorId: null,
      at: "2026-11-22T16:41:00.000Z",
    },
  });
