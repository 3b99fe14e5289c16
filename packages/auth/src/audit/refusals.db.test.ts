import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { createInbox } from "../../test/inbox.ts";
import { openAuth, password, register } from "../../test/open-auth.ts";
import type { Auth } from "../index.ts";

const hour = 60 * 60 * 1_000;
const from = (address: string, userAgent = "a browser") => ({ address, userAgent });

async function refusalsOf(auth: Auth, userId: string) {
  const { data } = await auth.audit.list(userId, { limit: 100 });
  return data.filter(({ action }) => /failed|refused/.test(action)).toReversed();
}

forEachDatabase("refusals in the audit log", (open) => {
  test("of log-ins say how often, first and last, and from where; those of an hour and a place are one entry", async () => {
    const { auth, clock } = await openAuth(open);
    const { id: userId, email, createdAt } = await register(auth);
    const fail = (given: string, origin?: object) =>
      expect(auth.sessions.login({ email, password: given, origin })).rejects.toThrow();
    for (let tried = 0; tried < 3; tried++) {
      await fail("wrong horse", from("192.0.2.7"));
      clock.advance(1_000);
    }
    const entry = { action: "login.failed", userId, actorId: null, target: null };
    const first = { ...entry, ...from("192.0.2.7"), times: 3, at: createdAt };
    expect(await refusalsOf(auth, userId)).toMatchObject([{ ...first, lastAt: new Date(createdAt.getTime() + 2_000) }]);
    clock.advance(hour);
    await fail("wrong horse", from("192.0.2.7"));
    await auth.sessions.login({ email, password, origin: from("192.0.2.7") });
    const change = { userId, currentPassword: "wrong horse", newPassword: "incorrect zebra capacitor" };
    await expect(auth.passwords.change({ ...change, origin: from("192.0.2.7") })).rejects.toThrow();
    expect(await refusalsOf(auth, userId)).toMatchObject([
      first,
      { ...entry, times: 1 },
      { ...entry, action: "reauthentication.failed", times: 1 },
    ]);
    expect(JSON.stringify(await auth.audit.list(userId, { limit: 100 }))).not.toContain("horse");
  });

  test("fill nobody's log: from 60 networks, some at once, an hour has eight entries, and nobody's address none", async () => {
    const { auth, another, database } = await openAuth(open, { attemptLimits: { perAccount: 1_000_000 } });
    const { id: userId, email } = await register(auth);
    const instances = [auth, another()];
    const tries = Array.from({ length: 60 }, (_, n) =>
      instances[n % 2]?.sessions.login({
        email: n % 10 === 0 ? "nobody@example.com" : email,
        password: "wrong horse",
        origin: from(`10.0.${n % 7}.${n}`, `browser ${n}`),
      }),
    );
    await Promise.allSettled(tries);
    await Promise.all(instances.map((instance) => instance.stop()));
    const entries = await refusalsOf(auth, userId);
    expect(entries.length).toBeLessThanOrEqual(8);
    expect(entries.reduce((sum, { times }) => sum + times, 0)).toBe(54);
    // Where places differ, none is named.
    expect(entries.filter(({ times }) => times > 1).every(({ userAgent }) => userAgent === null)).toBe(true);
    const { audit } = (await import("../schema.ts")).authTables(database.dialect);
    expect((await database.db.select({ userId: audit.userId }).from(audit)).every((row) => row.userId === userId)).toBe(
      true,
    );
  });

  test("that were not written yet when someone was erased do not say where from", async () => {
    const { auth, another } = await openAuth(open);
    const { id: userId, email } = await register(auth);
    const instances = [auth, another()];
    for (const { sessions } of instances) {
      const login = sessions.login({ email, password: "wrong horse", origin: from("192.0.2.7") });
      await expect(login).rejects.toThrow();
    }
    await auth.accounts.erase({ userId });
    await Promise.all(instances.map((instance) => instance.stop()));
    const unknown = { address: null, userAgent: null };
    expect(await refusalsOf(auth, userId)).toMatchObject([{ action: "login.failed", times: 2, ...unknown }]);
  });

  test("include what an account's pause turned away", async () => {
    const { auth } = await openAuth(open, { attemptLimits: { perAccount: 1 } });
    const { id: userId, email } = await register(auth);
    for (const given of ["wrong horse", password, password])
      await expect(auth.sessions.login({ email, password: given })).rejects.toThrow();
    expect(await refusalsOf(auth, userId)).toMatchObject([{ action: "login.failed", times: 3 }]);
  });

  test("of keys name the key that was right but over, and tell of no guess", async () => {
    const { auth, clock } = await openAuth(open);
    const { id: userId } = await register(auth);
    const make = (expiresAt: Date | null = null) => auth.apiKeys.create({ subjectId: userId, name: "ci", expiresAt });
    const [revoked, good, short] = [await make(), await make(), await make(new Date(clock.now().getTime() + 5_000))];
    await auth.apiKeys.revoke({ subjectId: userId, keyId: revoked.id });
    await auth.authenticate({ apiKey: short.key });
    clock.advance(5_000);
    const invented = `${good.key.slice(0, -1)}${good.key.endsWith("0") ? "1" : "0"}`;
    for (const apiKey of [revoked.key, revoked.key, short.key, invented])
      await expect(auth.authenticate({ apiKey, origin: from("192.0.2.9") })).rejects.toThrow();
    await auth.authenticate({ apiKey: good.key });
    await auth.stop();
    const entry = { action: "api_key.refused", userId, actorId: null, ...from("192.0.2.9") };
    expect(await refusalsOf(auth, userId)).toMatchObject([
      { ...entry, target: revoked.id, times: 2 },
      { ...entry, target: short.id, times: 1 },
    ]);
  });

  test("of codes that had ended, and of the newest token of a session that had", async () => {
    const mail = createInbox();
    const { auth, clock } = await openAuth(open, { mail });
    const user = await register(auth);
    const { refreshToken } = await auth.sessions.open(user);
    await auth.sessions.endAll({ userId: user.id });
    const origin = from("192.0.2.9");
    await expect(auth.sessions.refresh(refreshToken, origin)).rejects.toMatchObject({ code: "token_revoked" });
    await auth.passwords.forgot({ email: user.email });
    const code = await mail.codeFor(user.email, /^Reset/);
    clock.advance(hour);
    const reset = auth.passwords.reset({ code, newPassword: "incorrect zebra capacitor", origin });
    await expect(reset).rejects.toMatchObject({ code: "invalid_code" });
    await auth.stop();
    expect(await refusalsOf(auth, user.id)).toMatchObject([
      { action: "session.refresh_refused", target: expect.stringMatching(/^ses_/), ...origin },
      { action: "code.refused", target: "password_reset", ...origin },
    ]);
  });
});
