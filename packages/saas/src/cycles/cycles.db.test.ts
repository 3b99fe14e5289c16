import { createFacts, dayMs, money } from "@revops/core";
import { openDatabase, type Tx } from "@revops/database";
import { forEachDatabase, type OpenDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, onTestFinished, test } from "vitest";
import { pricedPlans } from "../../test/priced.ts";
import { recomputed } from "../../test/recompute.ts";
import { checkStatements } from "../../test/statements.ts";
import { countRows, openWorld } from "../../test/world.ts";
import { createSaas, definePlans, type SaasFacts, type Statement } from "../index.ts";

const subjectId = "usr_1";

async function openPriced(open: OpenDatabase) {
  const world = await openWorld(open);
  const facts = createFacts<SaasFacts, Tx>();
  const closed: SaasFacts["cycle.closed"][] = [];
  facts.on("cycle.closed", async (_tx, fact) => void closed.push(fact));
  const saas = createSaas({ ...world, plans: pricedPlans, facts });
  await saas.entitlements.open({ subjectId });
  const use = (feature: "call" | "token" | "image" | "mail" | "seat" | "storage", quantity: number, more = {}) =>
    saas.quotas.consume({ subjectId, feature, quantity, ...more });
  const amounts = (statement: Statement) =>
    Object.fromEntries(statement.lines.map(({ id, amount }) => [id, amount.amount]));
  const page = { limit: 100 };
  return {
    ...world,
    facts,
    saas,
    closed,
    use,
    amounts,
    list: async () => (await saas.cycles.list(subjectId, page)).data,
  };
}

const start = new Date("2026-01-31T12:00:00Z");
const march = new Date("2026-02-28T12:00:00Z");
const april = new Date("2026-03-31T12:00:00Z");
const period = { anchor: start, interval: "month", start, end: march } as const;
const pro = { subjectId, tier: "pro", status: "active", period } as const;

forEachDatabase("a billing cycle", (open) => {
  test("every charge model, previewed and closed by the same words, to the cent", async () => {
    const { saas, clock, use, amounts, closed, list } = await openPriced(open);
    await saas.entitlements.assign(pro);
    await use("call", 1_001);
    await use("token", 120.5);
    await use("image", 51);
    await use("mail", 1_501);
    await use("seat", 3);
    clock.set(new Date(start.getTime() + 14 * dayMs));
    await use("seat", 1);
    await use("storage", 10);
    const expected = {
      base: 2_900,
      // 1 beyond 1,000 at a quarter of a cent
      "usage:call": 0,
      // 100 + 10 × 3.5 + 90 × 1.75 + 20.5 × 0.125 = 295.0625
      "usage:token": 295,
      // 51 × 7: all at the step that 51 falls into
      "usage:image": 357,
      // 1,001 beyond 500 are two packages begun
      "usage:mail": 160,
      // one beyond three, for half of the period
      "usage:seat": 500,
      // 10 GB for 14 days are 3,360 hours
      "usage:storage": 34,
    };
    clock.set(new Date(march.getTime() - 1));
    const preview = await saas.cycles.preview(subjectId);
    expect(amounts(preview.statement)).toEqual(expected);
    expect(preview.statement.total).toEqual({ amount: 4_246, currency: "usd" });
    // What each price is applied to: what others need to price it once more.
    const charged = preview.statement.lines.map(({ id, charged }) => [id, charged]);
    expect(Object.fromEntries(charged)).toEqual({
      base: null,
      "usage:call": "1",
      "usage:token": "120.5",
      "usage:image": "51",
      "usage:mail": "1001",
      "usage:seat": "0.5",
      "usage:storage": "3360",
    });

    clock.set(new Date(march.getTime() + 59_999));
    expect(await saas.cycles.closeDue()).toBe(0);
    clock.advance(1);
    expect(await saas.cycles.closeDue()).toBe(1);
    expect(await saas.cycles.closeDue()).toBe(0);
    const [cycle] = await list();
    expect(cycle).toMatchObject({ tier: "pro", start, end: march, state: "active", closedAt: clock.now() });
    expect(cycle?.statement).toEqual(preview.statement);
    expect(closed).toEqual([
      {
        subjectId,
        cycleId: cycle?.id,
        tier: "pro",
        period: { start, end: march },
        usage: [
          { feature: "call", quantity: "1001" },
          { feature: "token", quantity: "120.5" },
          { feature: "image", quantity: "51" },
          { feature: "mail", quantity: "1501" },
        ],
        statement: cycle?.statement,
        at: clock.now(),
      },
    ]);
    await saas.cycles.settle({ subjectId, through: march, state: "past_due" });
    expect((await list())[0]?.state).toBe("past_due");
    await saas.cycles.settle({ subjectId, through: march, state: "paid" });
    await saas.cycles.settle({ subjectId, through: march, state: "past_due" });
    expect((await list())[0]?.state).toBe("paid");
  });

  test("while many are closed, whatever else there is to do has its turn between any two", async () => {
    const { saas, clock } = await openPriced(open);
    const subjects = Array.from({ length: 20 }, (_, n) => `usr_due${n}`);
    for (const subjectId of subjects) await saas.entitlements.open({ subjectId });
    clock.set(april);
    let turns = 0;
    let running = true;
    const turn = () => {
      turns += 1;
      if (running) setImmediate(turn);
    };
    setImmediate(turn);
    expect(await saas.cycles.closeDue()).toBeGreaterThanOrEqual(subjects.length);
    running = false;
    expect(turns).toBeGreaterThanOrEqual(subjects.length);
  });

  test("more at once than one look finds, due in one moment, are closed but for the one that fails", async () => {
    const world = await openWorld(open);
    const facts = createFacts<SaasFacts, Tx>();
    const failing = new Set(["usr_due099"]);
    facts.on("cycle.closed", async (_tx, cycle) => {
      // The last of the first look, after which the second goes on.
      if (failing.has(cycle.subjectId)) throw new Error("Whoever listens is away.");
    });
    const saas = createSaas({ ...world, plans: pricedPlans, facts });
    const subjects = Array.from({ length: 103 }, (_, n) => `usr_due${String(n).padStart(3, "0")}`);
    await world.database.transaction(async (tx) => {
      for (const subjectId of subjects) await saas.entitlements.open({ subjectId }, tx);
    });
    world.clock.advance(30 * dayMs + 60_000);
    expect(await saas.cycles.closeDue()).toBe(102);
    const closed = async () => {
      const [row] = await world.database.rows<{ n: number | string }>(sql`select count(*) as n from saas_cycles`);
      return Number(row?.n);
    };
    expect(await closed()).toBe(102);
    failing.clear();
    expect(await saas.cycles.closeDue()).toBe(1);
    expect(await saas.cycles.closeDue()).toBe(0);
  });

  test("seats that are held through an upgrade are paid for once, by the second", async () => {
    const world = await openWorld(open);
    const { clock } = world;
    const tier = (level: number, seats: number) =>
      ({
        level,
        name: `Tier ${level}`,
        price: money(level * 1_000, "usd"),
        interval: "month",
        flags: {},
        values: {},
        limits: { seat: null },
        rules: { seat: { included: 1, charge: { model: "per_seat", unitAmount: seats } } },
      }) as const;
    const plans = definePlans({
      features: { seat: { kind: "allocated" } },
      tiers: { free: { ...tier(0, 0), rules: {} }, pro: tier(1, 700), team: tier(2, 1_400) },
    });
    const saas = createSaas({ ...world, plans });
    // 28 days, of which the first seven are Pro's.
    await saas.entitlements.assign(pro);
    await saas.quotas.consume({ subjectId, feature: "seat", quantity: 3 });
    clock.advance(7 * dayMs);
    const seats = async () => {
      const { statement } = await saas.cycles.preview(subjectId);
      return statement.lines.find(({ id }) => id === "usage:seat")?.amount.amount;
    };
    // Two beyond the included one.
    expect(await seats()).toBe(1_400);
    await saas.entitlements.assign({ ...pro, tier: "team" });
    expect(await seats()).toBe(2_100);
    clock.set(new Date(march.getTime() + 60_000));
    await saas.cycles.closeDue();
    const { data } = await saas.cycles.list(subjectId, { limit: 9 });
    expect(data.map(({ tier, statement: { lines } }) => [tier, ...lines.map(({ amount }) => amount.amount)])).toEqual([
      ["team", 1_500, 2_100],
      ["pro", 250, 350],
    ]);
  });

  test("an add-on is charged for as long as it was had, and no other way when a late event comes", async () => {
    const { saas, clock, amounts, list } = await openPriced(open);
    await saas.entitlements.assign(pro);
    const addOn = (quantity: number) => saas.entitlements.setAddOn({ subjectId, addOn: "calls", quantity });
    await addOn(2);
    clock.advance(7 * dayMs);
    await addOn(0);
    // A quarter of two at 150.
    const previewed = amounts((await saas.cycles.preview(subjectId)).statement);
    expect(previewed).toMatchObject({ "add_on:calls": 75 });
    clock.set(new Date(march.getTime() + 60_000));
    await saas.cycles.closeDue();
    const [closed] = await list();
    expect(closed?.statement.lines.find(({ kind }) => kind === "add_on")).toMatchObject({
      quantity: "2",
      amount: money(75, "usd"),
    });
    await saas.meters.record({ subjectId, id: "late", feature: "call", occurredAt: start, quantity: 50_000 });
    const { lines } = (await saas.cycles.preview(subjectId)).statement;
    const again = lines.flatMap(({ restates }) => restates?.lines ?? []);
    expect(again.find(({ id }) => id === "add_on:calls")?.amount.amount).toBe(75);
    expect(lines.some(({ id }) => id === "add_on:calls")).toBe(false);
  });

  test("what ends before its time is not paid back, and what was held is charged for as long as it was", async () => {
    const { saas, clock, amounts, use, list } = await openPriced(open);
    await saas.entitlements.assign(pro);
    await use("seat", 7);
    clock.advance(7 * dayMs);
    await saas.entitlements.end({ subjectId });
    clock.advance(60_000);
    await saas.cycles.closeDue();
    const { base, "usage:seat": seats } = amounts((await list())[0]?.statement as Statement);
    // Four beyond the included ones, for seven of 28 days.
    expect([base, seats]).toEqual([2_900, 1_000]);
    // Paid for after all: its price was stated, and seats are held again.
    clock.advance(7 * dayMs - 60_000);
    await saas.entitlements.assign(pro);
    clock.set(new Date(march.getTime() + 60_000));
    await saas.cycles.closeDue();
    const again = amounts((await list())[0]?.statement as Statement);
    expect([again["base"], again["usage:seat"]]).toEqual([undefined, 2_000]);
  });

  test("a standing count priced in steps costs its price for a period in all, however an upgrade cuts the cycle", async () => {
    const world = await openWorld(open);
    const { clock, database } = world;
    const tier = (level: number, factor: number) =>
      ({
        level,
        name: `Tier ${level}`,
        price: money(level * 1_000, "usd"),
        interval: "month",
        flags: {},
        values: {},
        limits: { site: null, domain: null },
        rules: {
          site: {
            included: 1,
            charge: {
              model: "graduated",
              tiers: [
                { upTo: 2, unitAmount: 100 * factor, flatAmount: 200 * factor },
                { upTo: null, unitAmount: 50 * factor },
              ],
            },
          },
          // As at Stripe, the first step's flat amount is for none, too.
          domain: { charge: { model: "volume", tiers: [{ upTo: null, unitAmount: 3, flatAmount: 100 * factor }] } },
        },
      }) as const;
    const plans = definePlans({
      features: { site: { kind: "allocated" }, domain: { kind: "allocated" } },
      tiers: { free: { ...tier(0, 0), rules: {} }, pro: tier(1, 1), team: tier(2, 2) },
    });
    const saas = createSaas({ ...world, plans });
    // 28 days, of which the first seven are Pro's.
    await saas.entitlements.assign(pro);
    await saas.quotas.consume({ subjectId, feature: "site", quantity: 5 });
    const amounts = ({ lines }: Statement) => lines.map(({ id, amount }) => [id, amount.amount]);
    const preview = async () => amounts((await saas.cycles.preview(subjectId)).statement);
    // 200 + 2 × 100 + 2 × 50, of four beyond the included one.
    const ofPro = [
      ["base", 1_000],
      ["usage:site", 500],
      ["usage:domain", 100],
    ];
    expect(await preview()).toEqual(ofPro);
    clock.advance(7 * dayMs);
    // Team's part begins with what Pro's ended with; what is given back in it was held in it.
    await saas.entitlements.assign({ ...pro, tier: "team" });
    const ofTeam = [
      ["base", 1_500],
      ["usage:site", 750],
      ["usage:domain", 150],
    ];
    expect(await preview()).toEqual(ofTeam);
    clock.advance(dayMs);
    await saas.quotas.consume({ subjectId, feature: "site", quantity: -3 });
    expect(await preview()).toEqual(ofTeam);
    clock.set(new Date(march.getTime() + 60_000));
    await saas.cycles.closeDue();
    const closed = (await saas.cycles.list(subjectId, { limit: 9 })).data;
    expect(closed.map(({ tier, statement }) => [tier, amounts(statement)])).toEqual([
      ["team", ofTeam],
      ["pro", ofPro.map(([id, amount]) => [id, Number(amount) / 4])],
    ]);
    const [site] = closed[1]?.statement.lines.filter(({ feature }) => feature === "site") ?? [];
    expect(site).toMatchObject({ quantity: "5", charged: null });
    expect(site?.arithmetic.map(({ unitAmount, share, amount }) => [unitAmount, share?.seconds, amount])).toEqual([
      ["500", 28 * 86_400, "500"],
      ["500", 21 * 86_400, "-375"],
    ]);
    await checkStatements(database, saas, [subjectId]);
    // The same use under the other tier, by the same shares of the period: 500 for each 1,000 of the second part.
    const { cycles } = await saas.cycles.whatIf({ subjectId, tier: "pro", cycles: 2 });
    expect(cycles.slice(1).map(({ statement }) => amounts(statement))).toEqual([
      ofTeam.map(([id, amount]) => [id, Number(amount) / 2]),
      ofPro.map(([id, amount]) => [id, Number(amount) / 4]),
    ]);
  });

  test("what was held of a standing count and given back within a closed cycle is in what-ifs of it, and above their limits", async () => {
    const { saas, clock, use } = await openPriced(open);
    await saas.entitlements.assign({ ...pro, tier: "team" });
    await use("seat", 4);
    await use("seat", -4);
    clock.set(new Date(march.getTime() + 60_000));
    await saas.cycles.closeDue();
    const plain = (await saas.cycles.list(subjectId, { limit: 1 })).data[0]?.statement.lines;
    expect(plain?.find(({ feature }) => feature === "seat")).toMatchObject({ quantity: "4", amount: { amount: 0 } });
    const { cycles } = await saas.cycles.whatIf({ subjectId, tier: "free", cycles: 1 });
    expect(cycles[1]?.overLimit).toEqual([{ feature: "seat", used: "4", limit: "1" }]);
  });

  test("a what-if under a yearly tier comes to the part of a year that a cycle is", async () => {
    const world = await openWorld(open);
    const tier = { flags: {}, values: {}, limits: { site: null } } as const;
    const site = { charge: { model: "package", size: 5, amount: 7_300 } } as const;
    const plans = definePlans({
      features: { site: { kind: "allocated" } },
      tiers: {
        free: { ...tier, level: 0, name: "Free", price: money(0, "usd"), interval: "month" },
        pro: { ...tier, level: 1, name: "Pro", price: money(1_000, "usd"), interval: "month" },
        year: { ...tier, level: 2, name: "Year", price: money(36_500, "usd"), interval: "year", rules: { site } },
      },
    });
    const saas = createSaas({ ...world, plans });
    await saas.entitlements.assign(pro);
    await saas.quotas.consume({ subjectId, feature: "site", quantity: 3 });
    world.clock.set(new Date(march.getTime() + 60_000));
    await saas.cycles.closeDue();
    const { cycles } = await saas.cycles.whatIf({ subjectId, tier: "year", cycles: 1 });
    // 31 and 28 days of 365.
    expect(cycles.map(({ statement: { lines } }) => lines.map(({ amount }) => amount.amount))).toEqual([
      [3_100, 620],
      [2_800, 560],
    ]);
    // Given by hand it has cycles of 30 days, and they cost the same as in a what-if.
    await saas.entitlements.assign({ subjectId: "usr_2", tier: "year", status: "active" });
    await saas.quotas.consume({ subjectId: "usr_2", feature: "site", quantity: 3 });
    const byHand = await saas.cycles.preview("usr_2");
    expect(byHand.statement.lines.map(({ amount }) => amount.amount)).toEqual([3_000, 600]);
    // Of a year, it is the year.
    const years = { ...period, interval: "year", start: april, end: new Date("2027-03-31T12:00:00Z") } as const;
    world.clock.set(april);
    await saas.entitlements.assign({ ...pro, tier: "year", period: years });
    const same = await saas.cycles.whatIf({ subjectId, tier: "year", cycles: 0 });
    expect(same.cycles[0]?.statement.total.amount).toBe(36_500 + 7_300);
    expect(same.total).toEqual(same.actual);
  });

  test("a preview knows that a discount for once belongs to the cycle before, which is over and not closed", async () => {
    const { saas, clock, amounts } = await openPriced(open);
    await saas.entitlements.assign(pro);
    const off = { subjectId, name: "Off", percent: 50 } as const;
    await saas.cycles.discounts.give({ ...off, id: "once", duration: "once" });
    await saas.cycles.discounts.give({ ...off, id: "twice", duration: 2 });
    const discounted = async () =>
      Object.keys(amounts((await saas.cycles.preview(subjectId)).statement)).filter((id) => id.startsWith("discount:"));
    expect(await discounted()).toEqual(["discount:once", "discount:twice"]);
    await saas.entitlements.assign({ ...pro, period: { ...period, start: march, end: april } });
    clock.set(march);
    expect(await discounted()).toEqual(["discount:twice"]);
    clock.advance(60_000);
    await saas.cycles.closeDue();
    expect(await discounted()).toEqual(["discount:twice"]);
    clock.set(april);
    expect(await discounted()).toEqual([]);
  });

  test("from the events that a line names, anyone recomputes its cents", async () => {
    const { saas, clock, use } = await openPriced(open);
    await saas.entitlements.assign(pro);
    for (let n = 0; n < 40; n++) {
      await use("token", n + 0.125, { id: `token-${n}` });
      await use("call", 33, { id: `call-${n}` });
      await use("mail", 77);
      clock.advance(3_600_000);
    }
    const { statement } = await saas.cycles.preview(subjectId);
    expect(statement.total.amount).toBeGreaterThan(2_900);
    for (const line of statement.lines.filter(({ kind }) => kind === "usage")) {
      expect(await recomputed(saas, subjectId, line), line.id).toBe(line.amount.amount);
    }
  });

  test("an upgrade cuts the cycle: the parts of both prices are what Stripe makes of them", async () => {
    const { saas, clock, amounts, list, use } = await openPriced(open);
    await saas.entitlements.assign(pro);
    const at = new Date("2026-02-10T08:30:17.250Z");
    clock.set(at);
    const preview = await saas.cycles.previewChange({ subjectId, tier: "team" });
    const total = (march.getTime() - start.getTime()) / 1_000;
    const left = Math.ceil((march.getTime() - at.getTime()) / 1_000);
    const [unused, rest] = [Math.round((2_900 * left) / total), Math.round((9_900 * left) / total)];
    expect(preview).toMatchObject({
      kind: "upgrade",
      effectiveAt: at,
      statement: { total: { amount: rest - unused } },
    });
    await use("call", 5);
    await saas.entitlements.assign({ ...pro, tier: "team" });
    await use("call", 7);
    clock.set(new Date(march.getTime() + 60_000));
    await saas.entitlements.assign({ ...pro, tier: "team", period: { ...period, start: march, end: april } });
    expect(await saas.cycles.closeDue()).toBe(2);
    const [second, first] = await list();
    expect(first).toMatchObject({ tier: "pro", start, end: at });
    expect(amounts(first?.statement as Statement)["base"]).toBe(2_900 - unused);
    expect(second).toMatchObject({ tier: "team", start: at, end: march });
    expect(amounts(second?.statement as Statement)["base"]).toBe(rest);
    expect(first?.statement.lines.find(({ feature }) => feature === "call")?.quantity).toBe("5");
    expect(second?.statement.lines.find(({ feature }) => feature === "call")?.quantity).toBe("7");
    expect(second?.state).toBe("paid");
  });

  test("what arrives late or is corrected after closing is charged once, in the next cycle, at the old terms", async () => {
    const { saas, clock, amounts, list, use, closed } = await openPriced(open);
    await saas.entitlements.assign(pro);
    await use("call", 1_000);
    clock.set(new Date(march.getTime() + 60_000));
    await saas.cycles.closeDue();
    const first = (await list())[0];
    expect(first?.statement.total.amount).toBe(2_900 + 100);
    const late = { id: "late", occurredAt: new Date(march.getTime() - dayMs) };
    await use("call", 4_000, late);
    await use("call", 4_000, late);
    await use("call", 10);
    const { statement } = await saas.cycles.preview(subjectId);
    expect(amounts(statement)).toMatchObject({ base: 2_900, "usage:call": 0, [`adjustment:${first?.id}`]: 1_000 });
    const adjustment = statement.lines.find(({ kind }) => kind === "adjustment");
    expect(adjustment?.restates).toMatchObject({ before: { amount: 3_000 }, after: { amount: 4_000 } });

    await saas.entitlements.assign({ ...pro, period: { ...period, start: march, end: april } });
    clock.set(new Date(april.getTime() + 60_000));
    expect(await saas.cycles.closeDue()).toBe(1);
    const [second, again] = await list();
    expect(again).toEqual({ ...first, state: again?.state });
    expect(second?.statement.total.amount).toBe(2_900 + 100 + 1_000);
    expect(closed[1]?.usage[0]).toEqual({ feature: "call", quantity: "4010" });

    clock.set(new Date("2026-05-01T12:01:00Z"));
    await saas.cycles.closeDue();
    expect((await list())[0]?.statement.lines.filter(({ kind }) => kind === "adjustment")).toEqual([]);
  });

  test("discounts: percentages before amounts, for so many cycles, and the minimum after them", async () => {
    const { saas, clock, amounts, list } = await openPriced(open);
    const { discounts } = saas.cycles;
    await discounts.give({ subjectId, id: "ten", name: "10 off", amount: 1_000, duration: "once" });
    await discounts.give({ subjectId, id: "half", name: "Half", percent: "50", duration: 2 });
    await discounts.give({ subjectId, id: "half", name: "More", percent: 90, duration: "forever" });
    await saas.entitlements.assign({ subjectId, tier: "pro", status: "active" });
    const days = (n: number) => clock.advance(n * dayMs);
    for (let n = 0; n < 3; n++) {
      days(30);
      clock.advance(60_000);
      await saas.cycles.closeDue();
    }
    const statements = (await list()).toReversed().map(({ statement }) => amounts(statement));
    expect(statements.slice(-3)).toEqual([
      { base: 2_900, "usage:token": 100, "discount:half": -1_500, "discount:ten": -1_000 },
      { base: 2_900, "usage:token": 100, "discount:half": -1_500 },
      { base: 2_900, "usage:token": 100 },
    ]);
    await saas.entitlements.assign({ subjectId, tier: "team", status: "active" });
    expect(amounts((await saas.cycles.preview(subjectId)).statement)).toEqual({
      base: 9_900,
      "usage:image": 500,
      minimum: 4_600,
    });
  });

  test("a what-if prices past use under another tier, and says what it would not have admitted", async () => {
    const { saas, clock, use } = await openPriced(open);
    await saas.entitlements.assign(pro);
    await use("call", 30_000);
    clock.set(new Date(march.getTime() + 60_000));
    await saas.cycles.closeDue();
    await use("call", 50);
    const team = await saas.cycles.whatIf({ subjectId, tier: "team" });
    expect(team.cycles.map(({ actual, statement }) => [actual.amount, statement.total.amount])).toEqual([
      [3_000, 15_000],
      [3_000 + 7_250, 15_000],
    ]);
    expect(team).toMatchObject({ actual: { amount: 13_250 }, total: { amount: 30_000 } });
    const free = await saas.cycles.whatIf({ subjectId, tier: "free", cycles: 1 });
    expect(free.cycles[1]).toMatchObject({ overLimit: [{ feature: "call", used: "30000", limit: "100" }] });
    // Under the tier that one has, a what-if is what it was.
    const same = await saas.cycles.whatIf({ subjectId, tier: "pro" });
    expect(same.total).toEqual(same.actual);
  });

  test("a trial is free, add-ons are charged, and the free tier's cycles close too", async () => {
    const { saas, clock, amounts, list, use } = await openPriced(open);
    await saas.entitlements.startTrial({ subjectId, tier: "pro" });
    await use("call", 5_000);
    expect((await saas.cycles.preview(subjectId)).statement.total.amount).toBe(0);
    clock.advance(14 * dayMs + 60_000);
    expect(await saas.cycles.closeDue()).toBe(1);
    expect((await list())[0]).toMatchObject({
      tier: "pro",
      state: "paid",
      end: new Date(start.getTime() + 14 * dayMs),
    });
    expect(await saas.entitlements.tierOf(subjectId)).toBe("free");
    await saas.entitlements.setAddOn({ subjectId, addOn: "calls", quantity: 3 });
    await use("call", 2_000);
    expect(amounts((await saas.cycles.preview(subjectId)).statement)).toEqual({ "add_on:calls": 450, "usage:call": 0 });
    clock.advance(365 * dayMs);
    expect(await saas.cycles.closeDue()).toBe(12);
    const cycles = (await list()).toReversed();
    for (const [index, cycle] of cycles.entries()) {
      if (index > 0) expect(cycle.start).toEqual(cycles[index - 1]?.end);
    }
  });

  test("two instances that close at once close each cycle once", async () => {
    const { saas, clock, url, closed, facts, list } = await openPriced(open);
    const other = openDatabase({ url });
    onTestFinished(() => other.close());
    const second = createSaas({ database: other, clock, plans: pricedPlans, facts });
    for (let n = 2; n < 12; n++) await saas.entitlements.open({ subjectId: `usr_${n}` });
    clock.advance(95 * dayMs);
    const counts = await Promise.all([saas, second, saas, second].map(({ cycles }) => cycles.closeDue()));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(33);
    expect(new Set(closed.map(({ cycleId }) => cycleId)).size).toBe(33);
    expect(closed).toHaveLength(33);
    expect(await list()).toHaveLength(3);
  });

  test("a clock that was put back between two changes of tier loses no period", async () => {
    const { saas, clock, use, closed, database } = await openPriced(open);
    clock.advance(dayMs);
    await saas.entitlements.assign({ subjectId, tier: "team", status: "active" });
    await use("call", 7);
    await saas.entitlements.end({ subjectId });
    // By another instance, whose clock runs behind.
    clock.set(new Date(clock.now().getTime() - 60_000));
    await saas.entitlements.assign({ subjectId, tier: "pro", status: "active" });
    await use("call", 5);
    clock.advance(40 * dayMs);
    await saas.cycles.closeDue();
    const calls = closed.flatMap(({ usage }) => usage.filter(({ feature }) => feature === "call"));
    expect(calls.reduce((sum, { quantity }) => sum + Number(quantity), 0)).toBe(12);
    await checkStatements(database, saas, [subjectId]);
  });

  test("a handler that fails leaves the cycle open, and the subjects beside it closed", async () => {
    const { saas, clock, facts, list, database } = await openPriced(open);
    await saas.entitlements.open({ subjectId: "usr_2" });
    let fails = true;
    facts.on("cycle.closed", async (_tx, fact) => {
      if (fails && fact.subjectId === subjectId) throw new Error("away");
    });
    clock.advance(31 * dayMs);
    expect(await saas.cycles.closeDue()).toBe(1);
    expect(await list()).toEqual([]);
    const [left] = await database.rows<{ n: number | string }>(sql`select count(*) as n from saas_cycle_usage`);
    expect(Number(left?.n)).toBe(0);
    fails = false;
    expect(await saas.cycles.closeDue()).toBe(1);
    expect(await list()).toHaveLength(1);
  });

  test("the cycle under way shows its state, days, amount and the cost of each use", async () => {
    const { saas, use } = await openPriced(open);
    await saas.entitlements.assign(pro);
    await use("call", 1_400);
    const cycle = await saas.billing.cycle(subjectId);
    expect(cycle).toMatchObject({
      state: "paid",
      daysRemaining: 28,
      amount: { amount: 2_900 },
      accrued: { amount: 3_100 },
    });
    expect(cycle.usage.find(({ feature }) => feature === "call")).toMatchObject({ used: 1_400, cost: { amount: 100 } });
  });

  test("wrong input is refused by code, and nothing is written", async () => {
    const { saas, database } = await openPriced(open);
    const before = await countRows(database);
    const refused = (promise: Promise<unknown>, code: string) => expect(promise).rejects.toMatchObject({ code });
    const { cycles } = saas;
    await refused(cycles.get({ subjectId, cycleId: "cyc_none" }), "cycle_not_found");
    await refused(cycles.preview("usr_none"), "subject_not_found");
    await refused(cycles.whatIf({ subjectId, tier: "gold" as "pro" }), "unknown_tier");
    await refused(cycles.whatIf({ subjectId, tier: "pro", cycles: 0.5 }), "invalid_quantity");
    await refused(cycles.previewChange({ subjectId, tier: "gold" as "pro" }), "unknown_tier");
    const discount = { subjectId, id: "x", name: "x", duration: "once" } as const;
    for (const wrong of [
      {},
      { percent: 0 },
      { percent: 101 },
      { percent: "a" },
      { amount: 0.5 },
      { percent: 1, amount: 1 },
    ]) {
      await refused(cycles.discounts.give({ ...discount, ...wrong }), "invalid_discount");
    }
    await refused(cycles.discounts.give({ ...discount, percent: 1, duration: 0 }), "invalid_discount");
    expect(await countRows(database)).toEqual(before);
  });
});
