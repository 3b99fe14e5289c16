/** The shapes of accounts, as clients see them. */
import { minPasswordLength } from "@revops/auth";
import { z } from "zod";
import { timeInputSchema, timeSchema } from "../schemas/schemas.ts";

export const userSchema = z
  .object({
    id: z.string(),
    email: z.string(),
    emailVerified: z.boolean(),
    name: z.string().nullable(),
    tier: z.string(),
    role: z.enum(["user", "admin"]),
    createdAt: timeSchema,
  })
  .meta({ id: "User" });

export const signedInSchema = z
  .object({
    user: userSchema,
    accessToken: z.string(),
    refreshToken: z.string().meta({ description: "Good for one use." }),
    tokenType: z.literal("Bearer"),
    expiresIn: z.int().meta({ description: "Seconds that the access token lives." }),
  })
  .meta({ id: "SignedIn" });

// What an address may be is auth's to say (`invalid_email`); what has no @ in it is a slip that is worth naming the field for.
export const emailSchema = z
  .string()
  .max(320)
  .regex(/^\s*[^\s@]+@[^\s@]+\s*$/, "An e-mail address")
  .meta({ format: "email" });

/** More than any password that auth takes: longer ones are refused before they are looked at. */
export const maxPasswordLength = 5_000;
export const newPasswordSchema = z.string().min(minPasswordLength).max(maxPasswordLength);

/** What a letter brought. */
export const codeSchema = z.string().max(200);

const claimsSchema = z.object({
  sub: z.string(),
  email: z.string(),
  tier: z.string(),
  scopes: z.array(z.string()),
  jti: z.string(),
  iat: z.int(),
  exp: z.int(),
});

export const validationSchema = z
  .discriminatedUnion("valid", [
    z.object({
      valid: z.literal(true),
      claims: claimsSchema,
      stale: z.boolean().meta({ description: "Whether the subject's tier has changed since: refresh the session." }),
    }),
    z.object({ valid: z.literal(false), reason: z.enum(["invalid_token", "token_expired", "token_revoked"]) }),
  ])
  .meta({ id: "TokenValidation" });

const rateLimitsSchema = z
  .record(z.string().max(50), z.strictObject({ limit: z.int().min(1), windowSeconds: z.int().min(1) }))
  .meta({ description: "By name; a use takes one of each, and one that lacks any is 429 `rate_limited`." });
const usageCapSchema = z
  .strictObject({
    limit: z.int().min(1),
    refill: z
      .strictObject({ amount: z.int().min(1), everySeconds: z.int().min(1) })
      .nullable()
      .default(null),
  })
  .meta({ description: "Uses in all; used up, the key answers 429 `quota_exceeded` until it is refilled." });

const keyMembers = {
  id: z.string(),
  name: z.string(),
  prefix: z.string().meta({ description: "How the key begins; no secret." }),
  last4: z.string(),
  createdBy: z.string().meta({ description: "The user who made it." }),
  scopes: z.array(z.string()),
  rateLimits: rateLimitsSchema,
  usageCap: usageCapSchema.nullable(),
  createdAt: timeSchema,
  expiresAt: timeSchema.nullable(),
  lastUsedAt: timeSchema.nullable(),
  revokedAt: timeSchema.nullable(),
};

export const keySchema = z.object(keyMembers).meta({ id: "ApiKey" });
export const newKeySchema = z
  .object({ ...keyMembers, key: z.string().meta({ description: "The key itself, shown here and never again." }) })
  .meta({ id: "NewApiKey" });

export const newKeyInputSchema = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scopes: z
    .array(z.string().max(100))
    .min(1)
    .max(50)
    .optional()
    .meta({ description: "Everything a key may do if left out." }),
  expiresAt: timeInputSchema.nullable().optional(),
  rateLimits: rateLimitsSchema.optional(),
  usageCap: usageCapSchema.nullable().optional(),
});

export const auditEntrySchema = z
  .object({
    id: z.string(),
    at: timeSchema,
    userId: z.string().meta({ description: "Whose account it is about." }),
    actorId: z.string().nullable().meta({ description: "Who did it; null for who showed a code only." }),
    action: z.string().meta({ example: "api_key.created" }),
    target: z.string().nullable().meta({ description: "The id of the key or session." }),
    address: z.string().nullable(),
    userAgent: z.string().nullable(),
    times: z.int().min(1).meta({ description: "Refusals are gathered by the hour: how many there were." }),
    lastAt: timeSchema.meta({ description: "When the last of them was." }),
  })
  .meta({ id: "AuditEntry" });

export const identitySchema = z.object({ provider: z.string(), linkedAt: timeSchema }).meta({ id: "Identity" });

export const membershipSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    role: z.enum(["owner", "admin", "member"]).meta({ description: "My role in it." }),
    createdAt: timeSchema,
    joinedAt: timeSchema,
  })
  .meta({ id: "Organization" });

const sessionMembers = {
  id: z.string(),
  createdAt: timeSchema,
  lastUsedAt: timeSchema,
  expiresAt: timeSchema,
};

export const accountExportSchema = z
  .object({
    exportedAt: timeSchema,
    user: userSchema,
    passwordChangedAt: timeSchema.nullable(),
    sessions: z.array(z.object(sessionMembers)),
    apiKeys: z.array(keySchema),
    organizations: z.array(membershipSchema),
    audit: z.array(auditEntrySchema),
  })
  .meta({ id: "AccountExport" });

export const sessionSchema = z
  .object({
    ...sessionMembers,
    current: z.boolean().meta({ description: "Whether it is the session that asks." }),
  })
  .meta({ id: "Session" });
