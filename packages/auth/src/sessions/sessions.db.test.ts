import { dayMs, minuteMs, secondMs } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openAuth, password, register, secret, withinASecond } from "../../test/open-auth.ts";

const code = (code: string) => expect.objectContaining({ code });
const page = { limit: 20 };

forEachDatabase("sessions", (open) => {
  test("a refresh token gives a new pair that works", async () => {
    const { auth, clock } = await openAuth(open);
    const user = await register(auth);
    const first = await auth.sessions.login({ email: user.email, password });
    expect(first).toEqual({
      accessToken: expect.any(String),
      refreshToken: expect.stringMatching(/^rvf_/),
      tokenType: "Bearer",
      expiresIn: 900,
      user,
    });
    clock.advance(20 * minuteMs);
    const second = await auth.sessions.refresh(first.refreshToken);
    expect(second.user).toEqual(user);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    const principal = await auth.authenticate({ bearer: second.accessToken });
    expect(principal).toMatchObject({ userId: user.id, subjectId: user.id, role: "user", scopes: ["*"] });
    expect(await auth.sessions.refresh(second.refreshToken)).toMatchObject({ user });
  });

  test("a stolen refresh token used a second time ends the session of thief and customer alike", async () => {
    const { auth } = await openAuth(open);
    const stolen = await auth.sessions.open(await register(auth));
    const thief = await auth.sessions.refresh(stolen.refreshToken);
    const later = await auth.sessions.refresh(thief.refreshToken);
    await expect(auth.sessions.refresh(stolen.refreshToken)).rejects.toEqual(code("token_reused"));
    await expect(auth.sessions.refresh(later.refreshToken)).rejects.toEqual(code("token_revoked"));
    for (const { accessToken } of [stolen, thief, later]) {
      await expect(auth.tokens.verify(accessToken)).rejects.toEqual(code("token_revoked"));
    }
    await expect(auth.sessions.refresh(stolen.refreshToken)).rejects.toEqual(code("token_reused"));
  });

  test("ends 90 days after it began, however often it is used", async () => {
    const { auth, clock, another } = await openAuth(open);
    const user = await register(auth);
    let { refreshToken } = await auth.sessions.open(user);
    const carryOn = async (by: typeof auth = auth) => {
      ({ refreshToken } = await by.sessions.refresh(refreshToken));
      return (await auth.sessions.list(user.id, page)).data[0]?.expiresAt;
    };
    const began = clock.now().getTime();
    clock.advance(29 * dayMs);
    expect(await carryOn()).toEqual(new Date(began + 59 * dayMs));
    for (let days = 58; days < 90; days += 29) {
      clock.advance(29 * dayMs);
      expect(await carryOn()).toEqual(new Date(began + Math.min(days + 30, 90) * dayMs));
    }
    clock.advance(3 * dayMs - 1);
    expect(await carryOn()).toEqual(new Date(began + 90 * dayMs));
    // Of an instance that was told so; a session that had more than it may have ends at its next use.
    const shorter = { tokens: { secret, sessionSeconds: 3_600 } };
    const brief = await another(shorter).sessions.open(user);
    clock.advance(1);
    await expect(carryOn()).rejects.toEqual(code("token_expired"));
    clock.advance(3_600 * secondMs - 2);
    const { refreshToken: last } = await another(shorter).sessions.refresh(brief.refreshToken);
    clock.advance(1);
    await expect(another(shorter).sessions.refresh(last)).rejects.toEqual(code("token_expired"));
    const long = await auth.sessions.open(user);
    clock.advance(3_600 * secondMs);
    await expect(another(shorter).sessions.refresh(long.refreshToken)).rejects.toEqual(code("token_expired"));
    await expect(async () => another({ tokens: { secret, sessionSeconds: 0 } })).rejects.toEqual(
      code("invalid_configuration"),
    );
  });

  test("reuse in one session leaves the user's others alone", async () => {
    const { auth } = await openAuth(open);
    const user = await register(auth);
    const [one, other] = [await auth.sessions.open(user), await auth.sessions.open(user)];
    await auth.sessions.refresh(one.refreshToken);
    await expect(auth.sessions.refresh(one.refreshToken)).rejects.toEqual(code("token_reused"));
    expect(await auth.sessions.refresh(other.refreshToken)).toMatchObject({ user });
  });

  test("of twenty uses of a refresh token at once, in two instances, exactly one wins", async () => {
    const { auth, another } = await openAuth(open);
    const other = another();
    const { refreshToken } = await auth.sessions.open(await register(auth));
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? auth : other).sessions.refresh(refreshToken)),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results) if (result.status === "rejected") expect(result.reason).toEqual(code("token_reused"));
  });

  test("a refresh token ends by the clock, thirty days after it was given", async () => {
    const { auth, clock } = await openAuth(open);
    const user = await register(auth);
    const { refreshToken } = await auth.sessions.open(user);
    clock.advance(30 * dayMs - 1);
    const { refreshToken: next } = await auth.sessions.refresh(refreshToken);
    clock.advance(30 * dayMs);
    await expect(auth.sessions.refresh(next)).rejects.toEqual(code("token_expired"));
    expect(await auth.sessions.list(user.id, page)).toEqual({ data: [], next: null });
  });

  test("an access token, a made-up token and plain nonsense are no refresh tokens", async () => {
    const { auth } = await openAuth(open);
    const { accessToken, refreshToken } = await auth.sessions.open(await register(auth));
    for (const wrong of [accessToken, "", "rvf_", `rvf_${"A".repeat(43)}`, `${refreshToken}x`, "x".repeat(1_000_000)]) {
      await expect(auth.sessions.refresh(wrong)).rejects.toEqual(code("invalid_token"));
    }
    await expect(auth.tokens.verify(refreshToken)).rejects.toEqual(code("invalid_token"));
  });

  test("logging out ends the session, its access token and its refresh token, and may be done twice", async () => {
    const { auth } = await openAuth(open);
    const { accessToken, refreshToken } = await auth.sessions.open(await register(auth));
    const { credential } = await auth.authenticate({ bearer: accessToken });
    if (credential.kind !== "session") throw new Error("not a session");
    await auth.sessions.logout(credential);
    await auth.sessions.logout(credential);
    await expect(auth.authenticate({ bearer: accessToken })).rejects.toEqual(code("token_revoked"));
    await expect(auth.sessions.refresh(refreshToken)).rejects.toEqual(code("token_revoked"));
  });

  test("a log-out that is rolled back has not happened", async () => {
    const { auth, database } = await openAuth(open);
    const { accessToken, refreshToken } = await auth.sessions.open(await register(auth));
    const { credential } = await auth.authenticate({ bearer: accessToken });
    if (credential.kind !== "session") throw new Error("not a session");
    const undone = database.transaction(async (tx) => {
      await auth.sessions.logout(credential, tx);
      throw new Error("rolled back");
    });
    await expect(undone).rejects.toThrow("rolled back");
    expect(await auth.authenticate({ bearer: accessToken })).toMatchObject({ credential });
    await auth.sessions.refresh(refreshToken);
  });

  test("a user sees and ends their own sessions, never another's", async () => {
    const { auth, clock } = await openAuth(open);
    const [ada, eve] = [await register(auth), await register(auth, "eve@example.com")];
    await auth.sessions.open(ada);
    clock.advance(secondMs);
    await auth.sessions.open(ada);
    const listed = await auth.sessions.list(ada.id, page);
    expect(listed.data.map(({ createdAt }) => createdAt)).toEqual([
      clock.now(),
      new Date(clock.now().getTime() - secondMs),
    ]);
    const [first] = listed.data;
    const sessionId = first?.id ?? "";
    await expect(auth.sessions.end({ userId: eve.id, sessionId })).rejects.toEqual(code("session_not_found"));
    await auth.sessions.end({ userId: ada.id, sessionId });
    await expect(auth.sessions.end({ userId: ada.id, sessionId })).rejects.toEqual(code("session_not_found"));
    expect((await auth.sessions.list(ada.id, page)).data).toEqual(listed.data.slice(1));

    await auth.sessions.open(ada);
    const one = await auth.sessions.list(ada.id, { limit: 1 });
    expect(one.next).not.toBeNull();
    const two = await auth.sessions.list(ada.id, { limit: 1, after: one.next ?? "" });
    expect([...one.data, ...two.data]).toEqual((await auth.sessions.list(ada.id, page)).data);
    expect(two.next).toBeNull();
  });

  test("another instance refuses an ended session within a second", async () => {
    const { auth, another } = await openAuth(open);
    const other = another();
    other.start();
    const user = await register(auth);
    const { accessToken } = await auth.sessions.open(user);
    expect(await other.tokens.verify(accessToken)).toMatchObject({ sub: user.id });
    const [session] = (await auth.sessions.list(user.id, page)).data;
    await auth.sessions.end({ userId: user.id, sessionId: session?.id ?? "" });
    await withinASecond(() => expect(other.tokens.verify(accessToken)).rejects.toEqual(code("token_revoked")));
  });

  test("what has expired is removed, and nothing that is still of use", async () => {
    const { auth, clock, database } = await openAuth(open);
    const user = await register(auth);
    const old = await auth.sessions.open(user);
    clock.advance(20 * dayMs);
    const current = await auth.sessions.open(user);
    clock.advance(11 * dayMs + secondMs);
    await auth.sweep();
    const rows = await database.rows(sql`select id from auth_sessions`);
    const tokens = await database.rows(sql`select hash from auth_refresh_tokens`);
    expect([rows.length, tokens.length]).toEqual([1, 1]);
    await expect(auth.sessions.refresh(old.refreshToken)).rejects.toEqual(code("invalid_token"));
    expect(await auth.sessions.refresh(current.refreshToken)).toMatchObject({ user });
  });
});
