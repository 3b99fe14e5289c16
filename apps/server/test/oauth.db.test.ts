/** Signing in with GitHub, from the settings to the tokens, as a browser does it. */
import { createHash, randomBytes } from "node:crypto";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { client } from "./client.ts";
import { githubSettings, oidcSettings, signInAtGitHub, signInAtGoogle, startGitHub, startGoogle } from "./providers.ts";
import { startServer } from "./server.ts";

const redirectTo = "https://app.example.com/signed-in";

forEachDatabase("a server that is told of GitHub", (open) => {
  test("signs a browser in, with and without an address to return to", async () => {
    const github = await startGitHub("ada@example.com");
    const { url } = await startServer({
      databaseUrl: (await open()).url,
      environment: {
        ...githubSettings(github),
        OAUTH_REDIRECT_URLS: redirectTo,
      },
    });
    const start = `${url}/api/v1/auth/oauth/github`;
    const begin = async (query = "") => {
      const begun = await fetch(start + query, { redirect: "manual" });
      expect(begun.status).toBe(302);
      const [cookie = "", ...attributes] = begun.headers.getSetCookie().join().split("; ");
      expect(attributes).toEqual(
        expect.arrayContaining(["HttpOnly", "SameSite=Lax", "Path=/api/v1/auth/oauth/github/callback"]),
      );
      const maxAge = Number(/Max-Age=(\d+)/.exec(attributes.join(";"))?.[1]);
      expect(maxAge).toBeGreaterThan(550);
      expect(maxAge).toBeLessThanOrEqual(600);
      return { cookie, back: await signInAtGitHub(begun.headers.get("location") ?? "") };
    };
    const follow = (back: string, headers: Record<string, string>) => fetch(back, { headers, redirect: "manual" });

    const { cookie, back } = await begin();
    expect(back.startsWith(`${start}/callback?`)).toBe(true);
    const stranger = await follow(back, {});
    expect([stranger.status, JSON.parse(await stranger.text()).code]).toEqual([400, "invalid_oauth_state"]);
    const answer = await follow(back, { cookie: `other=1; ${cookie}` });
    expect(answer.status).toBe(200);
    const { user, accessToken } = JSON.parse(await answer.text());
    expect(user).toMatchObject({ email: "ada@example.com", emailVerified: true, tier: "free", name: "Ada Lovelace" });
    expect((await follow(back, { cookie })).status).toBe(400);
    const me = await client(url, { authorization: `Bearer ${accessToken}` }).get("/auth/me", 200);
    expect(me.id).toBe(user.id);

    const away = await begin(`?redirectTo=${encodeURIComponent(redirectTo)}`);
    const returned = await follow(away.back, { cookie: away.cookie });
    expect(returned.status).toBe(302);
    const location = new URL(returned.headers.get("location") ?? "");
    expect(location.origin + location.pathname).toBe(redirectTo);
    const code = location.searchParams.get("code");
    const exchanged = await client(url).post("/auth/oauth/exchange", { code }, 200);
    expect(exchanged.user.id).toBe(user.id);
    await client(url).post("/auth/oauth/exchange", { code }, 422);

    const codeVerifier = randomBytes(32).toString("base64url");
    const codeChallenge = createHash("sha256").update(codeVerifier).digest("base64url");
    const bound = await begin(`?redirectTo=${encodeURIComponent(redirectTo)}&codeChallenge=${codeChallenge}`);
    const there = await follow(bound.back, { cookie: bound.cookie });
    const boundCode = new URL(there.headers.get("location") ?? "").searchParams.get("code");
    expect((await client(url).post("/auth/oauth/exchange", { code: boundCode }, 422)).code).toBe("invalid_code");
    const mine = await client(url).post("/auth/oauth/exchange", { code: boundCode, codeVerifier }, 200);
    expect(mine.user.id).toBe(user.id);
    await client(url).get("/auth/oauth/github?codeChallenge=plain", 422);

    const declined = await begin(`?redirectTo=${encodeURIComponent(redirectTo)}`);
    const refusal = new URL(declined.back);
    refusal.searchParams.delete("code");
    refusal.searchParams.set("error", "access_denied");
    const told = await follow(refusal.href, { cookie: declined.cookie });
    expect(told.headers.get("location")).toBe(`${redirectTo}?error=provider_refused`);
    await client(url).get("/auth/oauth/github?redirectTo=https://evil.example", 422);
    await client(url).get("/auth/oauth/google", 404);
  });

  test("signs in with Google and with any issuer, adds a provider to an account and takes it away", async () => {
    const [github, google] = [
      await startGitHub("ada@example.com"),
      await startGoogle("ada@example.com", "ada@acme.example"),
    ];
    const { url } = await startServer({
      databaseUrl: (await open()).url,
      environment: { ...githubSettings(github), ...oidcSettings("GOOGLE", google), ...oidcSettings("ACME", google) },
    });
    const cookieOf = (response: Response) => response.headers.getSetCookie().join().split("; ")[0] ?? "";
    const comeBack = async (back: string, cookie: string, status = 200) => {
      const answer = await fetch(back, { headers: { cookie }, redirect: "manual" });
      expect(answer.status).toBe(status);
      return JSON.parse(await answer.text());
    };
    const signIn = async (provider: string, email: string) => {
      const begun = await fetch(`${url}/api/v1/auth/oauth/${provider}`, { redirect: "manual" });
      expect(begun.status).toBe(302);
      return comeBack(await signInAtGoogle(begun.headers.get("location") ?? "", email), cookieOf(begun));
    };
    const first = await signIn("google", "ada@example.com");
    expect(first.user).toMatchObject({ email: "ada@example.com", emailVerified: true });
    const other = await signIn("acme", "ada@acme.example");
    expect(other.user.id).not.toBe(first.user.id);

    const session = { authorization: `Bearer ${first.accessToken}` };
    const me = client(url, session);
    expect((await me.delete("/auth/identities/google", 409)).code).toBe("last_sign_in_method");
    const add = (provider: string) =>
      fetch(`${url}/api/v1/auth/identities/${provider}`, { method: "POST", headers: session });
    const begun = await add("github");
    expect(begun.status).toBe(200);
    const back = await signInAtGitHub(((await begun.json()) as { url: string }).url);
    expect((await comeBack(back, "", 400)).code).toBe("invalid_oauth_state");
    expect((await comeBack(back, cookieOf(begun))).user.id).toBe(first.user.id);
    const taken = await add("acme");
    const backFromAcme = await signInAtGoogle(((await taken.json()) as { url: string }).url, "ada@acme.example");
    expect((await comeBack(backFromAcme, cookieOf(taken), 409)).code).toBe("identity_taken");

    const providers = async () =>
      (await me.get("/auth/identities", 200)).data.map((each: { provider: string }) => each.provider);
    expect(await providers()).toEqual(["google", "github"]);
    await me.delete("/auth/identities/google", 204);
    await me.delete("/auth/identities/google", 404);
    expect(await providers()).toEqual(["github"]);
    await me.post("/auth/identities/constructor", {}, 404);

    const key = (await me.post("/auth/keys", { name: "ci" }, 201)).key;
    for (const call of ["get /auth/identities", "post /auth/identities/github", "delete /auth/identities/github"]) {
      const [method = "", path = ""] = call.split(" ");
      const refused = await fetch(`${url}/api/v1${path}`, {
        method: method.toUpperCase(),
        headers: { "x-api-key": key },
      });
      expect([call, refused.status]).toEqual([call, 403]);
    }
  });
});
