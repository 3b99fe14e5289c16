import { testClock } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openRich, richPlans, subjectId } from "../../test/rich.ts";
import { countRows } from "../../test/world.ts";
import { createSaas } from "../index.ts";

const day = (n: number) => new Date(Date.UTC(2026, 1, n));

forEachDatabase("credits", (open) => {
  test("running low and out is told by the use that does it, and again of what is given anew", async () => {
    const { saas, creditAlerts } = await openRich(open);
    const give = (id: string, amount: number) => saas.credits.grant({ subjectId, id, feature: "token", amount });
    const use = (quantity: number) => saas.quotas.consume({ subjectId, feature: "token", quantity });
    const told = () =>
      creditAlerts.splice(0).map(([name, { account, remaining, given }]) => [name, account.feature, remaining, given]);
    await give("a", 50);
    await use(100);
    await use(39);
    expect(told()).toEqual([]);
    await use(1);
    expect(told()).toEqual([["low", "token", 10, 50]]);
    await use(9);
    expect(told()).toEqual([]);
    // What is refused takes nothing.
    expect(await use(2)).toMatchObject({ allowed: false });
    await use(1);
    expect(told()).toEqual([["exhausted", "token", 0, 50]]);
    await give("b", 10);
    await use(7);
    expect(told()).toEqual([]);
    const held = await saas.quotas.reserve({ subjectId, feature: "token", quantity: 3, id: "held" });
    expect(held.verdict.allowed).toBe(true);
    expect(told()).toEqual([["exhausted", "token", 0, 10]]);
  });

  test("are drawn after what is included, by priority, then by what ends first", async () => {
    const { saas } = await openRich(open);
    const give = (id: string, amount: number, more: object = {}) =>
      saas.credits.grant({ subjectId, id, feature: "token", amount, ...more });
    await give("last", 100, { priority: 200 });
    await give("never-ends", 10);
    await give("ends-late", 10, { expiresAt: day(20) });
    await give("ends-soon", 10, { expiresAt: day(10) });
    await give("first", 10, { priority: 1 });
    const use = (quantity: number) => saas.quotas.consume({ subjectId, feature: "token", quantity });
    expect(await use(90)).toMatchObject({ allowed: true, used: 90, limit: 100, drawn: { included: 90, credits: 0 } });
    expect(await use(25)).toMatchObject({
      reason: "credits",
      used: 115,
      limit: 240,
      remaining: 125,
      credits: 125,
      drawn: { included: 10, credits: 15, overage: 0 },
    });
    const [balance] = await saas.credits.balances(subjectId);
    expect(balance).toMatchObject({ account: { pool: null, feature: "token" }, remaining: 125 });
    expect(balance?.credits.map(({ id, remaining }) => [id, remaining])).toEqual([
      ["first", 0],
      ["ends-soon", 5],
      ["ends-late", 10],
      ["never-ends", 10],
      ["last", 100],
    ]);
    expect(await use(126)).toMatchObject({ allowed: false, reason: "quota_exceeded", wouldPass: { quantity: 125 } });
    expect(await use(125)).toMatchObject({ allowed: true, remaining: 0, credits: 0 });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("that end alike are drawn from a feature's own first, then from a pool, the older ones before", async () => {
    const { saas, clock } = await openRich(open);
    const give = (id: string, of: object, amount = 10) =>
      saas.credits.grant({ subjectId, id, amount, expiresAt: day(20), ...of });
    await give("a-pool", { pool: "ai" }, 1);
    clock.advance(1_000);
    await give("z-older", { feature: "token" });
    clock.advance(1_000);
    await give("b-younger", { feature: "token" });
    const use = (quantity: number) => saas.quotas.consume({ subjectId, feature: "token", quantity });
    const left = async () =>
      Object.fromEntries(
        (await saas.credits.list(subjectId, { limit: 10 })).data.map(({ id, remaining }) => [id, remaining]),
      );
    await use(104);
    expect(await left()).toEqual({ "a-pool": 1, "z-older": 6, "b-younger": 10 });
    await use(12);
    expect(await left()).toEqual({ "a-pool": 1, "z-older": 0, "b-younger": 4 });
    await use(9);
    expect(await left()).toEqual({ "a-pool": 0.5, "z-older": 0, "b-younger": 0 });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("of a pool are drawn at each feature's rate, and what is too little for one unit stays", async () => {
    const { saas } = await openRich(open);
    await saas.credits.grant({ subjectId, id: "pack", pool: "ai", amount: "20.3" });
    const use = (feature: "token" | "image", quantity: number) => saas.quotas.consume({ subjectId, feature, quantity });
    expect(await use("image", 5)).toMatchObject({
      allowed: false,
      reason: "quota_exceeded",
      wouldPass: { quantity: 4 },
    });
    expect(await use("image", 3)).toMatchObject({ allowed: true, reason: "credits", limit: 4, remaining: 1 });
    expect(await use("token", 100)).toMatchObject({ drawn: { included: 100, credits: 0 } });
    expect(await use("token", 50)).toMatchObject({ drawn: { included: 0, credits: 50 }, remaining: 3 });
    expect(await use("image", 1)).toMatchObject({ allowed: false });
    expect(await saas.credits.balances(subjectId)).toMatchObject([{ account: { pool: "ai" }, remaining: 0.3 }]);
    expect((await saas.credits.entries({ subjectId, id: "pack", limit: 10 })).data).toMatchObject([
      { entry: 1, kind: "grant", quantity: 20.3 },
      { entry: 2, kind: "draw", quantity: -15 },
      { entry: 3, kind: "draw", quantity: -5 },
    ]);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("come before overage, and units that they paid for are no overage", async () => {
    const { saas } = await openRich(open, "pro");
    await saas.credits.grant({ subjectId, id: "gift", feature: "token", amount: 10, priority: 1 });
    const verdict = await saas.quotas.consume({ subjectId, feature: "token", quantity: 3_015 });
    // 1,000 included, 10 given, 200 credits of the plan at 0.1 for each token, 5 beyond.
    expect(verdict).toMatchObject({
      reason: "overage",
      drawn: { included: 1_000, credits: 2_010, overage: 5 },
      overage: 5,
      limit: 3_010,
    });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("that come after overage pay for it, as far as they reach and as long as its period lasts", async () => {
    const { saas, clock, creditAlerts } = await openRich(open, "pro");
    const overage = async () => (await saas.quotas.check({ subjectId, feature: "token", quantity: 1 })).overage;
    const billed = async () => {
      const { statement } = await saas.cycles.preview(subjectId);
      return statement.lines.find(({ id }) => id === "usage:token")?.charged;
    };
    const entries = async (id: string) =>
      (await saas.credits.entries({ subjectId, id, limit: 10 })).data.map(({ kind, quantity }) => [kind, quantity]);
    // 1,000 included, 200 credits of the plan at 0.1 for each token.
    await saas.quotas.consume({ subjectId, feature: "token", quantity: 3_100 });
    creditAlerts.length = 0;
    expect([await overage(), await billed()]).toEqual([100, "100"]);
    const gift = { subjectId, id: "gift", feature: "token", amount: 30 } as const;
    // Given twice at once.
    const given = await Promise.all([saas.credits.grant(gift), saas.credits.grant(gift)]);
    expect(given).toMatchObject([
      { amount: 30, remaining: 0, state: "used" },
      { amount: 30, remaining: 0 },
    ]);
    expect([await overage(), await billed(), await entries("gift")]).toEqual([
      70,
      "70",
      [
        ["grant", 30],
        ["draw", -30],
      ],
    ]);
    expect(creditAlerts).toMatchObject([["exhausted", { remaining: 0, given: 30 }]]);
    // What begins later pays for what is used from then on.
    await saas.credits.grant({ ...gift, id: "later", effectiveAt: new Date(clock.now().getTime() + 60_000) });
    expect(await overage()).toBe(70);
    await saas.credits.grant({ subjectId, id: "pack", pool: "ai", amount: 10 });
    expect([await overage(), await entries("pack")]).toEqual([
      0,
      [
        ["grant", 10],
        ["draw", -7],
      ],
    ]);
    await saas.credits.void({ subjectId, id: "pack" });
    expect(await overage()).toBe(0);
    expect(await saas.ledger.verify()).toEqual([]);

    clock.advance(30 * 86_400_000);
    await saas.quotas.consume({ subjectId, feature: "token", quantity: 3_600 });
    const late = await billed();
    // Also where a reservation of that period lapses with the grant, whose balance is looked at then.
    const lapsing = { subjectId, feature: "token", id: "lapsing", quantity: 10, expiresInSeconds: 604_800 } as const;
    await saas.quotas.reserve(lapsing);
    clock.advance(30 * 86_400_000);
    await saas.credits.grant({ ...gift, id: "too-late", amount: 1_000 });
    expect(await saas.quotas.reservation({ subjectId, id: "lapsing" })).toMatchObject({ state: "expired" });
    expect([late, (await entries("too-late")).length]).toEqual(["570", 1]);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("that come after use which costs nothing are kept", async () => {
    const { saas } = await openRich(open);
    await saas.meters.record({ subjectId, id: "e", feature: "token", quantity: 100 });
    await saas.meters.replace({ subjectId, id: "e", quantity: 110 });
    // Ten above a hard limit, which nobody bills.
    expect(await saas.credits.grant({ subjectId, id: "gift", feature: "token", amount: 20 })).toMatchObject({
      remaining: 20,
    });
    expect(await saas.quotas.check({ subjectId, feature: "token", quantity: 20 })).toMatchObject({ allowed: true });
  });

  test("are given once for an id, and are not lost by giving them at once from four callers", async () => {
    const { saas, database } = await openRich(open);
    const grant = { subjectId, id: "order-1", feature: "token", amount: 5 } as const;
    const given = await Promise.all([1, 2, 3, 4].map(() => saas.credits.grant(grant)));
    expect(new Set(given.map(({ amount }) => amount))).toEqual(new Set([5]));
    expect(await saas.credits.grant({ ...grant, amount: 50 })).toMatchObject({ amount: 5 });
    const [count] = await database.rows<{ n: number | string }>(sql`select count(*) as n from saas_grant_entries`);
    expect(Number(count?.n)).toBe(1);
  });

  test("lapse at their end, computed, and what may be carried over is", async () => {
    const { saas, clock } = await openRich(open);
    const grant = { subjectId, feature: "token", amount: 40, expiresAt: day(10) } as const;
    await saas.credits.grant({ ...grant, id: "plain" });
    await saas.credits.grant({ ...grant, id: "rolling", priority: 1, rollover: { cap: 15, days: 5 } });
    await saas.quotas.consume({ subjectId, feature: "token", quantity: 110 });
    clock.set(new Date(day(10).getTime() - 1));
    expect((await saas.credits.balances(subjectId))[0]).toMatchObject({ remaining: 70 });
    clock.set(day(10));
    const left = async () => (await saas.credits.balances(subjectId))[0]?.remaining ?? 0;
    expect(await left()).toBe(15);
    expect(await saas.quotas.check({ subjectId, feature: "token", quantity: 16 })).toMatchObject({ allowed: false });
    expect(await saas.quotas.consume({ subjectId, feature: "token", quantity: 5 })).toMatchObject({ allowed: true });
    const entries = async (id: string) =>
      (await saas.credits.entries({ subjectId, id, limit: 10 })).data.map(({ kind, quantity }) => [kind, quantity]);
    expect(await entries("plain")).toEqual([
      ["grant", 40],
      ["expiry", -40],
    ]);
    expect(await entries("rolling")).toEqual([
      ["grant", 40],
      ["draw", -10],
      ["rollover", -15],
      ["expiry", -15],
    ]);
    expect(await entries("rolling+rollover")).toEqual([
      ["rollover", 15],
      ["draw", -5],
    ]);
    clock.set(day(15));
    expect(await left()).toBe(0);
    // Written by whoever uses it next.
    await saas.quotas.consume({ subjectId, feature: "token" });
    expect((await entries("rolling+rollover")).at(-1)).toEqual(["expiry", -10]);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("of the plan come each period, and what is left rolls over up to its cap", async () => {
    const { saas, clock } = await openRich(open, "pro");
    const balance = async () => {
      const [ai] = await saas.credits.balances(subjectId);
      return ai?.credits.map(({ source, remaining }) => [source, remaining]);
    };
    expect(await balance()).toEqual([["plan", 200]]);
    await saas.quotas.consume({ subjectId, feature: "image", quantity: 34 });
    expect(await balance()).toEqual([["plan", 30]]);
    clock.advance(30 * 86_400_000);
    expect(await balance()).toEqual([
      ["rollover", 30],
      ["plan", 200],
    ]);
    await saas.quotas.consume({ subjectId, feature: "image", quantity: 7 });
    expect(await balance()).toEqual([
      ["rollover", 0],
      ["plan", 195],
    ]);
    // Two periods in which nobody looked: what is carried over each time is bounded by the cap.
    clock.advance(90 * 86_400_000);
    expect(await balance()).toEqual([
      ["rollover", 50],
      ["plan", 200],
    ]);
    expect(await saas.quotas.consume({ subjectId, feature: "image", quantity: 51 })).toMatchObject({ allowed: false });
    expect(await saas.quotas.consume({ subjectId, feature: "image", quantity: 50 })).toMatchObject({ allowed: true });
    // What is carried over is taken from the ones as much as it is given to the others.
    const { data: all } = await saas.credits.list(subjectId, { limit: 100 });
    let carried = 0;
    for (const { id } of all) {
      const { data } = await saas.credits.entries({ subjectId, id, limit: 100 });
      for (const { kind, quantity } of data) if (kind === "rollover") carried += quantity;
    }
    expect(carried).toBe(0);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("that were used up end for good with their period, and come again in the next ones", async () => {
    const { saas, clock } = await openRich(open, "pro");
    for (let period = 0; period < 4; period++) {
      const image = { subjectId, feature: "image" } as const;
      expect(await saas.quotas.consume({ ...image, quantity: 40 }), `period ${period}`).toMatchObject({
        allowed: true,
      });
      expect(await saas.quotas.consume(image), `period ${period}`).toMatchObject({ allowed: false });
      clock.advance(30 * 86_400_000);
    }
    expect((await saas.credits.list(subjectId, { limit: 100 })).data.map(({ state }) => state)).toEqual([
      ...["expired", "expired", "expired", "expired"],
    ]);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("of the plan end with the tier, and a second look brings nothing twice", async () => {
    const { saas, clock } = await openRich(open, "pro");
    await saas.quotas.consume({ subjectId, feature: "image", quantity: 1 });
    clock.advance(86_400_000);
    await saas.entitlements.assign({ subjectId, tier: "team", status: "active" });
    await saas.quotas.consume({ subjectId, feature: "image", quantity: 10 });
    // Team has no credits of its own; pro's rule carries 50 over into the period that began.
    expect((await saas.credits.balances(subjectId)).map(({ remaining }) => remaining)).toEqual([50]);
    await Promise.all([1, 2, 3].map(() => saas.quotas.consume({ subjectId, feature: "image", quantity: 3 })));
    expect((await saas.credits.balances(subjectId)).map(({ remaining }) => remaining)).toEqual([5]);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("that are taken back pay for nothing more, and what they paid for stays paid", async () => {
    const { saas } = await openRich(open);
    await saas.credits.grant({ subjectId, id: "oops", feature: "token", amount: 40 });
    await saas.quotas.consume({ subjectId, feature: "token", quantity: 110 });
    expect(await saas.credits.void({ subjectId, id: "oops" })).toMatchObject({ state: "void", remaining: 0 });
    expect(await saas.credits.void({ subjectId, id: "oops" })).toMatchObject({ state: "void" });
    expect(await saas.quotas.consume({ subjectId, feature: "token" })).toMatchObject({ allowed: false, overage: 0 });
    await expect(saas.credits.void({ subjectId, id: "never" })).rejects.toMatchObject({ code: "credit_not_found" });
    await expect(saas.credits.void({ subjectId: "usr_2", id: "oops" })).rejects.toMatchObject({
      code: "credit_not_found",
    });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("are exact for two features that draw from one pool at once", async () => {
    const { saas } = await openRich(open);
    await saas.credits.grant({ subjectId, id: "pack", pool: "ai", amount: 100 });
    await saas.quotas.consume({ subjectId, feature: "token", quantity: 100 });
    const verdicts = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        n % 2 === 0
          ? saas.quotas.consume({ subjectId, feature: "image" })
          : saas.quotas.consume({ subjectId, feature: "token", quantity: 10 }),
      ),
    );
    const spent = verdicts.reduce((sum, { allowed }, n) => sum + (allowed ? (n % 2 === 0 ? 5 : 1) : 0), 0);
    expect(100 - spent).toBe((await saas.credits.balances(subjectId))[0]?.remaining);
    expect(100 - spent).toBeLessThan(1);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test.each([
    ["nothing to give", { feature: "token", amount: 0 }],
    ["less than nothing", { feature: "token", amount: -1 }],
    ["no number", { feature: "token", amount: Number.NaN }],
    ["too fine", { feature: "token", amount: 0.5 }],
    ["beyond the exact numbers", { feature: "token", amount: 2 ** 53 }],
    ["two accounts", { feature: "token", pool: "ai", amount: 1 }],
    ["no account", { amount: 1 }],
    ["an unknown pool", { pool: "gold", amount: 1 }],
    ["a standing count", { feature: "seat", amount: 1 }],
    ["an end in the past", { pool: "ai", amount: 1, expiresAt: day(-100) }],
    ["an end that is none", { pool: "ai", amount: 1, expiresAt: new Date(Number.NaN) }],
    ["a priority that is none", { pool: "ai", amount: 1, priority: -1 }],
    ["a rollover without days", { pool: "ai", amount: 1, rollover: { cap: 1, days: 0 } }],
  ])("refuse %s, and nothing is written", async (_what, wrong) => {
    const { saas, database } = await openRich(open);
    const before = await countRows(database);
    const given = saas.credits.grant({ subjectId, id: "wrong", ...wrong } as never);
    await expect(given).rejects.toMatchObject({ code: "invalid_credit" });
    expect(await countRows(database)).toEqual(before);
  });

  test("of a plan that is left and bought again within one instant begin anew", async () => {
    const { saas } = await openRich(open, "pro");
    const use = { subjectId, feature: "token", quantity: 1_010 } as const;
    await saas.quotas.consume(use);
    await saas.entitlements.end({ subjectId });
    await saas.quotas.reserve({ subjectId, id: "a", feature: "token", quantity: 101 });
    await saas.entitlements.assign({ subjectId, tier: "pro", status: "active" });
    expect(await saas.quotas.consume(use)).toMatchObject({ allowed: true });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("of a plan that were taken back stay so when the terms change within their period", async () => {
    const { saas, clock } = await openRich(open, "pro");
    const left = async () => (await saas.credits.balances(subjectId)).map(({ remaining }) => remaining);
    await saas.quotas.consume({ subjectId, feature: "image", quantity: 10 });
    const [plan] = (await saas.credits.list(subjectId, { limit: 1 })).data;
    expect(await saas.credits.void({ subjectId, id: plan?.id ?? "" })).toMatchObject({ state: "void", remaining: 0 });
    expect(await left()).toEqual([]);
    // Another version of the same terms, in the same period.
    clock.advance(60_000);
    await saas.entitlements.override({ subjectId, overrides: { limits: { call: 5 } } });
    expect(await left()).toEqual([]);
    expect(await saas.quotas.consume({ subjectId, feature: "image" })).toMatchObject({ allowed: false });
    await saas.entitlements.grant({ subjectId, id: "more", feature: "call", quantity: 5 });
    expect(await left()).toEqual([]);
    // The next period brings its own.
    clock.advance(30 * 86_400_000);
    expect(await left()).toEqual([200]);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("of a plan are given once for a period whose end moves, and end where it ends at last", async () => {
    const { saas, clock } = await openRich(open, "pro");
    const left = async () => (await saas.credits.balances(subjectId)).map(({ remaining }) => remaining);
    await saas.quotas.consume({ subjectId, feature: "image", quantity: 30 });
    expect(await left()).toEqual([50]);
    // 30 days were reckoned; Stripe says that it is a month, of 31.
    const start = clock.now();
    const until = (days: number) =>
      saas.entitlements.assign({
        ...{ subjectId, tier: "pro", status: "active" },
        period: { anchor: start, interval: "month", start, end: new Date(start.getTime() + days * 86_400_000) },
      });
    await until(31);
    expect(await saas.credits.balances(subjectId)).toMatchObject([
      { credits: [{ expiresAt: new Date(start.getTime() + 31 * 86_400_000) }] },
    ]);
    clock.set(new Date(start.getTime() + 30 * 86_400_000 + 3_600_000));
    expect(await left()).toEqual([50]);
    expect(await saas.quotas.consume({ subjectId, feature: "image", quantity: 11 })).toMatchObject({ allowed: false });
    expect(await saas.quotas.consume({ subjectId, feature: "image", quantity: 8 })).toMatchObject({ allowed: true });
    clock.set(new Date(start.getTime() + 31 * 86_400_000));
    expect(await left()).toEqual([210]);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("of a plan are neither given twice nor refused by an instance whose clock is behind at the edge of a period", async () => {
    const { saas, database, clock } = await openRich(open, "pro");
    const behind = testClock(new Date(clock.now().getTime() + 30 * 86_400_000 - 1));
    const other = createSaas({ database, clock: behind, plans: richPlans });
    const use = (one: typeof saas, quantity: number) => one.quotas.consume({ subjectId, feature: "image", quantity });
    await use(saas, 30);
    clock.advance(30 * 86_400_000);
    // 50 are carried over into the period of 200.
    expect(await use(saas, 1)).toMatchObject({ allowed: true, credits: 49 });
    // By its clock it is still in the period before, whose credits are over.
    expect(await use(other, 1)).toMatchObject({ allowed: false });
    behind.advance(1);
    expect(await use(other, 1)).toMatchObject({ allowed: true, credits: 48 });
    expect((await saas.credits.balances(subjectId)).map(({ remaining }) => remaining)).toEqual([240]);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("of a plan that nobody drew from yet can be taken back too", async () => {
    const { saas, clock } = await openRich(open, "pro");
    const [ai] = await saas.credits.balances(subjectId);
    const id = ai?.credits[0]?.id ?? "";
    expect(await saas.credits.void({ subjectId, id })).toMatchObject({ state: "void", source: "plan", remaining: 0 });
    expect(await saas.credits.balances(subjectId)).toEqual([]);
    expect((await saas.credits.entries({ subjectId, id, limit: 10 })).data).toMatchObject([
      { kind: "grant", quantity: 200 },
      { kind: "void", quantity: -200 },
    ]);
    // Nothing of it rolls over, and the periods in which nobody looked bring what they bring.
    clock.advance(30 * 86_400_000);
    expect(await saas.credits.balances(subjectId)).toMatchObject([{ remaining: 200 }]);
    clock.advance(60 * 86_400_000);
    expect(await saas.credits.balances(subjectId)).toMatchObject([{ remaining: 250 }]);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("of a plan roll over alike whether or not anybody looked at them before the terms changed", async () => {
    const { saas, clock } = await openRich(open, "pro");
    const left = async () =>
      (await saas.credits.balances(subjectId)).flatMap(({ credits }) => credits.map(({ remaining }) => remaining));
    // Nobody looks for two periods, then something else is agreed: 50 of the period before have come along.
    clock.advance(61 * 86_400_000);
    await saas.entitlements.override({ subjectId, overrides: { limits: { call: 5 } } });
    expect(await left()).toEqual([50, 200]);
    clock.advance(30 * 86_400_000);
    await saas.entitlements.assign({ subjectId, tier: "team", status: "active" });
    // Of the 250 of the period that the upgrade ended.
    expect(await left()).toEqual([50]);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("of a plan that ends with its period do not come once more for the period that follows", async () => {
    const { saas, clock } = await openRich(open, "pro");
    await saas.entitlements.schedule({ subjectId, tier: "free" });
    clock.advance(30 * 86_400_000);
    const left = async () =>
      (await saas.credits.balances(subjectId)).flatMap(({ credits }) => credits.map(({ remaining }) => remaining));
    // Written down by the next who looks after it: 50 of the 200 were carried over.
    await saas.entitlements.settle(subjectId);
    expect(await left()).toEqual([50]);
    expect(await saas.ledger.verify()).toEqual([]);
  });
});
