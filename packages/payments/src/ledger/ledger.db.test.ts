import { migrate, openDatabase } from "@revops/database";
import { seededRandom } from "@revops/testing";
import { forEachDatabase, type OpenDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, onTestFinished, test } from "vitest";
import { createLedger, paymentsMigrations } from "../index.ts";
import type { Posting } from "./posting.ts";

const at = new Date("2026-01-31T12:00:00Z");

async function openBooks(open: OpenDatabase) {
  const { url } = await open();
  const database = openDatabase({ url });
  onTestFinished(() => database.close());
  await migrate(database, [paymentsMigrations]);
  return { database, ledger: createLedger({ database }) };
}

function charge(id: string, amount: number, currency = "usd"): Posting {
  const entries = [
    { account: "stripe:balance", amount: amount - 30 },
    { account: "stripe:fees", amount: 30 },
    { account: "revenue:payments", amount: -amount },
  ];
  return { id, at, kind: "charge", reference: `order-${id}`, currency, entries };
}

forEachDatabase("the money ledger", (open) => {
  test("a posting counts once, whoever posts it, and rolls back with the caller's transaction", async () => {
    const { database, ledger } = await openBooks(open);
    const posted = await Promise.all(Array.from({ length: 8 }, () => ledger.post(charge("a", 900))));
    expect(posted.filter((fresh) => fresh)).toHaveLength(1);
    // The same id with other amounts is the same posting: what was entered stays.
    expect(await ledger.post(charge("a", 1_000))).toBe(false);
    const failing = database.transaction(async (tx) => {
      expect(await ledger.post(charge("b", 500), tx)).toBe(true);
      expect(await ledger.balance({ account: "revenue:payments", currency: "usd" }, tx)).toBe(-1_400);
      throw new Error("the caller's own row failed");
    });
    await expect(failing).rejects.toThrow("the caller's own row failed");
    expect(await ledger.balance({ account: "revenue:payments", currency: "usd" })).toBe(-900);
    expect(await ledger.verify()).toEqual({ postings: 1, differences: [] });
  });

  test("what does not balance is refused, and leaves nothing", async () => {
    const { ledger } = await openBooks(open);
    const wrong = { ...charge("a", 900), entries: charge("a", 900).entries.slice(1) };
    await expect(ledger.post(wrong)).rejects.toMatchObject({ code: "unbalanced_posting", fields: { sum: -870 } });
    expect(await ledger.verify()).toEqual({ postings: 0, differences: [] });
  });

  test("each currency has its own balance, and an entry of nothing is left out", async () => {
    const { ledger } = await openBooks(open);
    await ledger.post(charge("a", 900, "usd"));
    await ledger.post(charge("b", 30, "jpy"));
    expect(await ledger.balance({ account: "stripe:balance", currency: "usd" })).toBe(870);
    expect(await ledger.balance({ account: "stripe:balance", currency: "jpy" })).toBe(0);
    expect(await ledger.balance({ account: "seller:nobody", currency: "usd" })).toBe(0);
    expect((await ledger.entries({ account: "stripe:balance", limit: 10 })).data).toMatchObject([{ amount: 870 }]);
    expect((await ledger.entries({ account: "stripe:fees", currency: "jpy", limit: 10 })).data).toMatchObject([
      { postingId: "b", kind: "charge", reference: "order-b", currency: "jpy", amount: 30, at },
    ]);
  });

  test("entries come newest first, in pages that neither skip nor repeat", async () => {
    const { ledger } = await openBooks(open);
    for (let n = 1; n <= 7; n++) await ledger.post(charge(String(n), n * 100));
    const seen: number[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await ledger.entries({ account: "revenue:payments", limit: 3, cursor });
      seen.push(...page.data.map(({ amount }) => amount));
      if (page.next === null) break;
      cursor = page.next;
    }
    expect(seen).toEqual([-700, -600, -500, -400, -300, -200, -100]);
  });

  test("a balance is the same before, while and after it is folded, by several at once", async () => {
    const { database, ledger } = await openBooks(open);
    const random = seededRandom("the money ledger");
    const other = createLedger({ database });
    let revenue = 0;
    const work = Array.from({ length: 60 }, async (_, n) => {
      const amount = random.integer(31, 99_999);
      revenue -= amount;
      await (n % 2 === 0 ? ledger : other).post(charge(String(n), amount));
      if (n % 10 === 0) await Promise.all([ledger.fold(), other.fold()]);
    });
    await Promise.all(work);
    const of = { account: "revenue:payments", currency: "usd" };
    expect(await ledger.balance(of)).toBe(revenue);
    await Promise.all([ledger.fold(), other.fold(), ledger.fold()]);
    expect(await other.balance(of)).toBe(revenue);
    expect(await ledger.verify()).toEqual({ postings: 60, differences: [] });
  });

  test.each([
    ["a changed entry", "update payments_ledger_entries set amount = amount + 1 where account = 'stripe:fees'", 2],
    ["a lost entry", "delete from payments_ledger_entries where account = 'stripe:fees'", 2],
    ["a lost posting", "delete from payments_ledger_postings", 1],
    ["a changed balance", "update payments_ledger_balances set amount = 1 where account = 'stripe:fees'", 1],
    ["a lost balance", "delete from payments_ledger_balances where account = 'stripe:fees'", 1],
    ["an entry of another currency", "update payments_ledger_entries set currency = 'eur' where amount = 30", 3],
  ])("verify names %s", async (_what, damage, differences) => {
    const { database, ledger } = await openBooks(open);
    await ledger.post(charge("a", 900));
    await ledger.fold();
    await database.rows(sql.raw(damage));
    expect((await ledger.verify()).differences).toHaveLength(differences);
  });
});
