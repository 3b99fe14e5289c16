/** Tokens signed by a key set: published, and rotated over a restart. */
import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { client } from "./client.ts";
import { startServer } from "./server.ts";

const newKey = (kid: string) => ({
  ...generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey.export({ format: "jwk" }),
  kid,
  alg: "ES256",
});

/** As a stranger verifies, who has the published keys and nothing else. */
async function verifiesByPublished(url: string, token: string): Promise<boolean> {
  const { keys } = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as { keys: { kid: string }[] };
  const [header = "", payload = "", signature = ""] = token.split(".");
  const { kid } = JSON.parse(Buffer.from(header, "base64url").toString());
  const key = keys.find((each) => each.kid === kid);
  expect(key).not.toHaveProperty("d");
  if (!key) return false;
  const publicKey = createPublicKey({ key, format: "jwk" });
  const input = Buffer.from(`${header}.${payload}`);
  return verify("sha256", input, { key: publicKey, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"));
}

forEachDatabase("a server with a key set", (open) => {
  test("signs with the first key, publishes all, and knows the old ones as long as they are listed", async () => {
    const { url: databaseUrl } = await open();
    const [first, second] = [newKey("2026-01"), newKey("2026-02")];
    const start = (...keys: object[]) =>
      startServer({ databaseUrl, environment: { JWT_KEYS: JSON.stringify({ keys }) } });
    const me = (url: string, token: string, status: number) =>
      client(url, { authorization: `Bearer ${token}` }).get("/auth/me", status);

    const before = await start(first);
    const credentials = { email: "ada@example.com", password: "correct horse battery" };
    const signedIn = await client(before.url).post("/auth/register", credentials, 201);
    expect(await verifiesByPublished(before.url, signedIn.accessToken)).toBe(true);
    await me(before.url, signedIn.accessToken, 200);
    await before.service.stop();

    const during = await start(second, first);
    await me(during.url, signedIn.accessToken, 200);
    const { accessToken } = await client(during.url).post("/auth/login", credentials, 200);
    for (const token of [signedIn.accessToken, accessToken]) {
      expect(await verifiesByPublished(during.url, token)).toBe(true);
    }
    expect(JSON.parse(Buffer.from(accessToken.split(".")[0], "base64url").toString()).kid).toBe("2026-02");
    await during.service.stop();

    const after = await start(second);
    await me(after.url, accessToken, 200);
    expect((await me(after.url, signedIn.accessToken, 401)).code).toBe("invalid_token");
    // Who had only the old token carries on by refreshing.
    await client(after.url).post("/auth/refresh", { refreshToken: signedIn.refreshToken }, 200);
  });
});
