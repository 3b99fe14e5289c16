import { expect, test } from "vitest";
import { ConfigError, readConfig } from "../src/config.ts";

test("needs nothing at all: SQLite and the embedded Stripe", () => {
  expect(readConfig({})).toMatchObject({
    port: 3000,
    host: "127.0.0.1",
    databaseUrl: "file:./data/revops.db",
    dataDirectory: "./data",
    stripe: undefined,
    rateLimitPerMinute: 600,
  });
});

const stripe = { STRIPE_SECRET_KEY: "sk_test_1", STRIPE_WEBHOOK_SECRET: "whsec_1" };
const production = { NODE_ENV: "production", JWT_SECRET: "x".repeat(32), ...stripe };

const oauthClient = (name: string) => ({ [`OAUTH_${name}_CLIENT_ID`]: "id", [`OAUTH_${name}_CLIENT_SECRET`]: "s" });

test.each<[string, NodeJS.ProcessEnv]>([
  ["PORT", { PORT: "80a" }],
  ["PORT", { PORT: "70000" }],
  ["PUBLIC_URL", { PUBLIC_URL: "api.example.com" }],
  ["DATABASE_URL", { DATABASE_URL: "mysql://x" }],
  ["JWT_SECRET", { JWT_SECRET: "short" }],
  ["STRIPE_SECRET_KEY", { ...stripe, STRIPE_SECRET_KEY: "pk_test_1" }],
  ["STRIPE_WEBHOOK_SECRET", { STRIPE_SECRET_KEY: "sk_test_1" }],
  ["STRIPE_SECRET_KEY", { STRIPE_API_BASE: "http://127.0.0.1:1" }],
  ["STRIPE_API_BASE", { ...stripe, STRIPE_API_BASE: "ftp://x" }],
  ["RATE_LIMIT_PER_MINUTE", { RATE_LIMIT_PER_MINUTE: "-1" }],
  ["CORS_ORIGINS", { CORS_ORIGINS: "https://a.example/path" }],
  ["TRUST_PROXY", { TRUST_PROXY: "yes" }],
  ["STRIPE_WAIT_SECONDS", { STRIPE_WAIT_SECONDS: "0" }],
  ["SMTP_URL", { SMTP_URL: "mail.example.com:587" }],
  ["SMTP_URL", { SMTP_URL: "smtp://" }],
  ["MAIL_FROM", { MAIL_FROM: "a@b.co\nBcc: c@d.co" }],
  ["OAUTH_GITHUB_CLIENT_SECRET", { OAUTH_GITHUB_CLIENT_ID: "1" }],
  ["OAUTH_GOOGLE_CLIENT_ID", { OAUTH_GOOGLE_CLIENT_SECRET: "1" }],
  ["OAUTH_ACME_ISSUER", { OAUTH_ACME_CLIENT_ID: "1", OAUTH_ACME_CLIENT_SECRET: "1" }],
  ["OAUTH_ACME_ISSUER", { ...oauthClient("ACME"), OAUTH_ACME_ISSUER: "accounts.acme.example" }],
  ["OAUTH_GITHUB_ISSUER", { ...oauthClient("GITHUB"), OAUTH_GITHUB_ISSUER: "https://github.com" }],
  ["OAUTH_GOOGLE_BASE_URL", { ...oauthClient("GOOGLE"), OAUTH_GOOGLE_BASE_URL: "https://google.com" }],
  ["OAUTH_GITHUB_API_URL", { ...oauthClient("GITHUB"), OAUTH_GITHUB_API_URL: "api.github.com" }],
  ["OAUTH_GITHUB_CLIENTID", { OAUTH_GITHUB_CLIENTID: "1" }],
  ["OAUTH_EXCHANGE_CLIENT_ID", oauthClient("EXCHANGE")],
  ["OAUTH_REDIRECT_URLS", { OAUTH_REDIRECT_URLS: "app.example.com" }],
  ["ARTIFACTS_S3_URL", { ARTIFACTS_S3_URL: "my-bucket" }],
  ["ARTIFACTS_S3_REGION", { ARTIFACTS_S3_REGION: "Frankfurt!" }],
  ["AWS_SECRET_ACCESS_KEY", { ARTIFACTS_S3_URL: "https://s3.example.com/b", AWS_ACCESS_KEY_ID: "AKIA" }],
  ["MARKETPLACE_REVIEW", { MARKETPLACE_REVIEW: "yes" }],
  ["LOG_LEVEL", { LOG_LEVEL: "loud" }],
  ["LOG_LEVLE", { LOG_LEVLE: "debug" }],
  ["ADMIN_EMAIL", { ADMIN_EMAIL: "ada" }],
  ["JWT_KEYS", { JWT_KEYS: "{}" }],
  ["JWT_SECRET", { ...production, JWT_SECRET: "" }],
  ["STRIPE_SECRET_KEY", { NODE_ENV: "production", JWT_SECRET: "x".repeat(32) }],
])("a bad %s is named in one line (%j)", (name, environment) => {
  const read = () => readConfig(environment);
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(new RegExp(`^${name} [^\\n]+\\.$`));
});

test("keeps its files beside the database, or in ./data with PostgreSQL", () => {
  expect(readConfig({ DATABASE_URL: "file:///var/lib/revops/app.db" }).dataDirectory).toBe("/var/lib/revops");
  expect(readConfig({ DATABASE_URL: "file:/srv/a.db" }).dataDirectory).toBe("/srv");
  expect(readConfig({ DATABASE_URL: "postgres://u:p@h/d" }).dataDirectory).toBe("./data");
  expect(readConfig(production).stripe).toMatchObject({ secretKey: "sk_test_1", apiBase: undefined });
});

test("letters come from the server's own domain unless said otherwise", () => {
  expect(readConfig({})).toMatchObject({ smtpUrl: undefined, mailFrom: "RevOps <no-reply@localhost>" });
  const PUBLIC_URL = "https://api.example.com/";
  expect(readConfig({ PUBLIC_URL }).mailFrom).toBe("RevOps <no-reply@api.example.com>");
  const SMTP_URL = "smtps://user:password@mail.example.com";
  expect(readConfig({ SMTP_URL, MAIL_FROM: "us@example.com" })).toMatchObject({
    smtpUrl: SMTP_URL,
    mailFrom: "us@example.com",
  });
});

test("providers come from their variables alone, by any name", () => {
  expect(readConfig({}).oauth).toEqual({ providers: {}, redirectUrls: [] });
  const client = { clientId: "id", clientSecret: "s" };
  expect(
    readConfig({
      ...oauthClient("GITHUB"),
      ...oauthClient("GOOGLE"),
      ...oauthClient("MY_COMPANY"),
      OAUTH_MY_COMPANY_ISSUER: "https://id.my-company.example",
      OAUTH_REDIRECT_URLS: "https://app.example.com/in, http://localhost:5173/in",
    }).oauth,
  ).toEqual({
    providers: {
      github: { kind: "github", ...client },
      google: { kind: "oidc", issuer: "https://accounts.google.com", ...client },
      "my-company": { kind: "oidc", issuer: "https://id.my-company.example", ...client },
    },
    redirectUrls: ["https://app.example.com/in", "http://localhost:5173/in"],
  });
});

test("an admin's address is written like those of users", () => {
  expect(readConfig({}).adminEmail).toBeUndefined();
  expect(readConfig({ ADMIN_EMAIL: " Ada@Example.com" }).adminEmail).toBe("ada@example.com");
});
