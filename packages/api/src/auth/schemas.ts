/** The shapes of accounts, as clients see them. */
import { minPasswordLength } from "@revops/auth";
import { z } from "zod";
import { receivedInvitationSchema } from "../organizations/schemas.ts";
import { exampleId, exampleTime } from "../schemas/examples.ts";
import { timeInputSchema, timeSchema } from "../schemas/schemas.ts";

const userExample = {
  id: exampleId("usr"),
  email: "ada@example.com",
  emailVerified: false,
  name: "Ada Lovelace",
  tier: "free",
  role: "user",
  createdAt: exampleTime,
};

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
  .meta({
    id: "User",
    example: userExample,
  });

export const signedInSchema = z
  .object({
    user: userSchema,
    accessToken: z.string(),
    refreshToken: z.string().meta({ description: "Good for one use." }),
    tokenType: z.literal("Bearer"),
    expiresIn: z.int().meta({ description: "Seconds that the access token lives." }),
  })
  .meta({
    id: "SignedIn",
    example: {
      user: userExample,
      accessToken: "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3…",
      refreshToken: "rvf_8sXkT2wYb6NcRg…",
      tokenType: "Bearer",
      expiresIn: 900,
    },
  });

// What an address may be is auth's to say (`invalid_email`); what has no @ in it is a slip that is worth naming the field for.
export const emailSchema = z
  .string()
  .max(320)
  .regex(/^\s*[^\s@]+@[^\s@]+\s*$/, "An e-mail address")
  .meta({ format: "email" });

/** More than any password that auth takes: longer ones are refused before they are looked at. */
export const maxPasswordLength = 5_000;
export const newPasswordSchema = z.string().min(minPasswordLength).max(maxPasswordLength);

/** RFC 7636 §4.2, `S256`. */
export const codeChallengeSchema = z
  .string()
  .regex(/^[\w-]{43}$/)
  .meta({ description: "SHA-256 of a `codeVerifier`, in base64url (RFC 7636, S256)." });

/** RFC 7636 §4.1. */
export const codeVerifierSchema = z
  .string()
  .regex(/^[\w.~-]{43,128}$/)
  .meta({ description: "43 to 128 random characters that the application keeps in the browser that it sends away." });

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
  .meta({
    id: "TokenValidation",
    example: {
      valid: true,
      claims: {
        sub: exampleId("usr"),
        email: "ada@example.com",
        tier: "free",
        scopes: ["*"],
        jti: exampleId("tok"),
        iat: 1795365600,
        exp: 1795366500,
      },
      stale: false,
    },
  });

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

const keyExample = {
  id: exampleId("key"),
  name: "production",
  prefix: "rvk_01k8v3x7c5hqz0m4r2b9ntwyde",
  last4: "Yb6N",
  createdBy: exampleId("usr"),
  scopes: ["marketplace:read", "usage:write"],
  rateLimits: {},
  usageCap: null,
  createdAt: exampleTime,
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
};
export const keySchema = z.object(keyMembers).meta({
  id: "ApiKey",
  example: keyExample,
});
export const newKeySchema = z
  .object({ ...keyMembers, key: z.string().meta({ description: "The key itself, shown here and never again." }) })
  .meta({
    id: "NewApiKey",
    example: { ...keyExample, key: "rvk_01k8v3x7c5hqz0m4r2b9ntwyde_4ZQh1vJm8sXk…" },
  });

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
    target: z
      .string()
      .nullable()
      .meta({ description: "The id of the key or session, the name of the provider, or the role." }),
    role: z
      .object({ from: z.string().nullable(), to: z.string() })
      .nullable()
      .meta({ description: "Of a role that was given or changed: what it was, and what it is since." }),
    address: z.string().nullable(),
    userAgent: z.string().nullable(),
    times: z.int().min(1).meta({ description: "Refusals are gathered by the hour: how many there were." }),
    lastAt: timeSchema.meta({ description: "When the last of them was." }),
  })
  .meta({
    id: "AuditEntry",
    example: {
      id: exampleId("aud"),
      at: exampleTime,
      userId: exampleId("usr"),
      actorId: exampleId("usr"),
      action: "api_key.revoked",
      target: exampleId("key"),
      role: null,
      address: "127.0.0.1",
      userAgent: "curl/8.15.0",
      times: 1,
      lastAt: exampleTime,
    },
  });

export const identitySchema = z
  .object({ provider: z.string(), linkedAt: timeSchema })
  .meta({ id: "Identity", example: { provider: "github", linkedAt: exampleTime } });

export const membershipSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    role: z.enum(["owner", "admin", "member"]).meta({ description: "My role in it." }),
    createdAt: timeSchema,
    joinedAt: timeSchema,
  })
  .meta({
    id: "Organization",
    example: {
      id: exampleId("org"),
      name: "Analytical Engines",
      role: "owner",
      createdAt: exampleTime,
      joinedAt: exampleTime,
    },
  });

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
    identities: z.array(
      z.object({
        provider: z.string(),
        subject: z.string().meta({ description: "What the provider calls me." }),
        linkedAt: timeSchema,
      }),
    ),
    organizations: z.array(membershipSchema),
    invitations: z.array(receivedInvitationSchema).meta({ description: "None as long as my address is not verified." }),
    audit: z.array(auditEntrySchema),
  })
  .meta({
    id: "AccountExport",
    example: {
      exportedAt: "2026-12-07T16:41:00.000Z",
      user: {
        id: exampleId("usr"),
        email: "ada@example.com",
        emailVerified: true,
        name: "Ada King, Countess of Lovelace",
        tier: "pro",
        role: "user",
        createdAt: exampleTime,
      },
      passwordChangedAt: exampleTime,
      sessions: [
        {
          id: exampleId("ses"),
          createdAt: "2026-12-07T16:41:00.000Z",
          lastUsedAt: "2026-12-07T16:41:00.000Z",
          expiresAt: "2027-01-06T16:41:00.000Z",
        },
      ],
      apiKeys: [{ ...keyExample, revokedAt: exampleTime }],
      identities: [],
      organizations: [],
      invitations: [],
      audit: [
        {
          id: exampleId("aud"),
          at: "2026-12-07T16:41:00.000Z",
          userId: exampleId("usr"),
          actorId: exampleId("usr"),
          action: "user.exported",
          target: null,
          role: null,
          address: "127.0.0.1",
          userAgent: "curl/8.15.0",
          times: 1,
          lastAt: "2026-12-07T16:41:00.000Z",
        },
      ],
    },
  });

export const sessionSchema = z
  .object({
    ...sessionMembers,
    current: z.boolean().meta({ description: "Whether it is the session that asks." }),
  })
  .meta({
    id: "Session",
    example: {
      id: exampleId("ses"),
      createdAt: exampleTime,
      lastUsedAt: exampleTime,
      expiresAt: "2026-12-22T16:40:00.000Z",
      current: false,
    },
  });
