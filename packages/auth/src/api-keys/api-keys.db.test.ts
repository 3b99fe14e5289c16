import { dayMs, secondMs } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openAuth, withinASecond } from "../../test/open-auth.ts";
import { standardScopes } from "../index.ts";
import { createKeySecret, writeKey } from "./key-text.ts";

const code = (code: string) => expect.objectContaining({ code });
const subjectId = "usr_1";
const page = { limit: 20 };

forEachDatabase("API keys", (open) => {
  test("a key is shown once, and afterwards only how it begins and ends", async () => {
    const { auth, clock } = await openAuth(open);
    const { key, ...made } = await auth.apiKeys.create({ subjectId, name: " ci " });
    expect(made).toEqual({
      id: expect.stringMatching(/^key_/),
      subjectId,
      createdBy: subjectId,
      name: "ci",
      prefix: `rvk_${made.id.slice(4)}`,
      last4: key.slice(-4),
      scopes: ["*"],
      rateLimits: {},
      usageCap: null,
      createdAt: clock.now(),
      expiresAt: null,
      lastUsedAt: null,
      revokedAt: null,
    });
    expect(key.startsWith(`${made.prefix}_`)).toBe(true);
    expect(await auth.apiKeys.list(subjectId, page)).toEqual({ data: [made], next: null });
    expect(await auth.apiKeys.verify(key)).toEqual({
      keyId: made.id,
      subjectId,
      createdBy: subjectId,
      name: "ci",
      scopes: standardScopes.filter((scope) => scope !== "keys:manage"),
      expiresAt: null,
    });
  });

  test("another secret under a known id is refused, before and after the key was cached", async () => {
    const { auth } = await openAuth(open);
    const { id, key } = await auth.apiKeys.create({ subjectId, name: "ci" });
    const forged = writeKey({ id, secret: createKeySecret() });
    await expect(auth.apiKeys.verify(forged)).rejects.toEqual(code("invalid_api_key"));
    await auth.apiKeys.verify(key);
    await expect(auth.apiKeys.verify(forged)).rejects.toEqual(code("invalid_api_key"));
    await auth.apiKeys.verify(key);
  });

  test("what is no key, or nobody's, is refused alike", async () => {
    const { auth } = await openAuth(open);
    const { key } = await auth.apiKeys.create({ subjectId, name: "ci" });
    const nobody = writeKey({ id: "key_01jd3v8k2m0123456789abcdef", secret: createKeySecret() });
    const errors = [];
    for (const wrong of ["", "rvk_", `${key}x`, key.slice(0, -1), key.toLowerCase(), nobody, "x".repeat(1_000_000)]) {
      const error = await auth.apiKeys.verify(wrong).catch((error: unknown) => error);
      errors.push({ ...(error as Error), message: (error as Error).message });
    }
    expect(errors[0]).toMatchObject({ code: "invalid_api_key" });
    for (const error of errors) expect(error).toEqual(errors[0]);
  });

  test("a key with a bad checksum costs no query", async () => {
    const { auth, database } = await openAuth(open);
    const { key } = await auth.apiKeys.create({ subjectId, name: "ci" });
    // Without its table any query would fail with another error.
    await database.rows(sql`alter table auth_api_keys rename to auth_api_keys_away`);
    const wrong = key.slice(0, -1) + (key.endsWith("0") ? "1" : "0");
    await expect(auth.apiKeys.verify(wrong)).rejects.toEqual(code("invalid_api_key"));
    await expect(auth.apiKeys.verify(key)).rejects.not.toEqual(code("invalid_api_key"));
  });

  // On SQLite, where a query costs less than a place in the cache, once it has come twice.
  test("a key that comes again and again costs no query", async () => {
    const { auth, database } = await openAuth(open);
    const { key } = await auth.apiKeys.create({ subjectId, name: "ci" });
    await auth.apiKeys.verify(key);
    if (database.dialect === "sqlite") await auth.apiKeys.verify(key);
    await database.rows(sql`alter table auth_api_keys rename to auth_api_keys_away`);
    expect(await auth.apiKeys.verify(key)).toMatchObject({ subjectId });
  });

  test("a key ends by the clock, cached or not", async () => {
    const { auth, clock, another } = await openAuth(open);
    const expiresAt = new Date(clock.now().getTime() + dayMs);
    const { key } = await auth.apiKeys.create({ subjectId, name: "ci", expiresAt });
    clock.advance(dayMs - 1);
    for (let use = 0; use < 3; use++) expect(await auth.apiKeys.verify(key)).toMatchObject({ expiresAt });
    clock.advance(1);
    await expect(auth.apiKeys.verify(key)).rejects.toEqual(code("invalid_api_key"));
    await expect(another().apiKeys.verify(key)).rejects.toEqual(code("invalid_api_key"));
  });

  test("a revoked key is refused at once here, though cached, within a second elsewhere, and after a restart", async () => {
    const { auth, another } = await openAuth(open);
    const other = another();
    other.start();
    const { id: keyId, key } = await auth.apiKeys.create({ subjectId, name: "ci" });
    // Cached by its second use at the latest.
    for (const each of [auth, auth, other, other]) await each.apiKeys.verify(key);
    const revoked = await auth.apiKeys.revoke({ subjectId, keyId });
    expect(revoked.revokedAt).not.toBeNull();
    await expect(auth.apiKeys.verify(key)).rejects.toEqual(code("invalid_api_key"));
    await withinASecond(() => expect(other.apiKeys.verify(key)).rejects.toEqual(code("invalid_api_key")));
    await expect(another().apiKeys.verify(key)).rejects.toEqual(code("invalid_api_key"));
    expect(await auth.apiKeys.revoke({ subjectId, keyId })).toEqual(revoked);
  });

  test("a revocation that is rolled back has not happened", async () => {
    const { auth, database } = await openAuth(open);
    const { id: keyId, key } = await auth.apiKeys.create({ subjectId, name: "ci" });
    const undone = database.transaction(async (tx) => {
      await auth.apiKeys.revoke({ subjectId, keyId }, tx);
      throw new Error("rolled back");
    });
    await expect(undone).rejects.toThrow("rolled back");
    expect(await auth.apiKeys.verify(key)).toMatchObject({ keyId });
  });

  test("another subject neither sees, revokes nor rotates a key", async () => {
    const { auth } = await openAuth(open);
    const { id: keyId, key } = await auth.apiKeys.create({ subjectId, name: "ci" });
    const theirs = { subjectId: "usr_2", keyId };
    await expect(auth.apiKeys.revoke(theirs)).rejects.toEqual(code("api_key_not_found"));
    await expect(auth.apiKeys.rotate(theirs)).rejects.toEqual(code("api_key_not_found"));
    await expect(auth.apiKeys.revoke({ subjectId, keyId: "key_0" })).rejects.toEqual(code("api_key_not_found"));
    expect((await auth.apiKeys.list("usr_2", page)).data).toEqual([]);
    await auth.apiKeys.verify(key);
  });

  test("a rotated key works until the overlap is over, here and elsewhere, and its successor goes on", async () => {
    const { auth, another, clock } = await openAuth(open);
    const other = another();
    other.start();
    const scopes = ["usage:write"];
    const expiresAt = new Date(clock.now().getTime() + 90 * dayMs);
    const old = await auth.apiKeys.create({ subjectId, name: "ci", scopes, expiresAt });
    for (const each of [auth, other]) await each.apiKeys.verify(old.key);
    const next = await auth.apiKeys.rotate({ subjectId, keyId: old.id, overlapSeconds: 60 });
    expect(next).toMatchObject({ name: "ci", scopes, expiresAt, subjectId });
    for (const { key } of [old, next]) expect(await auth.apiKeys.verify(key)).toMatchObject({ subjectId, scopes });
    clock.advance(60 * secondMs);
    await expect(auth.apiKeys.verify(old.key)).rejects.toEqual(code("invalid_api_key"));
    await withinASecond(() => expect(other.apiKeys.verify(old.key)).rejects.toEqual(code("invalid_api_key")));
    await auth.apiKeys.verify(next.key);
  });

  test("without an overlap the old key ends at once", async () => {
    const { auth } = await openAuth(open);
    const old = await auth.apiKeys.create({ subjectId, name: "ci" });
    await auth.apiKeys.verify(old.key);
    const next = await auth.apiKeys.rotate({ subjectId, keyId: old.id });
    await expect(auth.apiKeys.verify(old.key)).rejects.toEqual(code("invalid_api_key"));
    await auth.apiKeys.verify(next.key);
  });

  test("of five rotations at once one makes a key", async () => {
    const { auth } = await openAuth(open);
    const { id: keyId } = await auth.apiKeys.create({ subjectId, name: "ci" });
    const rotations = Array.from({ length: 5 }, () => auth.apiKeys.rotate({ subjectId, keyId, overlapSeconds: 60 }));
    const results = await Promise.allSettled(rotations);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results)
      if (result.status === "rejected") expect(result.reason).toEqual(code("api_key_not_active"));
    expect((await auth.apiKeys.list(subjectId, page)).data).toHaveLength(2);
  });

  test("an overlap never gives a key more time than it had", async () => {
    const { auth, clock } = await openAuth(open);
    const expiresAt = new Date(clock.now().getTime() + 10 * secondMs);
    const old = await auth.apiKeys.create({ subjectId, name: "ci", expiresAt });
    await auth.apiKeys.rotate({ subjectId, keyId: old.id, overlapSeconds: 3_600 });
    clock.advance(10 * secondMs);
    await expect(auth.apiKeys.verify(old.key)).rejects.toEqual(code("invalid_api_key"));
    await expect(auth.apiKeys.rotate({ subjectId, keyId: old.id })).rejects.toEqual(code("api_key_not_active"));
  });

  test("what a key cannot be is refused with a code", async () => {
    const { auth, clock } = await openAuth(open);
    const create = (more: object) => auth.apiKeys.create({ subjectId, name: "ci", ...more });
    await expect(create({ name: " " })).rejects.toEqual(code("invalid_name"));
    await expect(create({ name: "nul\u0000" })).rejects.toEqual(code("invalid_name"));
    await expect(create({ name: "\udc00" })).rejects.toEqual(code("invalid_name"));
    await expect(create({ scopes: ["keys:manage"] })).rejects.toEqual(code("invalid_scope"));
    await expect(create({ scopes: ["nothing:real"] })).rejects.toEqual(code("invalid_scope"));
    await expect(create({ scopes: [] })).rejects.toEqual(code("invalid_scope"));
    await expect(create({ expiresAt: clock.now() })).rejects.toEqual(code("invalid_expiry"));
    await expect(create({ expiresAt: new Date(Number.NaN) })).rejects.toEqual(code("invalid_expiry"));
    // The last day of a Date, which PostgreSQL cannot read.
    await expect(create({ expiresAt: new Date(8.64e15) })).rejects.toEqual(code("invalid_expiry"));
    const { id: keyId } = await create({});
    for (const overlapSeconds of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 1e12, 9e15]) {
      await expect(auth.apiKeys.rotate({ subjectId, keyId, overlapSeconds })).rejects.toEqual(code("invalid_expiry"));
    }
  });

  test("a page ends where the next begins", async () => {
    const { auth, clock } = await openAuth(open);
    for (let i = 0; i < 5; i++) {
      await auth.apiKeys.create({ subjectId, name: `key ${i}` });
      clock.advance(1);
    }
    const names: string[] = [];
    let after: string | null | undefined;
    do {
      const { data, next } = await auth.apiKeys.list(subjectId, { limit: 2, after: after ?? undefined });
      names.push(...data.map(({ name }) => name));
      after = next;
    } while (after !== null);
    expect(names).toEqual(["key 4", "key 3", "key 2", "key 1", "key 0"]);
  });

  test("uses are written in one go, never to an earlier time, and none is lost at stop", async () => {
    const { auth, another, clock } = await openAuth(open);
    const made = await Promise.all(
      Array.from({ length: 3 }, (_, i) => auth.apiKeys.create({ subjectId, name: `${i}` })),
    );
    const [first, second] = made;
    const third = another();
    const lastUses = async (seenBy = third) =>
      new Map((await seenBy.apiKeys.list(subjectId, page)).data.map(({ id, lastUsedAt }) => [id, lastUsedAt]));
    const early = clock.now();
    const slow = another();
    await slow.apiKeys.verify(first?.key ?? "");
    await slow.apiKeys.verify(second?.key ?? "");
    const late = clock.advance(5 * secondMs);
    await auth.apiKeys.verify(first?.key ?? "");
    // Seen at once where it happened, and by the others once it is written.
    expect((await lastUses(auth)).get(first?.id ?? "")).toEqual(late);
    expect([...(await lastUses()).values()]).toEqual([null, null, null]);
    await auth.stop();
    expect((await lastUses()).get(first?.id ?? "")).toEqual(late);
    await slow.stop();
    const uses = await lastUses();
    expect(made.map(({ id }) => uses.get(id))).toEqual([late, early, null]);
  });
});
