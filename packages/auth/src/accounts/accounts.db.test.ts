import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { createInbox } from "../../test/inbox.ts";
import { openAuth, password, register, withinASecond } from "../../test/open-auth.ts";
import { foundOrganization } from "../../test/organization.ts";

const code = (code: string) => expect.objectContaining({ code });
const origin = { address: "192.0.2.77", userAgent: "the browser of Ada" };

forEachDatabase("an account", (open, dialect) => {
  test("is exported whole, without anything that lets someone in", async () => {
    const { auth, clock } = await openAuth(open);
    const user = await register(auth);
    const { refreshToken, accessToken } = await auth.sessions.open(user);
    const { key, ...shown } = await auth.apiKeys.create({ subjectId: user.id, name: "ci" });
    for (let entry = 0; entry < 120; entry++) await auth.users.setRole(user.id, "user");
    const exported = await auth.accounts.export({ userId: user.id, origin });
    expect(exported).toMatchObject({ exportedAt: clock.now(), user, passwordChangedAt: clock.now(), apiKeys: [shown] });
    expect(exported).toMatchObject({ identities: [], invitations: [] });
    expect(exported.sessions).toHaveLength(1);
    expect(exported.audit).toHaveLength(124);
    expect(exported.audit[0]).toMatchObject({ action: "user.exported", ...origin });
    const text = JSON.stringify(exported);
    for (const secret of [refreshToken, accessToken, key, "argon2"]) expect(text).not.toContain(secret);
    await expect(auth.accounts.export({ userId: "usr_0" })).rejects.toEqual(code("user_not_found"));
  });

  test("is erased everywhere at once: no row names the person, nothing lets them in, the address is free", async () => {
    const mail = createInbox();
    const { auth, database, facts, another, url } = await openAuth(open, { mail });
    const elsewhere = another();
    elsewhere.start();
    const said: unknown[] = [];
    facts.on("user.erased", async (_tx, fact) => void said.push(fact.userId));
    const user = await auth.users.register({ email: "ada@example.com", password, name: "Ada Lovelace", origin });
    const verification = await mail.codeFor(user.email, /^Verify/);
    const bob = await register(auth, "bob@example.com");
    const { accessToken, refreshToken } = await auth.sessions.login({ email: user.email, password, origin });
    const { key } = await auth.apiKeys.create({ subjectId: user.id, name: "ci", origin });
    const { key: bobs } = await auth.apiKeys.create({ subjectId: bob.id, name: "ci" });
    for (const instance of [auth, elsewhere]) {
      await instance.authenticate({ apiKey: key });
      await instance.authenticate({ bearer: accessToken });
    }

    await auth.accounts.erase({ userId: user.id, origin });
    expect(said).toEqual([user.id]);
    await expect(auth.authenticate({ apiKey: key })).rejects.toEqual(code("invalid_api_key"));
    await expect(auth.authenticate({ bearer: accessToken })).rejects.toEqual(code("token_revoked"));
    await withinASecond(async () => {
      await expect(elsewhere.authenticate({ apiKey: key })).rejects.toEqual(code("invalid_api_key"));
      await expect(elsewhere.authenticate({ bearer: accessToken })).rejects.toEqual(code("token_revoked"));
    });
    await expect(auth.sessions.refresh(refreshToken)).rejects.toEqual(code("invalid_token"));
    await expect(auth.emails.verify({ code: verification })).rejects.toEqual(code("invalid_code"));
    await expect(auth.sessions.login({ email: user.email, password })).rejects.toEqual(code("invalid_credentials"));
    await expect(auth.users.get(user.id)).rejects.toEqual(code("user_not_found"));
    await expect(auth.accounts.erase({ userId: user.id })).rejects.toEqual(code("user_not_found"));
    await auth.authenticate({ apiKey: bobs });

    const tables = ["users", "passwords", "sessions", "refresh_tokens", "codes", "api_keys", "audit", "erased_users"];
    const rows = await Promise.all(
      tables.map((table) => database.rows(sql`select * from ${sql.identifier(`auth_${table}`)}`)),
    );
    const everything = JSON.stringify(rows);
    expect(everything).toContain("bob@example.com");
    for (const personal of ["ada@example.com", "Lovelace", origin.address, origin.userAgent])
      expect(everything).not.toContain(personal);
    expect(rows.at(-1)).toMatchObject([{ id: user.id }]);
    expect((await auth.audit.list(user.id, { limit: 1 })).data).toMatchObject([{ action: "user.erased" }]);
    if (dialect === "sqlite") {
      // Nor is anybody left in the bytes of the file and of the log beside it, as soon as nobody reads there.
      for (const name of [fileURLToPath(url), `${fileURLToPath(url)}-wal`]) {
        const bytes = () => readFile(name, "latin1");
        await expect.poll(bytes, { timeout: 10_000 }).not.toMatch(/ada@example\.com|Lovelace|192\.0\.2\.77/);
      }
    }
    expect((await register(auth)).id).not.toBe(user.id);
  });

  test("stays whole when a handler of the erasure fails", async () => {
    const { auth, facts } = await openAuth(open);
    facts.on("user.erased", async () => {
      throw new Error("the subscription cannot be ended");
    });
    const user = await register(auth);
    const { key } = await auth.apiKeys.create({ subjectId: user.id, name: "ci" });
    await expect(auth.accounts.erase({ userId: user.id })).rejects.toThrow("cannot be ended");
    await auth.authenticate({ apiKey: key });
    await auth.sessions.login({ email: user.email, password });
  });

  test("leaves no key behind, not even one that is made or rotated at the same moment", async () => {
    const { auth, another } = await openAuth(open);
    const elsewhere = another();
    for (let round = 0; round < 5; round++) {
      const { id: subjectId } = await register(auth, `ada${round}@example.com`);
      const { id: keyId } = await auth.apiKeys.create({ subjectId, name: "old" });
      const outcomes = await Promise.allSettled([
        elsewhere.apiKeys.create({ subjectId, name: "new" }),
        elsewhere.apiKeys.rotate({ subjectId, keyId }),
        auth.accounts.erase({ userId: subjectId }),
        auth.apiKeys.create({ subjectId, name: "new" }),
      ]);
      const refusals = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason.code] : []));
      for (const refusal of refusals) expect(["user_not_found", "api_key_not_found"]).toContain(refusal);
      expect((await auth.apiKeys.list(subjectId, { limit: 5 })).data).toEqual([]);
      await expect(auth.apiKeys.create({ subjectId, name: "late" })).rejects.toEqual(code("user_not_found"));
    }
  });
});

forEachDatabase("an account in organizations", (open) => {
  const page = { limit: 20 };

  test("exports them; erased, it leaves those with others, ends its own, and takes its keys and letters along", async () => {
    const mail = createInbox();
    const { auth, database, facts } = await openAuth(open, { mail });
    const { organizationId, ada, idOf } = await foundOrganization(auth, mail, { bob: "admin" });
    const bob = idOf("bob");
    const alone = await auth.organizations.create({ userId: bob, name: "Bob alone", origin });
    const key = (subjectId: string) => auth.apiKeys.create({ subjectId, actorId: bob, name: "ci", origin });
    const [shared, own] = [await key(organizationId), await key(alone.id)];
    await auth.organizations.invitations.create({ organizationId, actorId: bob, email: "eve@example.com", origin });
    const other = await auth.organizations.create({ userId: ada, name: "Other" });
    await auth.organizations.invitations.create({ organizationId: other.id, actorId: ada, email: "bob@example.com" });
    const exported = await auth.accounts.export({ userId: bob });
    expect(exported.organizations).toMatchObject([
      { id: organizationId, role: "admin" },
      { id: alone.id, role: "owner" },
    ]);
    const said: unknown[] = [];
    facts.on("organization.deleted", async (_tx, fact) => void said.push(fact.organizationId));
    facts.on("organization.member_removed", async (_tx, fact) => void said.push([fact.organizationId, fact.userId]));

    await auth.accounts.erase({ userId: bob, origin });
    expect(said).toEqual([[organizationId, bob], alone.id]);
    for (const { key: apiKey } of [shared, own]) {
      await expect(auth.authenticate({ apiKey })).rejects.toEqual(code("invalid_api_key"));
    }
    expect((await auth.organizations.members.list({ organizationId, actorId: ada }, page)).data).toHaveLength(1);
    const tables = ["organizations", "organization_members", "invitations", "audit", "api_keys"];
    const rows = await Promise.all(
      tables.map((table) => database.rows(sql`select * from ${sql.identifier(`auth_${table}`)}`)),
    );
    const everything = JSON.stringify(rows);
    expect(everything).toContain("Analytical Engines");
    for (const personal of ["bob@example.com", "eve@example.com", "Bob alone", origin.address, origin.userAgent])
      expect(everything).not.toContain(personal);
  });

  test("of the last owner among others is not erased, until they hand over", async () => {
    const mail = createInbox();
    const { auth } = await openAuth(open, { mail });
    const { organizationId, ada, idOf } = await foundOrganization(auth, mail, { bob: "member" });
    const { key: apiKey } = await auth.apiKeys.create({ subjectId: ada, name: "ci" });
    await expect(auth.accounts.erase({ userId: ada })).rejects.toEqual(
      expect.objectContaining({ code: "last_owner", fields: { organizationId } }),
    );
    await auth.authenticate({ apiKey });
    const handover = { organizationId, actorId: ada, userId: idOf("bob") };
    await auth.organizations.members.transferOwnership(handover);
    await auth.accounts.erase({ userId: ada });
    await auth.accounts.erase({ userId: idOf("bob") });
    await expect(auth.organizations.get({ organizationId, userId: ada })).rejects.toEqual(
      code("organization_not_found"),
    );
  });

  test("two owners erased at once leave no organization without one", async () => {
    const mail = createInbox();
    const { auth, another } = await openAuth(open, { mail });
    const elsewhere = another();
    const { organizationId, ada, idOf } = await foundOrganization(auth, mail, { bob: "owner", cy: "member" });
    const outcomes = await Promise.allSettled([
      auth.accounts.erase({ userId: ada }),
      elsewhere.accounts.erase({ userId: idOf("bob") }),
    ]);
    const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    expect(refused).toEqual([code("last_owner")]);
    const left = (await auth.organizations.members.list({ organizationId, actorId: null }, page)).data;
    expect(left.map(({ role }) => role).sort()).toEqual(["member", "owner"]);
  });
});
