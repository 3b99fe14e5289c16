import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { createInbox } from "../../test/inbox.ts";
import { openAuth, password, register, withinASecond } from "../../test/open-auth.ts";

const code = (code: string) => expect.objectContaining({ code });
const origin = { address: "192.0.2.77", userAgent: "the browser of Ada" };

forEachDatabase("an account", (open) => {
  test("is exported whole, without anything that lets someone in", async () => {
    const { auth, clock } = await openAuth(open);
    const user = await register(auth);
    const { refreshToken, accessToken } = await auth.sessions.open(user);
    const { key, ...shown } = await auth.apiKeys.create({ subjectId: user.id, name: "ci" });
    for (let entry = 0; entry < 120; entry++) await auth.users.setRole(user.id, "user");
    const exported = await auth.accounts.export({ userId: user.id, origin });
    expect(exported).toMatchObject({ exportedAt: clock.now(), user, passwordChangedAt: clock.now(), apiKeys: [shown] });
    expect(exported.sessions).toHaveLength(1);
    expect(exported.audit).toHaveLength(124);
    expect(exported.audit[0]).toMatchObject({ action: "user.exported", ...origin });
    const text = JSON.stringify(exported);
    for (const secret of [refreshToken, accessToken, key, "argon2"]) expect(text).not.toContain(secret);
    await expect(auth.accounts.export({ userId: "usr_0" })).rejects.toEqual(code("user_not_found"));
  });

  test("is erased everywhere at once: no row names the person, nothing lets them in, the address is free", async () => {
    const mail = createInbox();
    const { auth, database, facts, another } = await openAuth(open, { mail });
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
});
