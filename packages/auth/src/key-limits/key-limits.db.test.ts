import { dayMs, secondMs } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openAuth } from "../../test/open-auth.ts";
import type { Auth } from "../index.ts";

const code = (code: string) => expect.objectContaining({ code });
const make = (auth: Auth, limits: object) => auth.apiKeys.create({ subjectId: "usr_1", name: "limited", ...limits });
/** How many of so many uses at once were let in, by all instances together. */
async function passed(instances: readonly Auth[], key: string, uses: number): Promise<number> {
  const settled = await Promise.allSettled(
    Array.from({ length: uses }, (_, n) => (instances[n % instances.length] ?? instances[0])?.apiKeys.verify(key)),
  );
  for (const each of settled) {
    if (each.status === "rejected") expect(["rate_limited", "quota_exceeded"]).toContain(each.reason.code);
  }
  return settled.filter(({ status }) => status === "fulfilled").length;
}

forEachDatabase("a limited key", (open) => {
  test("is let in exactly as often as its limit says, whatever comes at once in three instances", async () => {
    const { auth, another } = await openAuth(open);
    const { key } = await make(auth, { rateLimits: { requests: { limit: 37, windowSeconds: 60 } } });
    expect(await passed([auth, another(), another()], key, 120)).toBe(37);
  });

  test("is refused with the end of its window, after which it is let in again", async () => {
    const { auth, clock } = await openAuth(open);
    const { key } = await make(auth, { rateLimits: { requests: { limit: 2, windowSeconds: 60 } } });
    expect(await passed([auth], key, 3)).toBe(2);
    const resetsAt = new Date("2026-03-01T12:01:00Z");
    const fields = { limit: 2, name: "requests", resetsAt };
    await expect(auth.apiKeys.verify(key)).rejects.toEqual(expect.objectContaining({ code: "rate_limited", fields }));
    clock.set(resetsAt);
    expect(await passed([auth], key, 3)).toBe(2);
  });

  test("an instance whose clock is behind does not open a window anew", async () => {
    const { auth, another, clock } = await openAuth(open);
    const behind = another({ clock: { now: () => new Date(clock.now().getTime() - 60 * secondMs) } });
    const { key } = await make(auth, { rateLimits: { requests: { limit: 2, windowSeconds: 60 } } });
    expect(await passed([auth], key, 2)).toBe(2);
    expect(await passed([behind], key, 2)).toBe(0);
    expect(await passed([auth], key, 2)).toBe(0);
  });

  test("has limits by name: a use takes of those that it names, and one that lacks any takes of none", async () => {
    const { auth } = await openAuth(open);
    const rateLimits = { search: { limit: 5, windowSeconds: 60 }, exports: { limit: 2, windowSeconds: 3_600 } };
    const { key } = await make(auth, { rateLimits });
    const take = (take: Record<string, number>) => auth.apiKeys.verify(key, { take });
    await take({ search: 4 });
    await expect(take({ exports: 1, search: 2 })).rejects.toEqual(code("rate_limited"));
    await take({ exports: 2 });
    await take({ search: 1 });
    await expect(take({ search: 1 })).rejects.toEqual(code("rate_limited"));
    await expect(take({ exports: 1 })).rejects.toEqual(code("rate_limited"));
    await take({});
    for (const wrong of [{ unknown: 1 }, { search: -1 }, { search: 0.5 }, { constructor: 1 }]) {
      await expect(take(wrong as Record<string, number>)).rejects.toEqual(code("invalid_limits"));
    }
  });

  test("a cap is used up for ever, or refilled by its amount and never above itself", async () => {
    const { auth, clock } = await openAuth(open);
    const { key: once } = await make(auth, { usageCap: { limit: 3 } });
    const { key: refilled } = await make(auth, { usageCap: { limit: 3, refill: { amount: 2, everySeconds: 60 } } });
    for (const key of [once, refilled]) expect(await passed([auth], key, 5)).toBe(3);
    clock.advance(60 * secondMs);
    expect(await passed([auth], once, 5)).toBe(0);
    expect(await passed([auth], refilled, 5)).toBe(2);
    clock.advance(600 * secondMs);
    expect(await passed([auth], refilled, 9)).toBe(3);
    clock.advance(60 * secondMs);
    await expect(auth.apiKeys.verify(refilled, { cost: 3 })).rejects.toEqual(code("quota_exceeded"));
    await auth.apiKeys.verify(refilled, { cost: 2 });
    await auth.apiKeys.verify(refilled, { cost: 0 });
  });

  test("its use survives a restart, and rotation makes nothing new of it", async () => {
    const { auth, another } = await openAuth(open);
    const made = await make(auth, { usageCap: { limit: 3 } });
    expect(await passed([auth], made.key, 2)).toBe(2);
    const { key, usageCap } = await another().apiKeys.rotate({
      subjectId: "usr_1",
      keyId: made.id,
      overlapSeconds: 60,
    });
    expect(usageCap).toEqual({ limit: 3, refill: null });
    expect(await passed([another()], key, 2)).toBe(1);
    expect(await passed([auth], made.key, 2)).toBe(0);
  });

  test("is full again however long it was not used, the largest limits too", async () => {
    const { auth, clock } = await openAuth(open);
    const most = 1_000_000_000_000;
    const { key } = await make(auth, {
      rateLimits: { requests: { limit: most, windowSeconds: 1 } },
      usageCap: { limit: 3, refill: { amount: 2, everySeconds: 1 } },
    });
    expect(await passed([auth], key, 4)).toBe(3);
    clock.advance(secondMs);
    expect(await passed([auth], key, 4)).toBe(2);
    clock.advance(2 * secondMs);
    expect(await passed([auth], key, 4)).toBe(3);
    clock.advance(10 * 365 * dayMs);
    expect(await passed([auth], key, 4)).toBe(3);
  });

  test("is refilled at the very moment of its period, however often it was rotated within", async () => {
    const { auth, another, clock } = await openAuth(open);
    const usageCap = { limit: 5, refill: { amount: 2, everySeconds: 60 } };
    const first = await make(auth, { usageCap });
    expect(await passed([auth], first.key, 4)).toBe(4);
    clock.advance(59 * secondMs);
    const rotated = await auth.apiKeys.rotate({ subjectId: "usr_1", keyId: first.id, overlapSeconds: 3_600 });
    clock.advance(999);
    // Both keys, in two instances: one is left of the first period.
    expect(await passed([auth, another()], rotated.key, 2)).toBe(1);
    expect(await passed([auth], first.key, 2)).toBe(0);
    clock.advance(1);
    expect(await passed([auth], first.key, 1)).toBe(1);
    const again = await auth.apiKeys.rotate({ subjectId: "usr_1", keyId: rotated.id });
    expect(await passed([auth, another()], again.key, 3)).toBe(1);
    clock.advance(60 * secondMs - 1);
    await expect(auth.apiKeys.verify(again.key)).rejects.toEqual(code("quota_exceeded"));
    clock.advance(1);
    expect(await passed([auth], again.key, 3)).toBe(2);
  });

  test("is not let in when its use cannot be counted", async () => {
    const { auth, database } = await openAuth(open);
    const { key } = await make(auth, { usageCap: { limit: 3 } });
    await auth.apiKeys.verify(key);
    await database.rows(sql`alter table auth_key_counters rename to auth_key_counters_away`);
    await expect(auth.apiKeys.verify(key)).rejects.toThrow();
    await database.rows(sql`alter table auth_key_counters_away rename to auth_key_counters`);
    expect(await passed([auth], key, 5)).toBe(2);
  });

  test("shows its limits, and limits that make no sense make no key", async () => {
    const { auth } = await openAuth(open);
    const limits = { rateLimits: { requests: { limit: 5, windowSeconds: 1 } }, usageCap: { limit: 9, refill: null } };
    expect(await make(auth, limits)).toMatchObject(limits);
    expect((await auth.apiKeys.list("usr_1", { limit: 9 })).data[0]).toMatchObject(limits);
    for (const wrong of [
      { rateLimits: { requests: { limit: 0, windowSeconds: 1 } } },
      { rateLimits: { requests: { limit: 1, windowSeconds: 0 } } },
      { rateLimits: { "Not a name": { limit: 1, windowSeconds: 1 } } },
      {
        rateLimits: Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`n${n}`, { limit: 1, windowSeconds: 1 }])),
      },
      { usageCap: { limit: Number.NaN } },
      { usageCap: { limit: 1, refill: { amount: 0, everySeconds: 1 } } },
    ]) {
      await expect(make(auth, wrong)).rejects.toEqual(code("invalid_limits"));
    }
  });
});
