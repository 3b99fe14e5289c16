import { dayMs } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openRich, subjectId } from "../../test/rich.ts";
import { countRows } from "../../test/world.ts";

forEachDatabase("a reservation", (open) => {
  test("takes room at once, and gives back what was not used", async () => {
    const { saas, clock } = await openRich(open);
    const { reservation, verdict } = await saas.quotas.reserve({
      ...{ subjectId, id: "job-1", feature: "token", quantity: 80 },
      expiresInSeconds: 60,
    });
    expect(verdict).toMatchObject({ allowed: true, used: 80, limit: 100, remaining: 20 });
    expect(reservation).toMatchObject({
      state: "held",
      quantity: 80,
      expiresAt: new Date(clock.now().getTime() + 60_000),
    });
    expect(await saas.quotas.consume({ subjectId, feature: "token", quantity: 21 })).toMatchObject({ allowed: false });
    const committed = await saas.quotas.commit({ subjectId, id: "job-1", quantity: 30 });
    expect(committed).toMatchObject({ duplicate: false, reservation: { state: "committed", committed: 30 } });
    expect(committed.verdict).toMatchObject({ used: 30, remaining: 70 });
    expect(await saas.quotas.consume({ subjectId, feature: "token", quantity: 70 })).toMatchObject({ allowed: true });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("is one for an id, whatever is asked again", async () => {
    const { saas } = await openRich(open);
    const reserve = (quantity: number) => saas.quotas.reserve({ subjectId, id: "job", feature: "token", quantity });
    const answers = await Promise.all([reserve(10), reserve(10), reserve(90)]);
    expect(answers.map(({ duplicate }) => duplicate)).toEqual([false, true, true]);
    expect(answers.map(({ reservation }) => reservation?.quantity)).toEqual([10, 10, 10]);
    const commit = (quantity: number) => saas.quotas.commit({ subjectId, id: "job", quantity });
    const commits = await Promise.all([commit(7), commit(9)]);
    expect(commits.map(({ duplicate, reservation }) => [duplicate, reservation.committed])).toEqual([
      [false, 7],
      [true, 7],
    ]);
    await expect(saas.quotas.release({ subjectId, id: "job" })).rejects.toMatchObject({
      code: "reservation_committed",
    });
    expect((await saas.usage.report(subjectId)).features.find(({ feature }) => feature === "token")?.used).toBe(7);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("that is released frees its units once, and takes no commit after that", async () => {
    const { saas } = await openRich(open);
    await saas.quotas.reserve({ subjectId, id: "job", feature: "token", quantity: 100 });
    const released = await Promise.all([1, 2].map(() => saas.quotas.release({ subjectId, id: "job" })));
    expect(released.map(({ duplicate, verdict }) => [duplicate, verdict.used])).toEqual([
      [false, 0],
      [true, 0],
    ]);
    await expect(saas.quotas.commit({ subjectId, id: "job" })).rejects.toMatchObject({ code: "reservation_released" });
    for (const run of [saas.quotas.commit, saas.quotas.release, saas.quotas.reservation]) {
      await expect(run({ subjectId, id: "other" })).rejects.toMatchObject({ code: "reservation_not_found" });
      await expect(run({ subjectId: "usr_2", id: "job" })).rejects.toMatchObject({ code: "reservation_not_found" });
    }
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("that ends frees its units by itself, exactly once, for whoever needs them first", async () => {
    const { saas, clock } = await openRich(open);
    await saas.quotas.reserve({ subjectId, id: "job", feature: "token", quantity: 60, expiresInSeconds: 10 });
    await saas.quotas.consume({ subjectId, feature: "token", quantity: 40 });
    clock.advance(10_000);
    const token = async () => (await saas.usage.report(subjectId)).features.find(({ feature }) => feature === "token");
    expect(await token()).toMatchObject({ used: 40, remaining: 60 });
    expect(await saas.quotas.reservation({ subjectId, id: "job" })).toMatchObject({ state: "expired" });
    const verdicts = await Promise.all(
      Array.from({ length: 80 }, () => saas.quotas.consume({ subjectId, feature: "token" })),
    );
    expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(60);
    expect(await saas.quotas.sweep()).toBe(0);
    expect(await saas.quotas.release({ subjectId, id: "job" })).toMatchObject({
      duplicate: true,
      reservation: { state: "expired" },
    });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("that ends gives the credits back that it had drawn, and the hour that it had taken", async () => {
    const { saas, clock } = await openRich(open);
    await saas.credits.grant({ subjectId, id: "gift", feature: "token", amount: 20 });
    await saas.quotas.reserve({ subjectId, id: "job", feature: "token", quantity: 115, expiresInSeconds: 60 });
    await saas.quotas.reserve({ subjectId, id: "calls", feature: "call", quantity: 20, expiresInSeconds: 60 });
    const call = (quantity: number) => saas.quotas.consume({ subjectId, feature: "call", quantity });
    expect(await call(1)).toMatchObject({ reason: "window_exceeded" });
    clock.advance(60_000);
    expect(await call(20)).toMatchObject({ allowed: true, used: 20 });
    expect(await saas.quotas.consume({ subjectId, feature: "token", quantity: 118 })).toMatchObject({
      drawn: { included: 100, credits: 18 },
      credits: 2,
    });
    expect((await saas.credits.balances(subjectId))[0]?.remaining).toBe(2);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("that ended frees the credits it had drawn for everybody who may draw them", async () => {
    const { saas, clock } = await openRich(open);
    await saas.credits.grant({ subjectId, id: "gift", pool: "ai", amount: 10 });
    const token = { subjectId, feature: "token", quantity: 101 } as const;
    const images = () =>
      saas.quotas.reserve({ subjectId, id: "images", feature: "image", quantity: 2, expiresInSeconds: 60 });
    expect(await images()).toMatchObject({ reservation: { state: "held" } });
    expect(await saas.quotas.check(token)).toMatchObject({ allowed: false });
    expect(await saas.quotas.consume(token)).toMatchObject({ allowed: false });
    clock.advance(60_000);
    // A neighbour in the pool is neither used again nor swept before.
    expect(await saas.quotas.check(token)).toMatchObject({ allowed: true });
    expect(await saas.quotas.explain(token)).toMatchObject({ verdict: { allowed: true } });
    expect(await saas.quotas.consume(token)).toMatchObject({ allowed: true, drawn: { included: 100, credits: 1 } });
    expect((await saas.credits.balances(subjectId))[0]?.remaining).toBe(9.9);
    expect(await saas.quotas.sweep()).toBe(0);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("gives back by the terms in force, whoever comes by first after a downgrade", async () => {
    const { saas, clock } = await openRich(open);
    const { quotas, usage, credits } = saas;
    const ways: Record<string, (subjectId: string) => Promise<unknown>> = {
      report: (of) => usage.report(of),
      neighbour: (of) => quotas.consume({ subjectId: of, feature: "token", quantity: 1 }),
      itself: (of) => quotas.consume({ subjectId: of, feature: "image", quantity: 0 }),
      release: (of) => quotas.release({ subjectId: of, id: "images" }),
      late: (of) => quotas.commit({ subjectId: of, id: "images", quantity: 0 }),
      sweep: () => quotas.sweep(),
    };
    for (const of of Object.keys(ways)) {
      await saas.entitlements.assign({ subjectId: of, tier: "team", status: "active" });
      await credits.grant({ subjectId: of, id: "gift", pool: "ai", amount: 100 });
      await quotas.consume({ subjectId: of, feature: "image", quantity: 2 });
      const images = { subjectId: of, id: "images", feature: "image", quantity: 10, expiresInSeconds: 60 } as const;
      expect((await quotas.reserve(images)).verdict.drawn).toEqual({ included: 8, credits: 2, overage: 0 });
    }
    clock.advance(1_000);
    for (const of of Object.keys(ways))
      await saas.entitlements.assign({ subjectId: of, tier: "free", status: "active" });
    clock.advance(60_000);
    for (const [of, comeBy] of Object.entries(ways)) {
      await comeBy(of);
      const { features } = await usage.report(of);
      const seen = ["token", "image"].map((id) => features.find(({ feature }) => feature === id)?.credits);
      // Free includes no image, so that the two that were used are the credits', as when one of them is voided.
      expect([of, ...seen]).toEqual([of, 900, 18]);
    }
    while ((await quotas.sweep()) > 0);
    for (const of of Object.keys(ways)) expect([of, (await credits.balances(of))[0]?.remaining]).toEqual([of, 90]);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("that ended frees its credits in the next period too", async () => {
    const { saas, clock } = await openRich(open);
    await saas.credits.grant({ subjectId, id: "gift", feature: "token", amount: 10 });
    await saas.quotas.reserve({ subjectId, id: "job", feature: "token", quantity: 110, expiresInSeconds: 604_800 });
    clock.advance(32 * dayMs);
    expect((await saas.usage.report(subjectId)).features.find(({ feature }) => feature === "token")?.credits).toBe(10);
    expect(await saas.quotas.consume({ subjectId, feature: "token", quantity: 110 })).toMatchObject({
      drawn: { included: 100, credits: 10 },
    });
    expect(await saas.quotas.sweep()).toBe(0);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("that ended is swept without changing what is used", async () => {
    const { saas, clock } = await openRich(open);
    for (const n of [1, 2, 3]) {
      await saas.quotas.reserve({ subjectId, id: `job-${n}`, feature: "token", quantity: 10, expiresInSeconds: n });
    }
    clock.advance(2_000);
    expect(await Promise.all([saas.quotas.sweep(), saas.quotas.sweep()])).toContain(2);
    expect(await saas.quotas.sweep()).toBe(0);
    expect(await saas.quotas.check({ subjectId, feature: "token" })).toMatchObject({ used: 10 });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("is committed after its end only if all of it is still free", async () => {
    const { saas, clock } = await openRich(open);
    const reserve = (id: string) =>
      saas.quotas.reserve({ subjectId, id, feature: "token", quantity: 50, expiresInSeconds: 1 });
    await reserve("in-time");
    await reserve("too-late");
    clock.advance(5_000);
    expect(await saas.quotas.commit({ subjectId, id: "in-time" })).toMatchObject({ verdict: { used: 50 } });
    await saas.quotas.consume({ subjectId, feature: "token", quantity: 10 });
    await expect(saas.quotas.commit({ subjectId, id: "too-late" })).rejects.toMatchObject({
      code: "reservation_expired",
      fields: { limit: 100, used: 60 },
    });
    expect(await saas.quotas.commit({ subjectId, id: "too-late", quantity: 40 })).toMatchObject({
      verdict: { used: 100 },
    });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("is committed with more than it held if the rest fits, and not at all otherwise, unless it was used anyway", async () => {
    const { saas } = await openRich(open);
    const reserve = (id: string) => saas.quotas.reserve({ subjectId, id, feature: "token", quantity: 30 });
    await reserve("a");
    await reserve("b");
    expect(await saas.quotas.commit({ subjectId, id: "a", quantity: 70 })).toMatchObject({ verdict: { used: 100 } });
    await expect(saas.quotas.commit({ subjectId, id: "b", quantity: 31 })).rejects.toMatchObject({
      code: "quota_exceeded",
    });
    expect(await saas.quotas.reservation({ subjectId, id: "b" })).toMatchObject({ state: "held" });
    const counted = await saas.quotas.commit({ subjectId, id: "b", quantity: 45, beyond: "count" });
    expect(counted).toMatchObject({ reservation: { committed: 45 }, verdict: { used: 115, remaining: 0 } });
    expect(await saas.quotas.consume({ subjectId, feature: "token" })).toMatchObject({ allowed: false });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("holds credits too, and gives the ones that it drew last back first", async () => {
    const { saas } = await openRich(open);
    const give = (id: string, priority: number) =>
      saas.credits.grant({ subjectId, id, feature: "token", amount: 20, priority });
    await give("first", 1);
    await give("second", 2);
    const left = async () => (await saas.credits.balances(subjectId))[0]?.credits.map(({ remaining }) => remaining);
    await saas.quotas.reserve({ subjectId, id: "job", feature: "token", quantity: 130 });
    expect(await left()).toEqual([0, 10]);
    await saas.quotas.commit({ subjectId, id: "job", quantity: 115 });
    expect(await left()).toEqual([5, 20]);
    await saas.quotas.reserve({ subjectId, id: "job-2", feature: "token", quantity: 10 });
    expect(await left()).toEqual([0, 15]);
    await saas.credits.void({ subjectId, id: "second" });
    await saas.quotas.release({ subjectId, id: "job-2" });
    // What goes back to a credit that was taken back is gone with it.
    expect(await left()).toEqual([5]);
    const second = (await saas.credits.list(subjectId, { limit: 10 })).data.find(({ id }) => id === "second");
    expect(second).toMatchObject({ state: "void", remaining: 0 });
    const { data } = await saas.credits.entries({ subjectId, id: "second", limit: 10 });
    expect(data.slice(-2)).toMatchObject([
      { kind: "return", quantity: 5 },
      { kind: "void", quantity: -5 },
    ]);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("of a standing count cannot be given back by somebody else", async () => {
    const { saas } = await openRich(open);
    const seats = (quantity: number) => saas.quotas.consume({ subjectId, feature: "seat", quantity });
    await seats(1);
    await saas.quotas.reserve({ subjectId, id: "job", feature: "seat" });
    const check = (quantity: number) => saas.quotas.check({ subjectId, feature: "seat", quantity });
    expect(await check(-2)).toMatchObject({ allowed: false, reason: "usage_below_zero", used: 2 });
    expect(await check(-1)).toMatchObject({ allowed: true });
    expect(await seats(-2)).toMatchObject({ allowed: false, reason: "usage_below_zero", used: 2 });
    expect(await seats(-1)).toMatchObject({ allowed: true, used: 1 });
    expect(await saas.quotas.release({ subjectId, id: "job" })).toMatchObject({ verdict: { used: 0 } });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("belongs to the period in which it was made, also after an upgrade", async () => {
    const { saas, clock } = await openRich(open);
    await saas.quotas.reserve({ subjectId, id: "job", feature: "token", quantity: 50 });
    clock.advance(1_000);
    await saas.entitlements.assign({ subjectId, tier: "pro", status: "active" });
    expect(await saas.quotas.check({ subjectId, feature: "token" })).toMatchObject({ used: 0, limit: 1_000 });
    const { verdict } = await saas.quotas.commit({ subjectId, id: "job" });
    expect(verdict).toMatchObject({ tier: "free", used: 50 });
    expect(await saas.quotas.check({ subjectId, feature: "token" })).toMatchObject({ used: 0 });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("counts against the day in which it was made, and comes off that day", async () => {
    const { saas, clock } = await openRich(open);
    await saas.quotas.reserve({ subjectId, id: "job", feature: "call", quantity: 20, expiresInSeconds: 7_200 });
    expect(await saas.quotas.consume({ subjectId, feature: "call" })).toMatchObject({ reason: "window_exceeded" });
    clock.advance(3_600_000);
    await saas.quotas.consume({ subjectId, feature: "call", quantity: 20 });
    await saas.quotas.release({ subjectId, id: "job" });
    clock.advance(3_600_000);
    expect(await saas.quotas.consume({ subjectId, feature: "call", quantity: 20 })).toMatchObject({ used: 40 });
    clock.advance(3_600_000);
    expect(await saas.quotas.consume({ subjectId, feature: "call", quantity: 11 })).toMatchObject({
      cap: { kind: "day" },
    });
    expect(await saas.quotas.consume({ subjectId, feature: "call", quantity: 10 })).toMatchObject({ used: 50 });
  });

  test("counts to an hour and a day also by a clock that is behind the change of tier before", async () => {
    const { saas, clock } = await openRich(open);
    const at = clock.now();
    // Of the hour before.
    clock.set(new Date(at.getTime() - 1));
    const reserve = (id: string, quantity: number) =>
      saas.quotas.reserve({ subjectId, id, feature: "call", quantity, expiresInSeconds: 3_600 });
    expect((await reserve("behind", 15)).reservation).toMatchObject({ state: "held" });
    clock.set(at);
    expect((await reserve("in-time", 6)).verdict).toMatchObject({ allowed: false, cap: { kind: "hour" } });
    expect((await reserve("in-time", 5)).verdict).toMatchObject({ allowed: true });
  });

  test("commits or rolls back with the caller's own transaction", async () => {
    const { saas, database } = await openRich(open);
    await expect(
      database.transaction(async (tx) => {
        await saas.quotas.reserve({ subjectId, id: "job", feature: "token", quantity: 50 }, tx);
        await saas.quotas.commit({ subjectId, id: "job", quantity: 20 }, tx);
        throw new Error("rolled back");
      }),
    ).rejects.toThrow("rolled back");
    await expect(saas.quotas.reservation({ subjectId, id: "job" })).rejects.toMatchObject({
      code: "reservation_not_found",
    });
    await database.transaction(async (tx) => {
      await saas.quotas.reserve({ subjectId, id: "job", feature: "token", quantity: 50 }, tx);
      await saas.quotas.commit({ subjectId, id: "job", quantity: 20 }, tx);
    });
    expect(await saas.quotas.check({ subjectId, feature: "token" })).toMatchObject({ used: 20 });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("never sets aside more than there is, for 200 callers at once", async () => {
    const { saas } = await openRich(open);
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => saas.quotas.reserve({ subjectId, id: `job-${n}`, feature: "token" })),
    );
    expect(answers.filter(({ reservation }) => reservation)).toHaveLength(100);
    const held = answers.flatMap(({ reservation }) => (reservation ? [reservation.id] : []));
    await Promise.all(held.map((id, n) => saas.quotas[n % 2 === 0 ? "commit" : "release"]({ subjectId, id })));
    expect(await saas.quotas.check({ subjectId, feature: "token" })).toMatchObject({ used: 50 });
    const page = await saas.quotas.reservations(subjectId, { limit: 60 });
    const rest = await saas.quotas.reservations(subjectId, { limit: 60, after: page.next ?? "" });
    expect(new Set([...page.data, ...rest.data].map(({ id }) => id))).toEqual(new Set(held));
    expect(rest.next).toBeNull();
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test.each([
    ["no quantity", { quantity: 0 }, "invalid_quantity"],
    ["a negative quantity", { quantity: -1 }, "invalid_quantity"],
    ["a part of a unit", { quantity: 0.5 }, "invalid_quantity"],
    ["2^53", { quantity: 2 ** 53 }, "invalid_quantity"],
    ["an end at once", { expiresInSeconds: 0 }, "invalid_time"],
    ["an end in a year", { expiresInSeconds: 31_536_000 }, "invalid_time"],
    ["no number for the end", { expiresInSeconds: Number.NaN }, "invalid_time"],
    ["an id that is none", { id: "a b" }, "invalid_event_id"],
    ["an unknown feature", { feature: "gold" }, "unknown_feature"],
    ["an unknown subject", { subjectId: "usr_2" }, "subject_not_found"],
  ])("refuses %s, and writes nothing", async (_what, wrong, code) => {
    const { saas, database } = await openRich(open);
    const before = await countRows(database);
    const asked = saas.quotas.reserve({ subjectId, id: "job", feature: "token", ...wrong } as never);
    await expect(asked).rejects.toMatchObject({ code });
    expect(await countRows(database)).toEqual(before);
  });

  test("that is committed past what may be used draws what credits are left, and only the rest is overage", async () => {
    const { saas } = await openRich(open, "pro");
    await saas.quotas.setSpendCap({ subjectId, feature: "token", units: 0 });
    await saas.quotas.consume({ subjectId, feature: "token", quantity: 2_900 });
    await saas.quotas.reserve({ subjectId, id: "job", feature: "token", quantity: 50 });
    // 50 are left of the credits, and no overage is allowed.
    await saas.quotas.commit({ subjectId, id: "job", quantity: 120, beyond: "count" });
    const token = (await saas.usage.report(subjectId)).features.find(({ feature }) => feature === "token");
    expect(token).toMatchObject({ used: 3_020, credits: 0, overage: 20 });
    expect(await saas.ledger.verify()).toEqual([]);
  });
});
