import { createHash, randomBytes } from "node:crypto";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { createInbox } from "../../test/inbox.ts";
import { openAuth, password, register } from "../../test/open-auth.ts";
import { client, oauthOf, redirectTo, signInAt, startGitHub, startGoogle } from "../../test/providers.ts";

const code = (code: string) => expect.objectContaining({ code });
const google = "google";
const github = "github";
const googleAt = (issuer: string) => ({ google: { kind: "oidc", issuer, ...client } }) as const;
const githubAt = (url: string) => ({ github: { kind: "github", baseUrl: url, apiUrl: url, ...client } }) as const;

forEachDatabase("signing in with a provider", (open) => {
  test("Google: the first time makes a user, the second finds them", async () => {
    const issuer = await startGoogle([{ email: "Ada@example.com" }]);
    const { auth } = await openAuth(open, oauthOf(googleAt(issuer)));
    const signIn = async () => {
      const begun = await auth.oauth.begin({ provider: google });
      const answer = await signInAt(begun, "Ada@example.com");
      return auth.oauth.finish({ provider: google, answer, browserSecret: begun.browserSecret });
    };
    const { signedIn } = await signIn();
    expect(signedIn?.user).toMatchObject({ email: "ada@example.com", emailVerified: true, name: "Ada Lovelace" });
    const principal = await auth.authenticate({ bearer: signedIn?.accessToken });
    expect(principal.userId).toBe(signedIn?.user.id);
    expect((await signIn()).signedIn?.user).toEqual(signedIn?.user);
    const audit = (await auth.audit.list(principal.userId, { limit: 9 })).data.map(({ action }) => action);
    expect(audit.filter((action) => action === "identity.linked")).toHaveLength(1);
    expect(audit.filter((action) => action === "user.registered")).toHaveLength(1);
  });

  test("GitHub: by the list of addresses, and the tokens wait for a code that works once", async () => {
    const url = await startGitHub([{ login: "ada", email: "ada@example.com" }]);
    const { auth, clock } = await openAuth(open, oauthOf(githubAt(url)));
    const finish = async () => {
      const begun = await auth.oauth.begin({ provider: github, redirectTo });
      const answer = await signInAt(begun, "ada");
      const finished = await auth.oauth.finish({ provider: github, answer, browserSecret: begun.browserSecret });
      const back = new URL(finished.redirectTo ?? "");
      expect(back.origin + back.pathname).toBe(redirectTo);
      return back.searchParams.get("code") ?? "";
    };
    const once = await finish();
    const both = await Promise.allSettled([auth.oauth.exchange({ code: once }), auth.oauth.exchange({ code: once })]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    await expect(auth.oauth.exchange({ code: once })).rejects.toEqual(code("invalid_code"));
    const late = await finish();
    clock.advance(60_000);
    await expect(auth.oauth.exchange({ code: late })).rejects.toEqual(code("invalid_code"));
    const { user } = await auth.oauth.exchange({ code: await finish() });
    expect(user.email).toBe("ada@example.com");
  });

  test("a code is good with the verifier of who began only, and a verifier with no code that was begun without", async () => {
    const url = await startGitHub([{ login: "ada", email: "ada@example.com" }]);
    const { auth } = await openAuth(open, oauthOf(githubAt(url)));
    const codeVerifier = randomBytes(32).toString("base64url");
    const codeChallenge = createHash("sha256").update(codeVerifier).digest("base64url");
    const finish = async (challenge?: string) => {
      const begun = await auth.oauth.begin({ provider: github, redirectTo, codeChallenge: challenge });
      const answer = await signInAt(begun, "ada");
      const finished = await auth.oauth.finish({ provider: github, answer, browserSecret: begun.browserSecret });
      return new URL(finished.redirectTo ?? "").searchParams.get("code") ?? "";
    };
    const bound = await finish(codeChallenge);
    // Who has read the code, and who tries what is not secret.
    for (const other of [undefined, "", codeChallenge, randomBytes(32).toString("base64url")]) {
      const stolen = auth.oauth.exchange({ code: bound, codeVerifier: other });
      await expect(stolen, String(other)).rejects.toEqual(code("invalid_code"));
    }
    expect((await auth.oauth.exchange({ code: bound, codeVerifier })).user.email).toBe("ada@example.com");
    await expect(auth.oauth.exchange({ code: bound, codeVerifier })).rejects.toEqual(code("invalid_code"));

    const planted = await finish();
    await expect(auth.oauth.exchange({ code: planted, codeVerifier })).rejects.toEqual(code("invalid_code"));
  });

  test("an answer is good once, in the browser that began, as it was, for its provider, for 10 minutes", async () => {
    const issuer = await startGoogle([{ email: "ada@example.com" }]);
    const { auth, clock } = await openAuth(
      open,
      oauthOf({ ...googleAt(issuer), other: { kind: "oidc", issuer, ...client } }),
    );
    const begun = await auth.oauth.begin({ provider: google });
    const { browserSecret } = begun;
    const answer = await signInAt(begun, "ada@example.com");
    const stranger = await auth.oauth.begin({ provider: google });
    const refused = (given: object) =>
      expect(auth.oauth.finish({ provider: google, answer, browserSecret, ...given })).rejects.toEqual(
        code("invalid_oauth_state"),
      );
    await refused({ browserSecret: stranger.browserSecret });
    await refused({ browserSecret: undefined });
    await refused({ answer: { ...answer, state: `${answer["state"]}A` } });
    await refused({ answer: { code: answer["code"] } });
    await refused({ provider: "other" });
    const twice = await Promise.allSettled(
      [1, 2].map(() => auth.oauth.finish({ provider: google, answer, browserSecret })),
    );
    expect(twice.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    await refused({});
    const late = await signInAt(stranger, "ada@example.com");
    clock.advance(10 * 60_000);
    await refused({ answer: late, browserSecret: stranger.browserSecret });
  });

  test("an ID token with the nonce of another sign-in, or a code without its verifier, opens nothing", async () => {
    const issuer = await startGoogle([{ email: "ada@example.com" }]);
    const { auth } = await openAuth(open, oauthOf(googleAt(issuer)));
    for (const [name, refusal] of [
      ["nonce", "provider_answer_invalid"],
      ["code_challenge", "provider_refused"],
    ] as const) {
      const begun = await auth.oauth.begin({ provider: google });
      const url = new URL(begun.url);
      expect(url.searchParams.get("code_challenge_method")).toBe("S256");
      url.searchParams.set(name, "of-somebody-else");
      const answer = await signInAt({ url: url.href }, "ada@example.com");
      const { browserSecret } = begun;
      await expect(auth.oauth.finish({ provider: google, answer, browserSecret })).rejects.toEqual(code(refusal));
    }
    expect(await auth.users.findByEmail("ada@example.com")).toBeNull();
  });

  test("links an account only when both sides have proven the address", async () => {
    const issuer = await startGoogle([{ email: "ada@example.com" }, { email: "eve@example.com", verified: false }]);
    const mail = createInbox();
    const { auth } = await openAuth(open, { mail, ...oauthOf(googleAt(issuer)) });
    const ada = await register(auth);
    const signIn = async (email: string, to?: string) => {
      const begun = await auth.oauth.begin({ provider: google, redirectTo: to });
      const answer = await signInAt(begun, email);
      return auth.oauth.finish({ provider: google, answer, browserSecret: begun.browserSecret });
    };
    await expect(signIn(ada.email)).rejects.toEqual(code("account_not_linkable"));
    expect((await signIn(ada.email, redirectTo)).redirectTo).toBe(`${redirectTo}?error=account_not_linkable`);
    await auth.emails.verify({ code: await mail.codeFor(ada.email, /^Verify/) });
    expect((await signIn(ada.email)).signedIn?.user.id).toBe(ada.id);
    await auth.sessions.login({ email: ada.email, password });
    await expect(signIn("eve@example.com")).rejects.toEqual(code("provider_email_unverified"));

    await auth.accounts.erase({ userId: ada.id });
    expect((await signIn(ada.email)).signedIn?.user.id).not.toBe(ada.id);
  });

  test("two first sign-ins at once make one user", async () => {
    const issuer = await startGoogle([{ email: "ada@example.com" }]);
    const { auth, another } = await openAuth(open, oauthOf(googleAt(issuer)));
    const signedIn = await Promise.all(
      [auth, another()].map(async (instance) => {
        const begun = await instance.oauth.begin({ provider: google });
        const answer = await signInAt(begun, "ada@example.com");
        return instance.oauth.finish({ provider: google, answer, browserSecret: begun.browserSecret });
      }),
    );
    expect(new Set(signedIn.map((each) => each.signedIn?.user.id)).size).toBe(1);
  });

  test("goes back to no address but those that are listed, character by character", async () => {
    const issuer = await startGoogle([]);
    const { auth } = await openAuth(open, oauthOf(googleAt(issuer)));
    for (const wrong of [`${redirectTo}/`, `${redirectTo}?a=1`, "https://app.example.com.evil.example/signed-in", ""]) {
      const begun = auth.oauth.begin({ provider: google, redirectTo: wrong });
      await expect(begun, wrong).rejects.toEqual(code("invalid_redirect"));
    }
    await expect(auth.oauth.begin({ provider: "constructor" })).rejects.toEqual(code("provider_not_found"));
  });
});
