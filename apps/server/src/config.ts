/** The settings of the server, from the environment. The only file of the product that reads it. */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { loadEnvFile } from "node:process";
import { normalizeEmail, type TokenKeyInput } from "@revops/auth";
import type { S3ArtifactStoreOptions } from "@revops/marketplace";
import { z } from "zod";
import { ConfigError } from "./config-error.ts";
import { misspelt } from "./misspelt.ts";
import { type OAuthConfig, readOAuthConfig } from "./oauth-config.ts";
import { readTokenKeySet } from "./token-keys.ts";

export { ConfigError };

export interface StripeConfig {
  readonly secretKey: string;
  /** Two while a new one is rolled out. */
  readonly webhookSecret: readonly string[];
  /** An http(s) base address to use instead of Stripe's. */
  readonly apiBase: string | undefined;
}

export interface Config {
  readonly production: boolean;
  /** 0 takes any free port. */
  readonly port: number;
  readonly host: string;
  /** Where clients reach the server, without a slash at the end; undefined: where it listens. */
  readonly publicUrl: string | undefined;
  readonly databaseUrl: string;
  /** Where files are kept: artifacts, the embedded Stripe, secrets that were made once. */
  readonly dataDirectory: string;
  /** Undefined: made once and kept in the data directory. */
  readonly jwtSecret: string | undefined;
  /** What tokens are signed with in place of the secret, the first of them; empty: the secret. */
  readonly tokenKeys: readonly TokenKeyInput[];
  /** Undefined: the embedded emulator. */
  readonly stripe: StripeConfig | undefined;
  readonly stripeEmulatorPort: number;
  /** Seconds that a request waits for Stripe in all. */
  readonly stripeWaitSeconds: number;
  /** Requests a minute for each credential or address; 0 = off. */
  readonly rateLimitPerMinute: number;
  /** Other limits for the credentials of some tiers. */
  readonly rateLimitPerTier: Readonly<Record<string, number>>;
  /** Where instances share their rate limits; undefined: PostgreSQL, or nowhere with SQLite. */
  readonly redisUrl: string | undefined;
  readonly corsOrigins: readonly string[];
  /** Express's `trust proxy`: false, true, or how many proxies stand in front. */
  readonly trustProxy: boolean | number;
  /** Whom people may sign in with. */
  readonly oauth: OAuthConfig;
  /** Where letters are handed over; undefined: the local outbox, or nothing in production. */
  readonly smtpUrl: string | undefined;
  /** Who writes the letters. */
  readonly mailFrom: string;
  /** Whether customers' webhook endpoints may be inside private networks, without https. */
  readonly allowPrivateWebhooks: boolean;
  /** The bucket that artifacts are kept in; undefined: a folder beside the data. */
  readonly artifactBucket: S3ArtifactStoreOptions | undefined;
  /** Whether moderators look at a listing before it is on sale. */
  readonly reviewListings: boolean;
  /** Who becomes an admin by verifying it. */
  readonly adminEmail: string | undefined;
  /** What `/metrics` asks for; undefined: anyone who reaches the port may look. */
  readonly metricsToken: string | undefined;
  readonly logLevel: "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";
}

const wholeNumber = (from: number, to: number) => {
  const error = `must be a whole number from ${from} to ${to}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, { error })
    .transform(Number)
    .refine((value) => value >= from && value <= to, { error });
};
const httpUrl = (error: string) =>
  z.string().refine((value) => ["http:", "https:"].includes(URL.parse(value)?.protocol ?? ""), { error });
const onOrOff = z
  .enum(["true", "false"], { error: "must be true or false" })
  .transform((value) => value === "true")
  .default(false);
const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

// api.md, "Settings of the server".
const settings = z.object({
  NODE_ENV: z.string().optional(),
  PORT: wholeNumber(0, 65_535).default(3000),
  HOST: z.string().default("127.0.0.1"),
  PUBLIC_URL: httpUrl("must be an http:// or https:// address, such as https://api.example.com").optional(),
  DATABASE_URL: z
    .string()
    .regex(/^(file:.+|postgres(ql)?:\/\/.+)$/, {
      error: "must be file:<path> or postgres://user:password@host/database",
    })
    .default("file:./data/revops.db"),
  JWT_SECRET: z
    .string()
    .refine((value) => Buffer.byteLength(value) >= 32, { error: "must be at least 32 bytes long" })
    .optional(),
  JWT_KEYS: z.string().optional(),
  STRIPE_SECRET_KEY: z
    .string()
    .regex(/^(sk|rk)_(test|live)_\w+$/, { error: "must be a secret key of Stripe's, such as sk_test_…" })
    .optional(),
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .regex(/^whsec_[^\s,]+(\s*,\s*whsec_[^\s,]+)?$/, {
      error:
        "must be the signing secret of the webhook endpoint, such as whsec_… (two with a comma between while it is rotated)",
    })
    .optional(),
  STRIPE_API_BASE: httpUrl(
    "must be an http:// or https:// address to use instead of https://api.stripe.com",
  ).optional(),
  STRIPE_EMULATOR_PORT: wholeNumber(0, 65_535).default(12_111),
  STRIPE_WAIT_SECONDS: wholeNumber(1, 60).default(10),
  RATE_LIMIT_PER_MINUTE: wholeNumber(0, 1_000_000).default(600),
  RATE_LIMIT_PER_TIER: z
    .string()
    .regex(/^[a-z][a-z0-9_]*:\d{1,6}(,[a-z][a-z0-9_]*:\d{1,6})*$/, {
      error: "must be tiers with their requests a minute, such as pro:3000,enterprise:0",
    })
    .transform((value) => Object.fromEntries(value.split(",").map((pair) => pair.split(":"))))
    .pipe(z.record(z.string(), z.coerce.number()))
    .default({}),
  REDIS_URL: z
    .string()
    .refine((value) => ["redis:", "rediss:"].includes(URL.parse(value)?.protocol ?? "") && URL.parse(value)?.hostname, {
      error: "must be an address such as redis://user:password@host:6379",
    })
    .optional(),
  CORS_ORIGINS: z
    .string()
    .transform((value) =>
      value
        .split(",")
        .map((origin) => origin.trim())
        .filter(Boolean),
    )
    .refine((origins) => origins.every((origin) => URL.parse(origin)?.origin === origin), {
      error: "must be origins separated by commas, such as https://app.example.com,http://localhost:5173",
    })
    .default([]),
  TRUST_PROXY: z
    .string()
    .regex(/^(true|false|\d{1,2})$/, { error: "must be true, false, or the number of proxies in front of the server" })
    .transform((value) => (value === "true" ? true : value === "false" ? false : Number(value)))
    .default(false),
  SMTP_URL: z
    .string()
    .refine((value) => ["smtp:", "smtps:"].includes(URL.parse(value)?.protocol ?? "") && URL.parse(value)?.hostname, {
      error: "must be an address such as smtp://user:password@mail.example.com:587",
    })
    .optional(),
  MAIL_FROM: z
    .string()
    .regex(/^([^<>@\r\n]+ <[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/, {
      error: "must be an e-mail address, such as RevOps <no-reply@example.com>",
    })
    .optional(),
  WEBHOOK_PRIVATE_ADDRESSES: onOrOff,
  MARKETPLACE_REVIEW: onOrOff,
  ARTIFACTS_S3_URL: httpUrl(
    "must be the address of a bucket, such as https://s3.eu-central-1.amazonaws.com/my-bucket",
  ).optional(),
  ARTIFACTS_S3_REGION: z
    .string()
    .regex(/^[a-z0-9-]+$/, { error: "must be the name of a region, such as eu-central-1" })
    .optional(),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  AWS_SESSION_TOKEN: z.string().optional(),
  ADMIN_EMAIL: z
    .string()
    .transform((value, context) => {
      try {
        return normalizeEmail(value);
      } catch {
        context.addIssue({ code: "custom", message: "must be an e-mail address, such as ada@example.com" });
        return z.NEVER;
      }
    })
    .optional(),
  METRICS_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{16,}$/, { error: "must be at least 16 visible ASCII characters" })
    .optional(),
  LOG_LEVEL: z.enum(logLevels, { error: `must be one of ${logLevels.join(", ")}` }).default("info"),
});

/** Reads `.env` beside the command, if there is one; what is set already wins. */
export function readEnvironment(): NodeJS.ProcessEnv {
  if (existsSync(".env")) loadEnvFile(".env");
  return process.env;
}

/**
 * Checks the settings. An empty variable counts as not set, and one that is a setting but for a typo as a bad value.
 * @throws ConfigError with one line that names the variable and what it should be
 */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const parsed = settings.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ConfigError(`${String(issue?.path[0])} ${issue?.message}.`);
  }
  const typo = misspelt(given, Object.keys(settings.shape));
  if (typo) {
    throw new ConfigError(
      `${typo.given} is not known: is it ${typo.meant}? If it is another program's, set ${typo.meant} too.`,
    );
  }
  const values = parsed.data;
  const production = values.NODE_ENV === "production";
  const stripe = stripeConfig(values);
  if (production && !stripe) {
    throw new ConfigError("STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET are required when NODE_ENV is production.");
  }
  if (production && values.JWT_SECRET === undefined) {
    throw new ConfigError("JWT_SECRET is required when NODE_ENV is production: at least 32 random bytes.");
  }
  return {
    production,
    port: values.PORT,
    host: values.HOST,
    publicUrl: values.PUBLIC_URL?.replace(/\/+$/, ""),
    databaseUrl: values.DATABASE_URL,
    dataDirectory: values.DATABASE_URL.startsWith("file:") ? dirname(databaseFile(values.DATABASE_URL)) : "./data",
    jwtSecret: values.JWT_SECRET,
    tokenKeys: values.JWT_KEYS === undefined ? [] : readTokenKeySet(values.JWT_KEYS),
    stripe,
    stripeEmulatorPort: values.STRIPE_EMULATOR_PORT,
    stripeWaitSeconds: values.STRIPE_WAIT_SECONDS,
    rateLimitPerMinute: values.RATE_LIMIT_PER_MINUTE,
    rateLimitPerTier: values.RATE_LIMIT_PER_TIER,
    redisUrl: values.REDIS_URL,
    corsOrigins: values.CORS_ORIGINS,
    trustProxy: values.TRUST_PROXY,
    oauth: readOAuthConfig(given),
    smtpUrl: values.SMTP_URL,
    mailFrom: values.MAIL_FROM ?? `RevOps <no-reply@${URL.parse(values.PUBLIC_URL ?? "")?.hostname ?? "localhost"}>`,
    allowPrivateWebhooks: values.WEBHOOK_PRIVATE_ADDRESSES,
    artifactBucket: artifactBucket(values),
    reviewListings: values.MARKETPLACE_REVIEW,
    adminEmail: values.ADMIN_EMAIL,
    metricsToken: values.METRICS_TOKEN,
    logLevel: values.LOG_LEVEL,
  };
}

/** The file of `file:data/a.db`, `file:/data/a.db` or `file:///data/a.db`. */
export function databaseFile(url: string): string {
  return url.replace(/^file:(\/\/(?=\/))?/, "");
}

/** All three absent: the emulator. Otherwise the key and the webhook's secret go together. */
function stripeConfig(values: z.infer<typeof settings>): StripeConfig | undefined {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: webhookSecret, STRIPE_API_BASE: apiBase } = values;
  if (secretKey === undefined && webhookSecret === undefined && apiBase === undefined) return undefined;
  const missing = secretKey === undefined ? "STRIPE_SECRET_KEY" : "STRIPE_WEBHOOK_SECRET";
  if (secretKey === undefined || webhookSecret === undefined) {
    throw new ConfigError(`${missing} must be set too when another STRIPE_ variable is.`);
  }
  return { secretKey, webhookSecret: webhookSecret.split(",").map((one) => one.trim()), apiBase };
}

/** Named by the variables that every tool of AWS reads. */
function artifactBucket(values: z.infer<typeof settings>): S3ArtifactStoreOptions | undefined {
  const { ARTIFACTS_S3_URL: url, ARTIFACTS_S3_REGION: region, AWS_SESSION_TOKEN: sessionToken } = values;
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = values;
  if (url === undefined) return undefined;
  const missing = accessKeyId === undefined ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY";
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new ConfigError(`${missing} must be set too when ARTIFACTS_S3_URL is.`);
  }
  return { url, region, accessKeyId, secretAccessKey, sessionToken };
}
