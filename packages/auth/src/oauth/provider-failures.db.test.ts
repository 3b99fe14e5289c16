/** Providers that are away, refuse, or answer what no provider should. */
import type { ServerResponse } from "node:http";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { type OpenedAuth, openAuth } from "../../test/open-auth.ts";
import { client, oauthOf, startGoogle, startProvider } from "../../test/providers.ts";

const code = (code: string) => expect.objectContaining({ code });
const json = (response: ServerResponse, value: unknown, status = 200) =>
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));

interface GitHubAnswers {
  token?: (response: ServerResponse) => void;
  user?: (response: ServerResponse) => void;
  emails?: (response: ServerResponse) => void;
}

/** Answers as GitHub does, but where the test says otherwise. */
async function startOddGitHub(answers: GitHubAnswers): Promise<string> {
  return startProvider((request, response) => {
    const path = request.url ?? "";
    if (path.endsWith("/access_token")) {
      const usual = { access_token: "gho_1", token_type: "bearer", scope: "read:user,user:email" };
      return answers.token ? answers.token(response) : json(response, usual);
    }
    if (path === "/user") return answers.user ? answers.user(response) : json(response, { id: 7, name: null });
    const usual = [
      { email: "old@example.com", primary: false, verified: true },
      { email: "private@example.com", primary: true, verified: true },
    ];
    return answers.emails ? answers.emails(response) : json(response, usual);
  });
}

const githubAt = (url: string) => ({ github: { kind: "github", baseUrl: url, apiUrl: url, ...client } }) as const;

async function signIn({ auth }: OpenedAuth, answer: Record<string, string> = { code: "1" }) {
  const { url, browserSecret } = await auth.oauth.begin({ provider: "github" });
  const state = new URL(url).searchParams.get("state") ?? "";
  return auth.oauth.finish({ provider: "github", answer: { state, ...answer }, browserSecret });
}

forEachDatabase("a provider", (open) => {
  test("GitHub's private address is found, and an address that GitHub has not verified is none", async () => {
    const opened = await openAuth(open, oauthOf(githubAt(await startOddGitHub({}))));
    expect((await signIn(opened)).signedIn?.user).toMatchObject({ email: "private@example.com", name: null });

    const emails = [
      { email: "eve@example.com", primary: true, verified: false },
      { email: "second@example.com", primary: false, verified: true },
    ];
    const unverified = await startOddGitHub({ user: (to) => json(to, { id: 8 }), emails: (to) => json(to, emails) });
    const eve = await openAuth(open, oauthOf(githubAt(unverified)));
    await expect(signIn(eve)).rejects.toEqual(code("provider_email_unverified"));
    expect(await eve.auth.users.findByEmail("eve@example.com")).toBeNull();
  });

  test("says no: the person declined, the code or the client is wrong, the token is not taken", async () => {
    const opened = await openAuth(open, oauthOf(githubAt(await startOddGitHub({}))));
    const declined = signIn(opened, { error: "access_denied", error_description: "<script>" });
    await expect(declined).rejects.toMatchObject({ code: "provider_refused", fields: { reason: "access_denied" } });
    const refusing: [GitHubAnswers, string | null][] = [
      // GitHub's own way: 200.
      [{ token: (to) => json(to, { error: "bad_verification_code" }) }, "bad_verification_code"],
      [{ token: (to) => json(to, { error: "invalid_client" }, 401) }, "invalid_client"],
      [{ user: (to) => json(to, { message: "Bad credentials" }, 401) }, null],
    ];
    for (const [answers, reason] of refusing) {
      const refused = await openAuth(open, oauthOf(githubAt(await startOddGitHub(answers))));
      await expect(signIn(refused)).rejects.toMatchObject({ code: "provider_refused", fields: { reason } });
    }
  });

  test("makes no sense: another shape, no JSON, a redirect, an answer without end", { timeout: 60_000 }, async () => {
    const odd: GitHubAnswers[] = [
      { token: (to) => json(to, { access_token: 7, token_type: "bearer" }) },
      { token: (to) => json(to, null) },
      { token: (to) => to.writeHead(200, { "content-type": "text/html" }).end("<p>maintenance") },
      { token: (to) => to.writeHead(302, { location: "http://127.0.0.1:1/" }).end() },
      { user: (to) => json(to, { id: "7" }) },
      { user: (to) => to.writeHead(200, { "content-type": "application/json" }).end("{") },
      { emails: (to) => json(to, { email: "ada@example.com" }) },
      { emails: (to) => json(to, [], 404) },
      { emails: (to) => json(to, "x".repeat(1_000_001)) },
    ];
    for (const answers of odd) {
      const opened = await openAuth(open, oauthOf(githubAt(await startOddGitHub(answers))));
      await expect(signIn(opened)).rejects.toEqual(code("provider_answer_invalid"));
    }
  });

  test("is away: nobody listens, it fails, it never answers, it never ends", async () => {
    const gone = await openAuth(open, oauthOf(githubAt("http://127.0.0.1:1")));
    await expect(signIn(gone)).rejects.toEqual(code("provider_unreachable"));
    const away: GitHubAnswers[] = [
      { token: (to) => json(to, { error: "oops" }, 503) },
      { user: (to) => json(to, { message: "slow down" }, 429) },
      { user: () => {} },
      { emails: (to) => void to.writeHead(200, { "content-type": "application/json" }).write("[") },
      { user: (to) => void to.destroy() },
    ];
    for (const answers of away) {
      const url = await startOddGitHub(answers);
      const opened = await openAuth(open, oauthOf(githubAt(url), { timeoutMs: 300 }));
      await expect(signIn(opened)).rejects.toEqual(code("provider_unreachable"));
    }
  });

  test("that was away when it was first looked for is found later; one that lies about its name is not used", async () => {
    const google = await startGoogle([]);
    let up = false;
    const issuer: string = await startProvider((_request, response) => {
      if (!up) return json(response, {}, 503);
      const endpoints = {
        authorization_endpoint: `${google}/o/oauth2/v2/auth`,
        token_endpoint: `${google}/oauth2/token`,
      };
      return json(response, { issuer, ...endpoints, response_types_supported: ["code"] });
    });
    const lying = await startProvider((_request, response) =>
      json(response, { issuer: "https://accounts.google.com" }),
    );
    const oidc = (issuer: string) => ({ kind: "oidc", issuer, ...client }) as const;
    const { auth } = await openAuth(open, oauthOf({ acme: oidc(issuer), lying: oidc(lying) }));
    await expect(auth.oauth.begin({ provider: "acme" })).rejects.toEqual(code("provider_unreachable"));
    up = true;
    expect((await auth.oauth.begin({ provider: "acme" })).url).toContain(`${google}/o/oauth2/v2/auth?`);
    await expect(auth.oauth.begin({ provider: "lying" })).rejects.toEqual(code("provider_answer_invalid"));
  });
});
