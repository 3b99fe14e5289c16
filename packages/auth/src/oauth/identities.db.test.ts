import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { createInbox } from "../../test/inbox.ts";
import { type OpenedAuth, openAuth, password, register } from "../../test/open-auth.ts";
import { client, oauthOf, signInAt, startGitHub, startGoogle } from "../../test/providers.ts";

const code = (code: string) => expect.objectContaining({ code });

async function openWithProviders(open: Parameters<typeof openAuth>[0]) {
  const issuer = await startGoogle([{ email: "ada@gmail.example" }, { email: "eve@gmail.example" }]);
  const github = await startGitHub([{ login: "ada", email: "ada@github.example" }]);
  const mail = createInbox();
  const opened = await openAuth(open, {
    mail,
    ...oauthOf({
      google: { kind: "oidc", issuer, ...client },
      github: { kind: "github", baseUrl: github, apiUrl: github, ...client },
    }),
  });
  return { ...opened, mail };
}

type Providers = Awaited<ReturnType<typeof openWithProviders>>;
type LinkRequest = Parameters<OpenedAuth["auth"]["oauth"]["link"]>[0];

async function signIn({ auth }: Pick<Providers, "auth">, provider: string, who: string) {
  const begun = await auth.oauth.begin({ provider });
  const answer = await signInAt(begun, who);
  const { signedIn } = await auth.oauth.finish({ provider, answer, browserSecret: begun.browserSecret });
  if (!signedIn) throw new Error("Nobody signed in.");
  return { ...signedIn, sessionId: (await auth.tokens.verify(signedIn.accessToken)).sid };
}

async function link({ auth }: Pick<Providers, "auth">, request: LinkRequest, who: string) {
  const begun = await auth.oauth.link(request);
  const answer = await signInAt(begun, who);
  return auth.oauth.finish({ provider: request.provider, answer, browserSecret: begun.browserSecret });
}

forEachDatabase("the providers of an account", (open) => {
  test("are added by who has the password, whatever address is there, listed, told by letter, and open it", async () => {
    const opened = await openWithProviders(open);
    const { auth, mail } = opened;
    const user = await register(auth);
    await auth.sessions.open(user);
    const { sid: sessionId } = await auth.tokens.verify((await auth.sessions.open(user)).accessToken);
    const request = { provider: "google", userId: user.id, sessionId };
    await expect(auth.oauth.link(request)).rejects.toEqual(code("reauthentication_required"));
    await expect(auth.oauth.link({ ...request, password: "wrong horse" })).rejects.toEqual(code("invalid_credentials"));
    const evil = auth.oauth.link({ ...request, password, redirectTo: "https://evil.example" });
    await expect(evil).rejects.toEqual(code("invalid_redirect"));

    const finished = await link(opened, { ...request, password }, "ada@gmail.example");
    expect(finished.signedIn?.user).toEqual(user);
    expect(await auth.oauth.identities.list(user.id)).toMatchObject([{ provider: "google" }]);
    const { identities } = await auth.accounts.export({ userId: user.id });
    expect(identities).toEqual([{ provider: "google", subject: expect.any(String), linkedAt: expect.any(Date) }]);
    expect((await signIn(opened, "google", "ada@gmail.example")).user).toEqual(user);
    await auth.stop();
    expect(mail.letters.map(({ subject }) => subject)).toContain("Another way to sign in was added");

    const eve = await register(auth, "eve@example.com");
    const hers = (await auth.tokens.verify((await auth.sessions.open(eve)).accessToken)).sid;
    const taken = link(opened, { provider: "google", userId: eve.id, sessionId: hers, password }, "ada@gmail.example");
    await expect(taken).rejects.toEqual(code("identity_taken"));
    expect(await auth.oauth.identities.list(eve.id)).toEqual([]);
  });

  test("without a password need a sign-in of a moment ago, and a session that has not ended meanwhile", async () => {
    const opened = await openWithProviders(open);
    const { auth, clock } = opened;
    const { user, sessionId } = await signIn(opened, "google", "ada@gmail.example");
    const request = { provider: "github", userId: user.id, sessionId };
    const begun = await auth.oauth.link(request);
    await auth.sessions.end({ userId: user.id, sessionId });
    const answer = await signInAt(begun, "ada");
    const finish = auth.oauth.finish({ provider: "github", answer, browserSecret: begun.browserSecret });
    await expect(finish).rejects.toEqual(code("invalid_oauth_state"));
    await expect(auth.oauth.link(request)).rejects.toEqual(code("reauthentication_required"));
    const again = await signIn(opened, "google", "ada@gmail.example");
    clock.advance(15 * 60_000 + 1);
    const late = { ...request, sessionId: again.sessionId };
    await expect(auth.oauth.link(late)).rejects.toEqual(code("reauthentication_required"));
    const { sessionId: fresh } = await signIn(opened, "google", "ada@gmail.example");
    await link(opened, { ...request, sessionId: fresh }, "ada");
    expect((await auth.oauth.identities.list(user.id)).map(({ provider }) => provider)).toEqual(["google", "github"]);
  });

  test("are taken away, but not the last way in: of two at once one stays", async () => {
    const opened = await openWithProviders(open);
    const { auth, another } = opened;
    const { user, sessionId } = await signIn(opened, "google", "ada@gmail.example");
    const unlink = (provider: string, instance = auth) =>
      instance.oauth.identities.unlink({ userId: user.id, provider });
    await expect(unlink("google")).rejects.toEqual(code("last_sign_in_method"));
    await expect(unlink("github")).rejects.toEqual(code("identity_not_found"));
    await link(opened, { provider: "github", userId: user.id, sessionId }, "ada");
    const both = await Promise.allSettled([unlink("google"), unlink("github", another())]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const [left] = await auth.oauth.identities.list(user.id);
    const gone = left?.provider === "google" ? "github" : "google";
    await expect(unlink(gone)).rejects.toEqual(code("identity_not_found"));

    await auth.passwords.forgot({ email: user.email });
    const newPassword = "incorrect zebra capacitor";
    await auth.passwords.reset({ code: await opened.mail.codeFor(user.email, /^Reset/), newPassword });
    await unlink(left?.provider ?? "");
    expect(await auth.oauth.identities.list(user.id)).toEqual([]);
    const told = (await auth.audit.list(user.id, { limit: 50 })).data.filter(({ action }) => /unlinked/.test(action));
    expect(told.map(({ target }) => target).sort()).toEqual(["github", "google"]);
  });
});
