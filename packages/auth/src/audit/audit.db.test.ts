import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { createInbox } from "../../test/inbox.ts";
import { openAuth, password } from "../../test/open-auth.ts";

const origin = { address: "192.0.2.7", userAgent: "a browser" };
const newPassword = "incorrect zebra capacitor";

forEachDatabase("the audit log", (open) => {
  test("tells who did what to which key, session, role and password, and from where", async () => {
    const mail = createInbox();
    const { auth } = await openAuth(open, { mail });
    const user = await auth.users.register({ email: "ada@example.com", password, origin });
    const { id: userId, email } = user;
    const code = await mail.codeFor(email, /^Verify/);
    await auth.emails.verify({ code, origin });
    const first = await auth.sessions.login({ email, password, origin });
    const claims = await auth.tokens.verify(first.accessToken);
    const thief = await auth.sessions.login({ email, password, origin });
    await auth.sessions.refresh(thief.refreshToken, origin);
    await expect(auth.sessions.refresh(thief.refreshToken, origin)).rejects.toThrow();
    const made = await auth.apiKeys.create({ subjectId: userId, name: "ci", origin });
    const next = await auth.apiKeys.rotate({ subjectId: userId, keyId: made.id, origin });
    await auth.apiKeys.revoke({ subjectId: userId, keyId: next.id, origin });
    await auth.passwords.change({ userId, currentPassword: password, newPassword, origin });
    await auth.users.setRole(userId, "admin");
    await auth.users.setRole(userId, "user", undefined, { actorId: "usr_admin", origin });
    await auth.passwords.forgot({ email });
    await auth.passwords.reset({ code: await mail.codeFor(email, /^Reset/), newPassword: password, origin });

    const { data, next: more } = await auth.audit.list(userId, { limit: 100 });
    expect(more).toBeNull();
    const told = data.toReversed().map(({ action, actorId, target }) => [action, actorId, target]);
    const session = expect.stringMatching(/^ses_/);
    expect(told).toEqual([
      ["user.registered", userId, null],
      ["email.verified", null, null],
      ["session.opened", userId, claims.sid],
      ["session.opened", userId, session],
      ["session.reuse_detected", null, session],
      ["api_key.created", userId, made.id],
      ["api_key.rotated", userId, made.id],
      ["api_key.created", userId, next.id],
      ["api_key.revoked", userId, next.id],
      ["password.changed", userId, null],
      ["session.ended", userId, claims.sid],
      ["user.role_changed", null, "admin"],
      ["user.role_changed", "usr_admin", "user"],
      ["password.reset", null, null],
    ]);
    const roles = data.flatMap(({ role }) => (role === null ? [] : [role]));
    expect(roles).toEqual([
      { from: "admin", to: "user" },
      { from: "user", to: "admin" },
    ]);
    for (const entry of data.filter(({ action, actorId }) => action !== "user.role_changed" || actorId !== null))
      expect(entry).toMatchObject(origin);
  });

  test("holds what happened and nothing else: not what was rolled back, and nobody else's", async () => {
    const { auth, database } = await openAuth(open);
    const ada = await auth.users.register({ email: "ada@example.com", password });
    const bob = await auth.users.register({ email: "bob@example.com", password });
    await database
      .transaction(async (tx) => {
        await auth.apiKeys.create({ subjectId: ada.id, name: "ci" }, tx);
        throw new Error("undone");
      })
      .catch(() => undefined);
    const actions = async (userId: string) => (await auth.audit.list(userId, { limit: 100 })).data.map((e) => e.action);
    expect(await actions(ada.id)).toEqual(["user.registered"]);
    expect(await actions(bob.id)).toEqual(["user.registered"]);
  });

  test("a key ends once: revoked twice in one moment, and before its owner goes", async () => {
    const { auth } = await openAuth(open);
    const ada = await auth.users.register({ email: "ada@example.com", password });
    const organization = await auth.organizations.create({ userId: ada.id, name: "Analytical Engines" });
    const ended = async (subjectId: string) => {
      const { data } = await auth.audit.list(subjectId, { limit: 100 });
      return data.flatMap(({ action, target }) => (action === "api_key.revoked" ? [target] : [])).sort();
    };
    const made: Record<string, string[]> = { [ada.id]: [], [organization.id]: [] };
    for (const [subjectId, ids] of Object.entries(made)) {
      for (const name of ["first", "second"]) {
        ids.push((await auth.apiKeys.create({ subjectId, actorId: ada.id, name })).id);
      }
      for (let time = 0; time < 2; time++) await auth.apiKeys.revoke({ subjectId, keyId: ids[0] ?? "" });
      expect(await ended(subjectId)).toEqual(ids.slice(0, 1));
    }
    await auth.accounts.erase({ userId: ada.id });
    for (const [subjectId, ids] of Object.entries(made)) expect(await ended(subjectId)).toEqual(ids);
  });

  test("a client whose name is no text, or a megabyte of it, is logged all the same", async () => {
    const { auth } = await openAuth(open);
    const odd = { address: "192.0.2.7", userAgent: "nul\u0000" };
    const ada = await auth.users.register({ email: "ada@example.com", password, origin: odd });
    await auth.sessions.login({
      email: ada.email,
      password,
      origin: { userAgent: `x${"\u{1f600}".repeat(1_000_000)}` },
    });
    const { data } = await auth.audit.list(ada.id, { limit: 10 });
    expect(data.map(({ userAgent }) => userAgent?.length ?? null)).toEqual([500, null]);
  });
});
