/** Licences: for their holders, and for the software that asks about them. */
import { z } from "zod";
import { type Route, route } from "../routes/route.ts";
import { idSchema, listSchema, pageQuerySchema, timeSchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import { licenseSchema, licenseStateSchema } from "./schemas.ts";

const params = z.object({ id: idSchema });
const key = z.string().min(1).max(200).meta({ description: "The licence key: `rvl-…`." });
const fingerprint = z
  .string()
  .regex(/^[\x21-\x7e]{8,200}$/, "8 to 200 visible ASCII characters")
  .meta({ description: "Names the device: a hash of the software's own making." });

const signedSchema = z.object({
  license: licenseStateSchema,
  signed: z.string().meta({
    description: "Checked without a network by `verifyLicense` of `@revops/marketplace/license`.",
  }),
});

export function licenseRoutes({ marketplace: { licenses } }: Pick<ApiServices, "marketplace">): Route[] {
  return [
    route({
      method: "get",
      path: "/marketplace/license-keys",
      summary: "Show the public keys that licences are checked with",
      description: "A JWK Set (RFC 7517) of Ed25519 keys (RFC 8037).",
      credentials: "none",
      response: z.object({
        keys: z.array(
          z.object({
            kty: z.literal("OKP"),
            crv: z.literal("Ed25519"),
            alg: z.literal("EdDSA"),
            use: z.literal("sig"),
            kid: z.string(),
            x: z.string(),
          }),
        ),
      }),
      cache: "public, max-age=300",
    }).handle(() => licenses.signingKeys.publicKeys()),

    route({
      method: "post",
      path: "/marketplace/licenses/activate",
      summary: "Activate a licence on a device",
      description: "The key is the credential. On a device where it is active, it is signed anew.",
      credentials: "none",
      body: z.strictObject({ key, fingerprint, name: z.string().min(1).max(200).optional() }),
      response: signedSchema,
      errors: ["license_not_found", "license_not_active", "activation_limit_reached", "invalid_fingerprint"],
    }).handle(({ body }) => licenses.activate(body)),

    route({
      method: "post",
      path: "/marketplace/licenses/deactivate",
      summary: "Free a device's place",
      credentials: "none",
      body: z.strictObject({ key, fingerprint }),
      response: licenseStateSchema,
      errors: ["license_not_found", "activation_not_found"],
    }).handle(({ body }) => licenses.deactivate(body)),

    route({
      method: "post",
      path: "/marketplace/licenses/validate",
      summary: "Ask whether a licence is good now",
      credentials: "none",
      body: z.strictObject({
        key,
        fingerprint: fingerprint.optional(),
        version: z.string().min(1).max(256).optional(),
      }),
      response: z.object({
        valid: z.boolean(),
        reason: z
          .enum(["unknown", "suspended", "expired", "revoked", "not_activated", "version_not_covered"])
          .nullable(),
        license: licenseStateSchema.nullable(),
      }),
    }).handle(({ body }) => licenses.check(body)),

    route({
      method: "get",
      path: "/marketplace/licenses",
      summary: "List my licences",
      credentials: "required",
      scope: "marketplace:read",
      query: pageQuerySchema,
      response: listSchema(licenseSchema),
      charge: "api_call",
    }).handle(async ({ principal, query, cursors }) =>
      cursors.list(await licenses.list(principal.subjectId, cursors.open(query))),
    ),

    route({
      method: "get",
      path: "/marketplace/licenses/:id",
      summary: "Show a licence and the devices it is active on",
      credentials: "required",
      scope: "marketplace:read",
      params,
      response: licenseSchema.extend({
        devices: z.array(z.object({ fingerprint: z.string(), name: z.string().nullable(), activatedAt: timeSchema })),
      }),
      charge: "api_call",
    }).handle(({ principal: { subjectId }, params: { id } }) => licenses.get({ licenseId: id, subjectId })),

    route({
      method: "post",
      path: "/marketplace/licenses/:id/sign",
      summary: "Sign a licence that is bound to no device",
      credentials: "required",
      scope: "marketplace:write",
      params,
      response: signedSchema,
      errors: ["license_not_active"],
      charge: "api_call",
    }).handle(({ principal: { subjectId }, params: { id } }) => licenses.sign({ licenseId: id, subjectId })),

    route({
      method: "post",
      path: "/marketplace/licenses/:id/rotate",
      summary: "Give a licence a new key",
      description: "The old one ends, and with it every activation.",
      credentials: "required",
      scope: "marketplace:write",
      params,
      response: licenseSchema,
      errors: ["license_not_active"],
      idempotent: true,
      charge: "api_call",
    }).handle(({ principal: { subjectId }, params: { id } }) => licenses.rotate({ licenseId: id, subjectId })),
  ];
}
