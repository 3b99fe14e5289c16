/** What a stolen database tells: of every kind of secret that passes through the server over HTTP, nothing. */
import { dumpOf, tracesOf } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { client, eventually } from "./client.ts";
import { githubSettings, signInAtGitHub, startGitHub } from "./providers.ts";
import { startServer } from "./server.ts";

const email = "ada@example.com";
const password = "correct horse battery";
const newPassword = "incorrect zebra capacitor";
const redirectTo = "https://app.example.com/signed-in";
const secret = "jwt secret of the test of what a dump tells";

/** What a credential has besides its form: the form is the same for all, and an id is no secret. */
const bare = (text: string) => text.replace(/^rv[a-z]_/, "").replace(/^[0-9a-z]{26}_/, "");

forEachDatabase("a dump of the server's database", (open) => {
  test("holds no password, token, key, code or kept answer, nor eight characters of one", async () => {
    const { url: databaseUrl } = await open();
    const github = await startGitHub("ada@github.example");
    const { url, service } = await startServer({
      databaseUrl,
      environment: { ...githubSettings(github), OAUTH_REDIRECT_URLS: redirectTo, JWT_SECRET: secret },
    });
    const api = client(url);
    const letters = async (subject: RegExp) => {
      let code = "";
      await eventually(async () => {
        const outbox = await fetch(`${url}/dev/outbox`, { headers: { accept: "application/json" } });
        const { data } = (await outbox.json()) as { data: { subject: string; text: string }[] };
        code = /rvc_\S+/.exec(data.find((letter) => subject.test(letter.subject))?.text ?? "")?.[0] ?? "";
        expect(code).not.toBe("");
      });
      return code;
    };

    const registered = await api.post("/auth/register", { email, password }, 201);
    const verification = await letters(/^Verify/);
    const refreshed = await api.post("/auth/refresh", { refreshToken: registered.refreshToken }, 200);
    const session = { authorization: `Bearer ${refreshed.accessToken}` };
    // Its answer is kept, sealed, so that a repeat shows the key again.
    const once = client(url, { ...session, "idempotency-key": "make-a-key" });
    const made = await once.post("/auth/keys", { name: "ci" }, 201);
    expect((await once.post("/auth/keys", { name: "ci" }, 201)).key).toBe(made.key);
    const rotated = await client(url, session).post(`/auth/keys/${made.id}/rotate`, { overlapSeconds: 60 }, 201);
    await client(url, { "x-api-key": rotated.key }).get("/auth/me", 200);
    await api.post("/auth/password/forgot", { email }, 202);
    const unusedReset = await letters(/^Reset/);
    await client(url, session).post("/auth/email/change", { email: "new@example.com", password }, 202);
    const change = await letters(/^Confirm/);
    await client(url, session).post("/auth/password", { currentPassword: password, newPassword }, 204);
    await api.post("/auth/login", { email, password: `${password}?` }, 401);
    const organization = await client(url, session).post("/organizations", { name: "Engines" }, 201);
    const invited = { email: "bob@example.com" };
    await client(url, session).post(`/organizations/${organization.id}/invitations`, invited, 201);
    const invitation = await letters(/Engines/);

    const begun = await fetch(`${url}/api/v1/auth/oauth/github?redirectTo=${encodeURIComponent(redirectTo)}`, {
      redirect: "manual",
    });
    const [cookie = ""] = begun.headers.getSetCookie().join().split("; ");
    const pending = new URL(begun.headers.get("location") ?? "");
    const back = await fetch(await signInAtGitHub(pending.href), { headers: { cookie }, redirect: "manual" });
    const exchange = new URL(back.headers.get("location") ?? "").searchParams.get("code") ?? "";
    // A second one that is never finished: its state and its browser's secret wait.
    const waiting = await fetch(`${url}/api/v1/auth/oauth/github`, { redirect: "manual" });
    const waitingUrl = new URL(waiting.headers.get("location") ?? "");
    const browserSecret = waiting.headers.getSetCookie().join().split("; ")[0]?.split("=")[1] ?? "";

    await service.stop();
    const dump = await dumpOf(databaseUrl);
    for (const known of [email, made.id, "$argon2id$", "make-a-key"]) expect(dump).toContain(known);
    const secrets = {
      jwtSecret: secret,
      password,
      newPassword,
      "client secret": "client-secret-of-the-tests",
      ...Object.fromEntries(
        [registered, refreshed].flatMap((pair, n) => [
          [`access token ${n}`, pair.accessToken.split(".")[2]],
          [`refresh token ${n}`, pair.refreshToken],
        ]),
      ),
      "idempotent key": made.key,
      "rotated key": rotated.key,
      verification,
      unusedReset,
      change,
      exchange,
      invitation,
      state: waitingUrl.searchParams.get("state") ?? "",
      browserSecret,
    };
    for (const [name, each] of Object.entries(secrets)) {
      expect(each.length, name).toBeGreaterThan(16);
      // A key may end as it is shown, with its last four characters.
      expect(tracesOf(dump, [bare(each)]), name).toEqual([]);
    }
  });
});
