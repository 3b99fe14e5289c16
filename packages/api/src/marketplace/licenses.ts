/** Licences: for their holders, and for the software that asks about them. */
import { z } from "zod";
import { type Route, route } from "../routes/route.ts";
import { exampleId } from "../schemas/examples.ts";
import { idOf, listSchema, pageQuerySchema, timeSchema } from "../schemas/schemas.ts";
import type { ApiServices } from "../services.ts";
import { licenseSchema, licenseStateSchema } from "./schemas.ts";

const params = z.object({ id: idOf("lic") });
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
      example: {
        response: {
          keys: [
            {
              kty: "OKP",
              crv: "Ed25519",
              alg: "EdDSA",
              use: "sig",
              kid: exampleId("lk"),
              x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            },
          ],
        },
      },
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
      example: {
        body: { key: "rvl-GFAYT-8QK2M-ZX4VB-N7C3H-WJ5RD", fingerprint: "9f86d081884c7d65", name: "Ada's laptop" },
        response: { signed: "eyJhbGciOiJFZERTQSIsImtpZCI6ImxrXzAx…" },
      },
    }).handle(({ body }) => licenses.activate(body)),

    route({
      method: "post",
      path: "/marketplace/licenses/deactivate",
      summary: "Free a device's place",
      credentials: "none",
      body: z.strictObject({ key, fingerprint }),
      response: licenseStateSchema,
      errors: ["license_not_found", "activation_not_found"],
      example: {
        body: { key: "rvl-GFAYT-8QK2M-ZX4VB-N7C3H-WJ5RD", fingerprint: "9f86d081884c7d65" },
        response: { activations: 0 },
      },
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
      example: {
        body: { key: "rvl-GFAYT-8QK2M-ZX4VB-N7C3H-WJ5RD", fingerprint: "9f86d081884c7d65", version: "1.0.0" },
        response: { valid: true, reason: null },
      },
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
      example: {
        response: {
          id: exampleId("lic"),
          purchaseId: exampleId("pur"),
          packageId: exampleId("pkg"),
          status: "active",
          tier: null,
          limits: {},
          versionsBelow: null,
          maxActivations: 3,
          activations: 1,
          expiresAt: null,
          key: "rvl-GFAYT-8QK2M-ZX4VB-N7C3H-WJ5RD",
          devices: [{ fingerprint: "9f86d081884c7d65", name: "Ada's laptop", activatedAt: "2026-11-22T16:41:00.000Z" }],
        },
      },
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
      example: { response: { license: { activations: 0 }, signed: "eyJhbGciOiJFZERTQSIsImtpZCI6ImxrXzAx…" } },
    }).handle(({ principal: { subjectId }, params: { id } }) => licenses.sign({ licenseId: id, subjectId })),

    route({
      method: "post",
      path: "/marketplace/licenses/:id/rotate",
      summary: "Give a licence a new key",
      description:
        "The old one ends, and with it every activation. What was signed for a device is believed without a network until its own `expiresAt`.",
      credentials: "required",
      scope: "marketplace:write",
      params,
      response: licenseSchema,
      errors: ["license_not_active"],
      idempotent: "in-transaction",
      charge: "api_call",
    }).handle(({ principal: { subjectId }, params: { id }, tx }) => licenses.rotate({ licenseId: id, subjectId }, tx)),
  ];
}
