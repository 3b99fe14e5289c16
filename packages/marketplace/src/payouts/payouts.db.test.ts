import { dayMs, hourMs } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openShop, type Shop } from "../../test/shop.ts";

const usd = (amount: number) => ({ amount, currency: "usd" });
const publisherId = "usr_publisher";
const currency = "usd";

async function openWithAccount(open: Parameters<typeof openShop>[0]) {
  const shop = await openShop(open);
  shop.bank.accounts.set(publisherId, "acct_1");
  await shop.list("tar-stream", { price: usd(2_000) });
  const sell = async (buyerId: string) =>
    (await shop.orders.purchase({ buyerId, listingId: "tar-stream" })).purchase.id;
  return { ...shop, sell };
}

async function standing({ sellers, ledger }: Shop) {
  const [row] = await sellers.balances(publisherId);
  const accounts = ["seller:usr_publisher", "payouts:in_transit"];
  return { ...row, ledger: await Promise.all(accounts.map((account) => ledger.balance(account))) };
}

forEachDatabase("payouts", (open) => {
  test("earnings are held for two weeks and then paid, once, however many run at the same time", async () => {
    const shop = await openWithAccount(open);
    await shop.sell("usr_1");
    expect(await standing(shop)).toMatchObject({ balance: 1_700, held: 1_700, available: 0, volume: 2_000 });
    expect(await shop.payouts.run()).toEqual({ made: 0, paid: 0, failed: 0 });
    shop.clock.advance(14 * dayMs);
    expect(await standing(shop)).toMatchObject({ balance: 1_700, held: 0, available: 1_700 });
    const other = shop.make();
    await Promise.all([shop.payouts.run(), other.payouts.run(), shop.payouts.run(), other.payouts.run()]);
    expect([...shop.bank.transfers.values()]).toEqual([{ accountId: "acct_1", amount: 1_700, currency }]);
    expect(await standing(shop)).toMatchObject({ balance: 0, available: 0, ledger: [0, -1_700] });
    const { data } = await shop.payouts.list(publisherId, { limit: 10 });
    expect(data).toMatchObject([{ status: "paid", amount: usd(1_700), failure: null }]);
    expect(shop.news.filter((name) => name === "payout.paid")).toHaveLength(1);
  });

  test("a lost answer leaves the payout on its way, and the next run asks under the same reference", async () => {
    const shop = await openWithAccount(open);
    await shop.sell("usr_1");
    shop.clock.advance(14 * dayMs);
    shop.bank.mode = "loses the answer";
    expect(await shop.payouts.run()).toEqual({ made: 1, paid: 0, failed: 0 });
    expect(await standing(shop)).toMatchObject({ balance: 0, ledger: [0, -1_700] });
    shop.bank.mode = "pays";
    shop.clock.advance(61_000);
    expect(await shop.make().payouts.run()).toEqual({ made: 0, paid: 1, failed: 0 });
    expect(shop.bank.transfers.size).toBe(1);
    expect(await standing(shop)).toMatchObject({ balance: 0, ledger: [0, -1_700] });
  });

  test("a refused transfer puts the money back, for another try", async () => {
    const shop = await openWithAccount(open);
    await shop.sell("usr_1");
    shop.clock.advance(14 * dayMs);
    shop.bank.mode = "refuses";
    expect(await shop.payouts.run()).toEqual({ made: 1, paid: 0, failed: 1 });
    expect(await standing(shop)).toMatchObject({ balance: 1_700, available: 1_700, ledger: [-1_700, 0] });
    // What runs by itself every hour fails once a day.
    const daily = { retryAfterMs: dayMs };
    for (let hour = 0; hour < 23; hour++) {
      shop.clock.advance(hourMs);
      expect(await shop.payouts.run(daily)).toMatchObject({ made: 0 });
    }
    shop.clock.advance(hourMs);
    expect(await shop.payouts.run(daily)).toMatchObject({ made: 1, failed: 1 });
    expect(shop.news.filter((name) => name === "payout.failed")).toHaveLength(2);
    shop.bank.mode = "pays";
    expect(await shop.payouts.run(daily)).toMatchObject({ made: 0 });
    expect(await shop.payouts.run()).toEqual({ made: 1, paid: 1, failed: 0 });
    expect((await shop.payouts.list(publisherId, { limit: 10 })).data.map(({ status }) => status)).toEqual([
      "paid",
      "failed",
      "failed",
    ]);
  });

  test("what comes back of a transfer is owed again, once however often it is told, and is in the next payout", async () => {
    const shop = await openWithAccount(open);
    await shop.sell("usr_1");
    shop.clock.advance(14 * dayMs);
    await shop.payouts.run();
    const [paid] = (await shop.payouts.list(publisherId, { limit: 10 })).data;
    const reference = paid?.id ?? "";
    await Promise.all([500, 500, 700].map((amountReversed) => shop.payouts.reversed({ reference, amountReversed })));
    await shop.payouts.reversed({ reference, amountReversed: 500 });
    await shop.payouts.reversed({ reference: "po_of_somebody_else", amountReversed: 500 });
    // The other side of `payouts:in_transit` is whoever made the transfer and took it back.
    expect(await standing(shop)).toMatchObject({ balance: 700, available: 700, ledger: [-700, -1_000] });
    expect(await shop.sellers.verify()).toEqual([]);
    await shop.payouts.reversed({ reference, amountReversed: 9_999 });
    expect(await standing(shop)).toMatchObject({ balance: 1_700 });
    expect(await shop.payouts.run()).toMatchObject({ made: 1, paid: 1 });
    expect(await standing(shop)).toMatchObject({ balance: 0, ledger: [0, -1_700] });
  });

  test("less than the minimum waits, and a publisher without an account too", async () => {
    const shop = await openShop(open);
    await shop.list("cheap", { price: usd(1_000) });
    await shop.orders.purchase({ buyerId: "usr_1", listingId: "cheap" });
    shop.clock.advance(14 * dayMs);
    await expect(shop.payouts.payNow({ publisherId, currency })).rejects.toMatchObject({
      code: "payout_account_required",
    });
    shop.bank.accounts.set(publisherId, "acct_1");
    await expect(shop.payouts.payNow({ publisherId, currency })).rejects.toMatchObject({
      code: "nothing_to_pay_out",
      fields: { available: 850, minimum: 1_000 },
    });
    await shop.orders.purchase({ buyerId: "usr_2", listingId: "cheap" });
    shop.clock.advance(14 * dayMs);
    expect(await shop.payouts.payNow({ publisherId, currency })).toMatchObject({ status: "paid", amount: usd(1_700) });
  });

  test("what is refunded after it was paid out is carried as a negative balance, and paid off by later sales", async () => {
    const shop = await openWithAccount(open);
    const first = await shop.sell("usr_1");
    shop.clock.advance(14 * dayMs);
    await shop.payouts.run();
    await shop.refunds.refund({ purchaseId: first });
    expect(await standing(shop)).toMatchObject({ balance: -1_700, available: -1_700, volume: 0 });
    await shop.sell("usr_2");
    shop.clock.advance(14 * dayMs);
    expect(await shop.payouts.run()).toEqual({ made: 0, paid: 0, failed: 0 });
    await shop.sell("usr_3");
    shop.clock.advance(14 * dayMs);
    expect(await shop.payouts.run()).toMatchObject({ made: 1, paid: 1 });
    expect(await standing(shop)).toMatchObject({ balance: 0, ledger: [0, -3_400] });
  });

  test("a refund of what is still held takes nothing from what is due", async () => {
    const shop = await openWithAccount(open);
    await shop.sell("usr_1");
    shop.clock.advance(14 * dayMs);
    const held = await shop.sell("usr_2");
    await shop.refunds.refund({ purchaseId: held, amount: usd(1_000) });
    expect(await standing(shop)).toMatchObject({ balance: 2_550, held: 850, available: 1_700 });
  });

  test("a statement adds up to nothing, and so do its parts", async () => {
    const shop = await openWithAccount(open);
    const start = shop.clock.now();
    const first = await shop.sell("usr_1");
    shop.clock.advance(14 * dayMs);
    await shop.payouts.run();
    const middle = shop.clock.now();
    shop.clock.advance(1_000);
    await shop.refunds.refund({ purchaseId: first, amount: usd(500) });
    await shop.sell("usr_2");
    shop.clock.advance(1_000);
    const end = shop.clock.now();
    const statements = [];
    for (const [from, to] of [
      [start, middle],
      [middle, end],
      [start, end],
    ] as const) {
      const statement = await shop.sellers.statement({ publisherId, currency, from, to });
      const sum = statement.lines.reduce((total, { amount }) => total + amount, 0);
      expect(statement.opening + sum - statement.closing).toBe(0);
      statements.push(statement);
    }
    const [before, after, all] = statements;
    expect([before?.closing, after?.closing, all?.opening]).toEqual([after?.opening, all?.closing, 0]);
    expect(all?.closing).toBe((await standing(shop)).balance);
    expect(after?.lines).toEqual([
      { kind: "payout", count: 1, gross: 0, commission: 0, amount: -1_700 },
      { kind: "refund", count: 1, gross: -500, commission: -75, amount: -425 },
      { kind: "sale", count: 1, gross: 2_000, commission: 300, amount: 1_700 },
    ]);
    const { data } = await shop.sellers.entries({ publisherId, currency }, { limit: 10 });
    expect(data.map(({ number, balance }) => [number, balance])).toEqual([
      [4, 1_275],
      [3, -425],
      [2, 0],
      [1, 1_700],
    ]);
    const reversed = shop.sellers.statement({ publisherId, currency, from: end, to: start });
    await expect(reversed).rejects.toMatchObject({ code: "invalid_statement" });
  });

  test("a tier by volume goes by what was sold before, and a refund takes its volume back", async () => {
    const tiers = [
      { from: 0, basisPoints: 2_000 },
      { from: 2_000, basisPoints: 1_000 },
    ];
    const shop = await openShop(open, { commission: { kind: "volume", currency, tiers } });
    await shop.list("tar-stream", { price: usd(2_000) });
    const sell = async (buyerId: string) => (await shop.orders.purchase({ buyerId, listingId: "tar-stream" })).purchase;
    const first = await sell("usr_1");
    const second = await sell("usr_2");
    expect([first.commission?.amount, second.commission?.amount]).toEqual([400, 200]);
    await shop.refunds.refund({ purchaseId: first.id });
    await shop.refunds.refund({ purchaseId: second.id });
    expect((await sell("usr_3")).commission?.amount).toBe(400);
    expect(await shop.sellers.verify()).toEqual([]);
  });

  test("who is related to the publisher does not buy from them, nor does who acts for another", async () => {
    const shop = await openShop(open, {
      related: async ({ buyerId, actorId, publisherId: org }) =>
        org === "org_1" && [buyerId, actorId].includes("usr_member"),
    });
    await shop.list("tar-stream", { price: usd(2_000), publisherId: "org_1" });
    const buy = (buyerId: string, actorId?: string) =>
      shop.orders.purchase({ buyerId, actorId, listingId: "tar-stream" });
    await expect(buy("usr_member")).rejects.toMatchObject({ code: "own_package" });
    await expect(buy("org_2", "usr_member")).rejects.toMatchObject({ code: "own_package" });
    await expect(buy("org_1", "usr_x")).rejects.toMatchObject({ code: "own_package" });
    await expect(buy("org_2", "org_1")).rejects.toMatchObject({ code: "own_package" });
    expect(shop.till.calls).toEqual([]);
    expect((await buy("org_2", "usr_other")).purchase.status).toBe("paid");
  });
});
