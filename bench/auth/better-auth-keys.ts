/** better-auth with its API keys, set up as its documentation does, for a user who has a number of them. */
import { randomBytes } from "node:crypto";
import { apiKey } from "@better-auth/api-key";
import { type BetterAuthOptions, type BetterAuthPlugin, betterAuth } from "better-auth";

const dayMs = 86_400_000;

export interface BetterAuthKeys {
  readonly keys: readonly string[];
  /** Whether a key is good, which counts its use in the database. */
  verify(key: string): Promise<boolean>;
}

/** @param limits `perDay` is each key's rate limit, `remaining` its quota, none unless given */
export async function openBetterAuthKeys(
  database: BetterAuthOptions["database"],
  count: number,
  { perDay, remaining }: { readonly perDay: number; readonly remaining?: number },
): Promise<BetterAuthKeys> {
  const plugin = apiKey({ rateLimit: { enabled: true, timeWindow: dayMs, maxRequests: perDay } });
  const options: BetterAuthOptions = {
    database,
    secret: randomBytes(32).toString("base64"),
    baseURL: "http://localhost:3000",
    emailAndPassword: { enabled: true },
    // Under our strict optional members its plugin does not fit its own type.
    plugins: [plugin as unknown as BetterAuthPlugin],
  };
  const auth = betterAuth(options);
  await (await auth.$context).runMigrations();
  // And so its endpoints are not in the type of what it is plugged into.
  const endpoints = auth.api as unknown as typeof plugin.endpoints;
  const body = { email: "ada@example.com", password: "correct horse battery", name: "Ada" };
  const { user } = await auth.api.signUpEmail({ body });
  const quota = remaining === undefined ? {} : { remaining };
  const keys: string[] = [];
  for (let n = 0; n < count; n++) {
    keys.push((await endpoints.createApiKey({ body: { name: "measured", userId: user.id, ...quota } })).key);
  }
  return { keys, verify: async (key) => (await endpoints.verifyApiKey({ body: { key } })).valid };
}
