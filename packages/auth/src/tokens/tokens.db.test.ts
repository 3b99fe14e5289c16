import { hourMs, secondMs } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openAuth, register, secret, withinASecond } from "../../test/open-auth.ts";

const code = (code: string) => expect.objectContaining({ code });

forEachDatabase("access tokens", (open) => {
  test("an access token says who, what and until when, by the injected clock", async () => {
    const { auth, clock } = await openAuth(open, { tierOf: async () => "pro" });
    const user = await register(auth);
    const { token, claims } = await auth.tokens.issue({ user, sessionId: "ses_1", scopes: ["billing:read"] });
    const iat = Math.floor(clock.now().getTime() / 1_000);
    expect(claims).toEqual({
      sub: user.id,
      email: user.email,
      tier: "pro",
      epoch: 0,
      scopes: ["billing:read"],
      jti: expect.stringMatching(/^tok_/),
      sid: "ses_1",
      iss: "revops",
      aud: "revops",
      iat,
      exp: iat + 900,
    });
    expect(await auth.tokens.verify(token)).toEqual(claims);
  });

  test("a token ends by the injected clock, also when it was verified and cached before", async () => {
    const { auth, clock } = await openAuth(open);
    const { token, claims } = await auth.tokens.issue({ user: await register(auth), sessionId: "ses_1" });
    await auth.tokens.verify(token);
    clock.set(new Date(claims.exp * 1_000 - 1));
    await auth.tokens.verify(token);
    clock.set(new Date(claims.exp * 1_000));
    await expect(auth.tokens.verify(token)).rejects.toEqual(code("token_expired"));
    clock.advance(24 * hourMs);
    await expect(auth.tokens.verify(token)).rejects.toEqual(code("token_expired"));
  });

  test("tokens live as long as is said, and are for whom is said", async () => {
    const tokens = { secret, accessTokenSeconds: 60, refreshTokenSeconds: 3_600, issuer: "us", audience: "our api" };
    const { auth, another, clock } = await openAuth(open, { tokens });
    const opened = await auth.sessions.open(await register(auth));
    expect(opened.expiresIn).toBe(60);
    const { iat, exp, ...claims } = await auth.tokens.verify(opened.accessToken);
    expect(exp - iat).toBe(60);
    expect(claims).toMatchObject({ iss: "us", aud: "our api" });
    const theirs = another({ tokens: { secret } });
    await expect(theirs.tokens.verify(opened.accessToken)).rejects.toEqual(code("invalid_token"));
    clock.advance(60 * secondMs);
    await expect(auth.tokens.verify(opened.accessToken)).rejects.toEqual(code("token_expired"));
    const { refreshToken } = await auth.sessions.refresh(opened.refreshToken);
    clock.advance(3_600 * secondMs);
    await expect(auth.sessions.refresh(refreshToken)).rejects.toEqual(code("token_expired"));
    for (const wrong of [{ accessTokenSeconds: 0 }, { refreshTokenSeconds: 1.5 }]) {
      expect(() => another({ tokens: { secret, ...wrong } })).toThrow(code("invalid_configuration"));
    }
  });

  test("a token of an instance whose clock is a little ahead is good", async () => {
    const { auth, clock } = await openAuth(open);
    const user = await register(auth);
    clock.advance(20 * secondMs);
    const { token } = await auth.tokens.issue({ user, sessionId: "ses_1" });
    clock.set(new Date(clock.now().getTime() - 20 * secondMs));
    expect(await auth.tokens.verify(token)).toMatchObject({ sub: user.id });
  });

  test("a revoked token is refused at once here, though it was cached, and within a second elsewhere", async () => {
    const { auth, another } = await openAuth(open);
    const other = another();
    other.start();
    const user = await register(auth);
    const { token, claims } = await auth.tokens.issue({ user, sessionId: "ses_1" });
    const { token: sibling } = await auth.tokens.issue({ user, sessionId: "ses_1" });
    await auth.tokens.verify(token);
    await other.tokens.verify(token);
    await auth.tokens.revoke(claims.jti, new Date(claims.exp * 1_000));
    await expect(auth.tokens.verify(token)).rejects.toEqual(code("token_revoked"));
    await withinASecond(() => expect(other.tokens.verify(token)).rejects.toEqual(code("token_revoked")));
    expect(await other.tokens.verify(sibling)).toMatchObject({ sub: user.id });
  });

  test("another instance sees a revocation within a second even when its background work was never started", async () => {
    const { auth, another } = await openAuth(open);
    const other = another();
    const { token, claims } = await auth.tokens.issue({ user: await register(auth), sessionId: "ses_1" });
    await other.tokens.verify(token);
    await auth.tokens.revoke(claims.jti, new Date(claims.exp * 1_000));
    await withinASecond(() => expect(other.tokens.verify(token)).rejects.toEqual(code("token_revoked")));
  });

  test("a revocation survives a restart", async () => {
    const { auth, another } = await openAuth(open);
    const { token, claims } = await auth.tokens.issue({ user: await register(auth), sessionId: "ses_1" });
    await auth.tokens.revoke(claims.jti, new Date(claims.exp * 1_000));
    await auth.stop();
    await expect(another().tokens.verify(token)).rejects.toEqual(code("token_revoked"));
  });

  test("revocations that commit at the same time are all seen by another instance", async () => {
    const { auth, another } = await openAuth(open);
    const [writer, reader] = [another(), another()];
    reader.start();
    const user = await register(auth);
    const issued = await Promise.all(Array.from({ length: 40 }, () => auth.tokens.issue({ user, sessionId: "ses_1" })));
    for (const { token } of issued) await reader.tokens.verify(token);
    await Promise.all(
      issued.map(({ claims }, i) => (i % 2 ? auth : writer).tokens.revoke(claims.jti, new Date(claims.exp * 1_000))),
    );
    await withinASecond(async () => {
      for (const { token } of issued) await expect(reader.tokens.verify(token)).rejects.toEqual(code("token_revoked"));
    });
  });

  test("a revocation that is over is removed, and one that is not stays", async () => {
    const { auth, clock, database } = await openAuth(open);
    const soon = new Date(clock.now().getTime() + 900 * secondMs);
    await auth.tokens.revoke("tok_soon", soon);
    await auth.tokens.revoke("tok_late", new Date(clock.now().getTime() + 3 * hourMs));
    clock.advance(2 * hourMs);
    await auth.sweep();
    expect(await database.rows(sql`select target from auth_revocations`)).toEqual([{ target: "tok_late" }]);
  });

  test("when the database is away, nobody is let in on the word of an old list", async () => {
    const { auth, database } = await openAuth(open);
    const { token } = await auth.tokens.issue({ user: await register(auth), sessionId: "ses_1" });
    await auth.tokens.verify(token);
    await database.rows(sql`alter table auth_revocations rename to auth_revocations_away`);
    await withinASecond(() => expect(auth.tokens.verify(token)).rejects.toEqual(code("database_unavailable")));
    await database.rows(sql`alter table auth_revocations_away rename to auth_revocations`);
    await auth.tokens.verify(token);
  });

  test("an admin who was made a user again is one at once here and within a second elsewhere", async () => {
    const { auth, another } = await openAuth(open);
    const other = another();
    other.start();
    const user = await register(auth);
    await auth.users.setRole(user.id, "admin");
    const { accessToken: bearer } = await auth.sessions.open(user);
    for (const each of [auth, other]) expect(await each.authenticate({ bearer })).toMatchObject({ role: "admin" });
    await auth.users.setRole(user.id, "user");
    expect(await auth.authenticate({ bearer })).toMatchObject({ role: "user" });
    await withinASecond(async () => expect(await other.authenticate({ bearer })).toMatchObject({ role: "user" }));
  });

  test("a token issued before the entitlement changed is seen to be stale, and one after it is not", async () => {
    let entitlement: string | { tier: string; epoch: number } = { tier: "free", epoch: 3 };
    const { auth } = await openAuth(open, { tierOf: async () => entitlement });
    const user = await register(auth);
    const claimsNow = async () => auth.tokens.verify((await auth.sessions.open(user)).accessToken);
    const before = await claimsNow();
    expect(before).toMatchObject({ tier: "free", epoch: 3 });
    expect(await auth.tokens.isStale(before)).toBe(false);
    entitlement = { tier: "pro", epoch: 4 };
    expect(await auth.tokens.isStale(before)).toBe(true);
    const after = await claimsNow();
    expect(after).toMatchObject({ tier: "pro", epoch: 4 });
    expect(await auth.tokens.isStale(after)).toBe(false);
    // The same tier again is another entitlement; one that is behind, as a lagging replica has it, is no news.
    entitlement = { tier: "pro", epoch: 6 };
    expect(await auth.tokens.isStale(after)).toBe(true);
    entitlement = { tier: "free", epoch: 3 };
    expect(await auth.tokens.isStale(after)).toBe(false);
    // Without epochs the tier itself is compared.
    entitlement = "free";
    const plain = await claimsNow();
    expect(await auth.tokens.isStale(plain)).toBe(false);
    entitlement = "pro";
    expect(await auth.tokens.isStale(plain)).toBe(true);
  });
});
