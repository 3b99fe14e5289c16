import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { createInbox } from "../../test/inbox.ts";
import { openAuth, password, register, withinASecond } from "../../test/open-auth.ts";
import { authTables } from "../schema.ts";

const code = (code: string) => expect.objectContaining({ code });
const newPassword = "incorrect zebra capacitor";

forEachDatabase("changing a password", (open) => {
  test("ends every other session at once, and the old password opens none", async () => {
    const { auth } = await openAuth(open);
    const user = await register(auth);
    const [mine, thief] = [await auth.sessions.open(user), await auth.sessions.open(user)];
    const { sid: keepSessionId } = await auth.tokens.verify(mine.accessToken);
    const bob = await register(auth, "bob@example.com");
    const bobs = await auth.sessions.open(bob);
    await auth.passwords.change({ userId: user.id, currentPassword: password, newPassword, keepSessionId });
    await expect(auth.authenticate({ bearer: thief.accessToken })).rejects.toEqual(code("token_revoked"));
    await expect(auth.sessions.refresh(thief.refreshToken)).rejects.toEqual(code("token_revoked"));
    expect(await auth.authenticate({ bearer: mine.accessToken })).toMatchObject({ userId: user.id });
    await auth.sessions.refresh(mine.refreshToken);
    await auth.sessions.refresh(bobs.refreshToken);
    await expect(auth.sessions.login({ email: user.email, password })).rejects.toEqual(code("invalid_credentials"));
    await auth.sessions.login({ email: user.email, password: newPassword });
  });

  test("needs the old password, a new one that may be used, and stops guessing", async () => {
    const { auth } = await openAuth(open, { attemptLimits: { perAccount: 2 } });
    const user = await register(auth);
    const change = (currentPassword: string, newPassword: string) =>
      auth.passwords.change({ userId: user.id, currentPassword, newPassword });
    await expect(change(password, "password")).rejects.toEqual(code("weak_password"));
    await expect(change("wrong horse", newPassword)).rejects.toEqual(code("invalid_credentials"));
    await expect(change("wronger horse", newPassword)).rejects.toEqual(code("invalid_credentials"));
    await expect(change(password, newPassword)).rejects.toEqual(code("too_many_attempts"));
    await expect(auth.passwords.change({ userId: "usr_0", currentPassword: password, newPassword })).rejects.toEqual(
      code("user_not_found"),
    );
  });

  test("twice at once from the same old one works once, and no log-in slips past it", async () => {
    const { auth, another } = await openAuth(open);
    const user = await register(auth);
    const other = another();
    const change = (by: typeof auth, to: string) =>
      by.passwords.change({ userId: user.id, currentPassword: password, newPassword: to });
    const login = () => auth.sessions.login({ email: user.email, password });
    const [first, second, ...logins] = await Promise.allSettled([
      change(auth, `${newPassword} 1`),
      change(other, `${newPassword} 2`),
      ...Array.from({ length: 8 }, login),
    ]);
    expect([first.status, second.status].sort()).toEqual(["fulfilled", "rejected"]);
    for (const result of logins) {
      if (result.status === "fulfilled") {
        await expect(auth.sessions.refresh(result.value.refreshToken)).rejects.toEqual(code("token_revoked"));
      }
    }
  });

  test.each(["changed", "reset"] as const)("%s, no address that was asked for with the old one", async (how) => {
    const mail = createInbox();
    const { auth } = await openAuth(open, { mail });
    const user = await register(auth);
    // Who learned the password asks for an address of their own, and waits.
    await auth.emails.requestChange({ userId: user.id, email: "eve@example.com", password });
    const proof = { code: await mail.codeFor("eve@example.com", /^Confirm/) };
    if (how === "changed") await auth.passwords.change({ userId: user.id, currentPassword: password, newPassword });
    else {
      await auth.passwords.forgot({ email: user.email });
      await auth.passwords.reset({ code: await mail.codeFor(user.email, /^Reset/), newPassword });
    }
    await expect(auth.emails.confirmChange(proof)).rejects.toEqual(code("invalid_code"));
    await auth.emails.requestChange({ userId: user.id, email: "new@example.com", password: newPassword });
    await auth.emails.confirmChange({ code: await mail.codeFor("new@example.com", /^Confirm/) });
    expect((await auth.users.get(user.id)).email).toBe("new@example.com");
  });

  test("reset as the first proof of an address: what was made before by who registered it opens nothing", async () => {
    const mail = createInbox();
    const { auth, database, another } = await openAuth(open, { mail });
    // Eve registers Ada's address, makes herself every way back in that there is, and waits.
    const user = await register(auth);
    const { id: subjectId } = user;
    const session = await auth.sessions.open(user);
    const { key } = await auth.apiKeys.create({ subjectId, name: "eve" });
    const { id: organizationId } = await auth.organizations.create({ userId: subjectId, name: "Eve's" });
    const ofOrganization = { subjectId: organizationId, actorId: subjectId, name: "eve" };
    const { key: organizationKey } = await auth.apiKeys.create(ofOrganization);
    const asked = { organizationId, actorId: subjectId };
    await auth.organizations.invitations.create({ ...asked, email: "eve@example.com", role: "admin" });
    const invited = { code: await mail.codeFor("eve@example.com", /^Join/) };
    const { oauthIdentities } = authTables(database.dialect);
    const linked = { provider: "github", subject: "7", userId: subjectId, linkedAt: new Date() };
    await database.db.insert(oauthIdentities).values(linked);
    const other = another();
    for (const apiKey of [key, organizationKey]) await other.authenticate({ apiKey });

    const reset = async () => {
      await auth.passwords.forgot({ email: user.email });
      await auth.passwords.reset({ code: await mail.codeFor(user.email, /^Reset/), newPassword });
    };
    await reset();
    for (const apiKey of [key, organizationKey]) {
      await expect(auth.authenticate({ apiKey })).rejects.toEqual(code("invalid_api_key"));
      await withinASecond(() => expect(other.authenticate({ apiKey })).rejects.toEqual(code("invalid_api_key")));
    }
    await expect(auth.sessions.refresh(session.refreshToken)).rejects.toEqual(code("token_revoked"));
    expect(await auth.oauth.identities.list(subjectId)).toEqual([]);
    const eve = await register(auth, "eve@example.com");
    await expect(auth.organizations.invitations.accept({ userId: eve.id, ...invited })).rejects.toEqual(
      code("invalid_code"),
    );
    const told = (await auth.audit.list(subjectId, { limit: 100 })).data.map(({ action, target }) => [action, target]);
    expect(told).toContainEqual(["identity.unlinked", "github"]);
    expect(told).toContainEqual(["api_key.revoked", expect.stringMatching(/^key_/)]);

    // From then on the account is hers: what she made stays when she forgets a password.
    const hers = await auth.apiKeys.create({ subjectId, name: "ada" });
    await database.db.insert(oauthIdentities).values(linked);
    await reset();
    expect(await auth.authenticate({ apiKey: hers.key })).toMatchObject({ subjectId });
    expect(await auth.oauth.identities.list(subjectId)).toHaveLength(1);
  });

  test("reset while an address is confirmed, in two instances: the one or the other, never both", async () => {
    const mail = createInbox();
    const { auth, another } = await openAuth(open, { mail });
    const other = another();
    for (let round = 0; round < 4; round++) {
      const user = await register(auth, `ada${round}@example.com`);
      const address = `eve${round}@example.com`;
      await auth.emails.requestChange({ userId: user.id, email: address, password });
      await auth.passwords.forgot({ email: user.email });
      // Both letters first: none of a reset goes to an address that is given up by then.
      const [change, forgotten] = [await mail.codeFor(address, /^Confirm/), await mail.codeFor(user.email, /^Reset/)];
      const outcomes = await Promise.allSettled([
        auth.emails.confirmChange({ code: change }),
        other.passwords.reset({ code: forgotten, newPassword }),
      ]);
      const refusals = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
      expect(refusals).toEqual([code("invalid_code")]);
    }
  });
});
