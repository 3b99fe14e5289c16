/** Signing in with GitHub, from the settings to the tokens, as a browser does it. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { forEachDatabase } from "@revops/testing/vitest";
import { createEmulator } from "emulate";
import { expect, onTestFinished, test } from "vitest";
import { client } from "./client.ts";
import { startServer } from "./server.ts";

const redirectTo = "https://app.example.com/signed-in";

async function startGitHub(): Promise<string> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  // A server that listens on TCP has an address with a port.
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  const users = [{ login: "ada", name: "Ada Lovelace", email: "ada@example.com" }];
  const github = await createEmulator({ service: "github", port, seed: { github: { users } } });
  onTestFinished(() => github.close());
  return github.url;
}

/** What the form of GitHub's page sends for Ada. */
async function signInAtGitHub(url: string): Promise<string> {
  const { searchParams, origin } = new URL(url);
  const body = new URLSearchParams({ login: "ada" });
  for (const name of ["redirect_uri", "scope", "state", "client_id"]) body.set(name, searchParams.get(name) ?? "");
  const back = await fetch(`${origin}/login/oauth/callback`, { method: "POST", body, redirect: "manual" });
  return back.headers.get("location") ?? "";
}

forEachDatabase("a server that is told of GitHub", (open) => {
  test("signs a browser in, with and without an address to return to", async () => {
    const github = await startGitHub();
    const { url } = await startServer({
      databaseUrl: (await open()).url,
      environment: {
        OAUTH_GITHUB_CLIENT_ID: "id",
        OAUTH_GITHUB_CLIENT_SECRET: "secret",
        OAUTH_GITHUB_BASE_URL: github,
        OAUTH_GITHUB_API_URL: github,
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

    const declined = await begin(`?redirectTo=${encodeURIComponent(redirectTo)}`);
    const refusal = new URL(declined.back);
    refusal.searchParams.delete("code");
    refusal.searchParams.set("error", "access_denied");
    const told = await follow(refusal.href, { cookie: declined.cookie });
    expect(told.headers.get("location")).toBe(`${redirectTo}?error=provider_refused`);
    await client(url).get("/auth/oauth/github?redirectTo=https://evil.example", 422);
    await client(url).get("/auth/oauth/google", 404);
  });
});
