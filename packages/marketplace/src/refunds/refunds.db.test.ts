import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openShop, type Shop } from "../../test/shop.ts";

const usd = (amount: number) => ({ amount, currency: "usd" });
const buyerId = "usr_buyer";
const seller = "seller:usr_publisher";

async function sell(shop: Shop, amount = 1_999) {
  await shop.list("tar-stream", { price: usd(amount) });
  const { purchase } = await shop.orders.purchase({ buyerId, listingId: "tar-stream" });
  return purchase;
}

async function balances({ ledger }: Shop) {
  const names = ["revenue:payments", "revenue:commission", seller, "refunds", "disputes"];
  return Promise.all(names.map((name) => ledger.balance(name)));
}

async function owed({ sellers }: Shop) {
  return (await sellers.balances("usr_publisher"))[0]?.balance;
}

const download = { subjectId: buyerId, listingId: "tar-stream", version: "latest" };

forEachDatabase("refunds", (open) => {
  test("a sale is split in the ledger and owed to its publisher, together with the order", async () => {
    const shop = await openShop(open);
    await sell(shop);
    expect(await balances(shop)).toEqual([1_999, -300, -1_699, 0, 0]);
    expect(await owed(shop)).toBe(1_699);
    expect(await shop.sellers.verify()).toEqual([]);
  });

  test("a full refund takes back exactly what the order gave: money, licence and right", async () => {
    const shop = await openShop(open);
    const { id: purchaseId } = await sell(shop);
    await shop.downloads.open(download);
    const refund = await shop.refunds.refund({ purchaseId, reason: "did not work", requestedBy: "usr_admin" });
    expect(refund).toMatchObject({ purchaseId, amount: usd(1_999), status: "succeeded", reason: "did not work" });
    expect(await shop.orders.get({ purchaseId, buyerId })).toMatchObject({ status: "refunded", refunded: usd(1_999) });
    // What is left of the payment's own two postings (charge and refund) is nothing: 1999 − 1999.
    expect(await balances(shop)).toEqual([1_999, 0, 0, -1_999, 0]);
    expect(await owed(shop)).toBe(0);
    await expect(shop.downloads.open(download)).rejects.toMatchObject({ code: "payment_required" });
    await expect(shop.refunds.refund({ purchaseId })).rejects.toMatchObject({ code: "not_refundable" });
    expect(shop.news).toEqual(["order.paid", "order.refunded"]);
    // And it can be bought again.
    expect((await shop.orders.purchase({ buyerId, listingId: "tar-stream" })).purchase.status).toBe("paid");
  });

  test("a refund that the bank sends back has failed: the buyer is still owed it, and it can be given again", async () => {
    const shop = await openShop(open);
    const { id: purchaseId } = await sell(shop);
    const { id: refundId } = await shop.refunds.refund({ purchaseId });
    const before = await balances(shop);
    await shop.refunds.bounced({ refundId, failure: "lost_or_stolen_card" });
    await shop.refunds.bounced({ refundId, failure: "lost_or_stolen_card" });
    await shop.refunds.bounced({ refundId: "ref_of_nobody", failure: null });
    expect(await shop.refunds.list(purchaseId)).toMatchObject([{ status: "failed" }]);
    // Nothing is earned again: what `refunds` owes waits for its buyer.
    expect(await balances(shop)).toEqual(before);
    expect(await shop.refunds.refund({ purchaseId })).toMatchObject({ status: "succeeded", amount: usd(1_999) });
    expect(await balances(shop)).toEqual(before);
    expect(await owed(shop)).toBe(0);
    expect(await shop.sellers.verify()).toEqual([]);
    await expect(shop.refunds.refund({ purchaseId })).rejects.toMatchObject({ code: "not_refundable" });
  });

  test("parts of it go back cent by cent, the licence stays until all of it is back", async () => {
    const shop = await openShop(open);
    const { id: purchaseId } = await sell(shop);
    for (const amount of [1, 998, 500]) await shop.refunds.refund({ purchaseId, amount: usd(amount) });
    expect(await shop.orders.get({ purchaseId, buyerId })).toMatchObject({ status: "paid", refunded: usd(1_499) });
    expect((await shop.downloads.open(download)).version).toBe("1.0.0");
    await expect(shop.refunds.refund({ purchaseId, amount: usd(501) })).rejects.toMatchObject({
      code: "refund_too_large",
      fields: { remaining: usd(500) },
    });
    for (const bad of [usd(0), usd(-1), usd(1.5), { amount: 1, currency: "eur" }]) {
      await expect(shop.refunds.refund({ purchaseId, amount: bad })).rejects.toMatchObject({
        code: "refund_too_large",
      });
    }
    await shop.refunds.refund({ purchaseId });
    expect(await shop.orders.get({ purchaseId, buyerId })).toMatchObject({ status: "refunded", refunded: usd(1_999) });
    expect(await balances(shop)).toEqual([1_999, 0, 0, -1_999, 0]);
    expect((await shop.refunds.list(purchaseId)).map(({ amount }) => amount.amount)).toEqual([1, 998, 500, 500]);
  });

  test("twenty refunds at once give no more than there is", async () => {
    const shop = await openShop(open);
    const { id: purchaseId } = await sell(shop);
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, () => shop.refunds.refund({ purchaseId, amount: usd(400) })),
    );
    expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(4);
    expect([...shop.till.refunds.values()].reduce((sum, amount) => sum + amount, 0)).toBe(1_600);
    expect(await owed(shop)).toBe(1_699 - Math.round((1_600 * 1_699) / 1_999));
  });

  test("an answer that is lost is asked for again under the same reference, also by another instance", async () => {
    const shop = await openShop(open);
    const { id: purchaseId } = await sell(shop);
    shop.till.refundMode = "loses the answer";
    expect(await shop.refunds.refund({ purchaseId })).toMatchObject({ status: "pending" });
    expect(await owed(shop)).toBe(1_699);
    shop.till.refundMode = "pays";
    expect(await shop.make().refunds.sendPending()).toBe(0);
    shop.clock.advance(61_000);
    const [one, other] = await Promise.all([shop.refunds.sendPending(), shop.make().refunds.sendPending()]);
    expect(one + other).toBe(1);
    expect(shop.till.refunds.size).toBe(1);
    expect(await owed(shop)).toBe(0);
  });

  test("a refund that is refused sets the money free again", async () => {
    const shop = await openShop(open);
    const { id: purchaseId } = await sell(shop);
    shop.till.refundMode = "refuses";
    expect(await shop.refunds.refund({ purchaseId })).toMatchObject({ status: "failed" });
    expect(await owed(shop)).toBe(1_699);
    shop.till.refundMode = "pays";
    expect(await shop.refunds.refund({ purchaseId })).toMatchObject({ status: "succeeded" });
  });

  test("what was refunded elsewhere is heard of in any order and any number of times", async () => {
    const shop = await openShop(open);
    const { id: reference } = await sell(shop);
    const totals = [700, 300, 700, 1_999, 1_000, 1_999];
    await Promise.all(
      totals.map((amountRefunded) => shop.refunds.refunded({ reference, paymentId: "pay_1", amountRefunded })),
    );
    expect(await balances(shop)).toEqual([1_999, 0, 0, -1_999, 0]);
    expect(await shop.orders.get({ purchaseId: reference, buyerId })).toMatchObject({
      status: "refunded",
      refunded: usd(1_999),
    });
    await shop.refunds.refunded({ reference: "sub_none", paymentId: "pay_1", amountRefunded: 5 });
    await shop.refunds.refunded({ reference, paymentId: "pay_other", amountRefunded: 5 });
  });

  test("a dispute withholds money and licence, and gives both again when it is won", async () => {
    const shop = await openShop(open);
    const { id: reference } = await sell(shop);
    const dispute = { disputeId: "dp_1", reference, paymentId: "pay_1", amount: 1_999 };
    await shop.refunds.disputed({ ...dispute, status: "open" });
    await shop.refunds.disputed({ ...dispute, status: "open" });
    expect(await balances(shop)).toEqual([1_999, 0, 0, 0, -1_999]);
    expect((await shop.orders.get({ purchaseId: reference, buyerId })).status).toBe("disputed");
    await expect(shop.downloads.open(download)).rejects.toMatchObject({ code: "payment_required" });
    await expect(shop.orders.purchase({ buyerId, listingId: "tar-stream" })).rejects.toMatchObject({
      code: "already_purchased",
    });
    await shop.refunds.disputed({ ...dispute, status: "won" });
    await shop.refunds.disputed({ ...dispute, status: "won" });
    await shop.refunds.disputed({ ...dispute, status: "open" });
    expect(await balances(shop)).toEqual([1_999, -300, -1_699, 0, 0]);
    expect((await shop.downloads.open(download)).version).toBe("1.0.0");
  });

  test("a lost dispute ends as a full refund does, whichever news comes first", async () => {
    const shop = await openShop(open);
    const { id: reference } = await sell(shop);
    const dispute = { disputeId: "dp_1", reference, paymentId: "pay_1", amount: 1_999 };
    await shop.refunds.disputed({ ...dispute, status: "lost" });
    await shop.refunds.disputed({ ...dispute, status: "open" });
    expect(await balances(shop)).toEqual([1_999, 0, 0, 0, -1_999]);
    expect(await shop.orders.get({ purchaseId: reference, buyerId })).toMatchObject({
      status: "refunded",
      refunded: usd(1_999),
    });
    await expect(shop.refunds.refund({ purchaseId: reference })).rejects.toMatchObject({ code: "not_refundable" });
  });

  test("of what is disputed in part, so much is lost as is asked for, and the rest of the sale stays", async () => {
    const shop = await openShop(open);
    const { id: reference } = await sell(shop, 1_000);
    const order = () => shop.orders.get({ purchaseId: reference, buyerId });
    const part = { reference, paymentId: "pay_1", amount: 300 };
    await shop.refunds.disputed({ ...part, disputeId: "dp_1", status: "open" });
    await shop.refunds.disputed({ ...part, disputeId: "dp_2", status: "open" });
    await shop.refunds.disputed({ ...part, disputeId: "dp_1", status: "lost" });
    // The other one is still open.
    expect(await order()).toMatchObject({ status: "disputed", refunded: usd(300) });
    await shop.refunds.disputed({ ...part, disputeId: "dp_2", status: "lost" });
    expect(await order()).toMatchObject({ status: "paid", refunded: usd(600) });
    expect((await shop.downloads.open(download)).version).toBe("1.0.0");
    expect(await balances(shop)).toEqual([1_000, -60, -340, 0, -600]);
    // The bank takes more than is left: what is left is what goes.
    await shop.refunds.refund({ purchaseId: reference, amount: usd(100) });
    await shop.refunds.disputed({ ...part, disputeId: "dp_3", amount: 1_000, status: "lost" });
    expect(await order()).toMatchObject({ status: "refunded", refunded: usd(1_000) });
    expect((await balances(shop)).slice(1, 3)).toEqual([0, 0]);
    await expect(shop.downloads.open(download)).rejects.toMatchObject({ code: "payment_required" });
  });

  test("the rest of a sale that is disputed in part goes back: what becomes of the order is the bank's to say", async () => {
    const shop = await openShop(open);
    const order = (purchaseId: string) => shop.orders.get({ purchaseId, buyerId });
    const [first, second] = [await sell(shop, 1_000), await shop.list("another", { price: usd(1_000) })];
    const { purchase: other, payment } = await shop.orders.purchase({ buyerId, listingId: second.id });
    const disputes = [
      { disputeId: "dp_1", reference: first.id, paymentId: "pay_1", amount: 300 },
      { disputeId: "dp_2", reference: other.id, paymentId: payment?.id ?? "", amount: 300 },
      { disputeId: "dp_3", reference: other.id, paymentId: payment?.id ?? "", amount: 700 },
    ] as const;
    for (const dispute of disputes) await shop.refunds.disputed({ ...dispute, status: "open" });
    await shop.refunds.refund({ purchaseId: first.id });
    // All of it is away, and a part may come back.
    expect(await order(first.id)).toMatchObject({ status: "disputed", refunded: usd(700) });
    await shop.refunds.disputed({ ...disputes[0], status: "won" });
    // What was kept was paid for: a refund in part leaves the licence.
    expect(await order(first.id)).toMatchObject({ status: "paid", refunded: usd(700) });
    expect((await shop.downloads.open(download)).version).toBe("1.0.0");

    await shop.refunds.disputed({ ...disputes[1], status: "lost" });
    expect(await order(other.id)).toMatchObject({ status: "disputed", refunded: usd(300) });
    await shop.refunds.disputed({ ...disputes[2], status: "lost" });
    expect(await order(other.id)).toMatchObject({ status: "refunded", refunded: usd(1_000) });
    expect(await owed(shop)).toBe(300 - Math.round((300 * 150) / 1_000));
    expect(await shop.sellers.verify()).toEqual([]);
  });

  test("money that an order had no use for goes back by itself, once", async () => {
    const shop = await openShop(open);
    const { id: reference } = await sell(shop);
    for (let i = 0; i < 3; i++) await shop.orders.settle({ reference, paymentId: "pay_other", outcome: "succeeded" });
    expect(await shop.refunds.sendPending()).toBe(1);
    expect([...shop.till.refunds]).toEqual([["ref_pay_other", 1_999]]);
    expect(await owed(shop)).toBe(1_699);
    // Charged twice, of which one is the sale and the other went back.
    expect(await balances(shop)).toEqual([2 * 1_999, -300, -1_699, -1_999, 0]);
  });

  test("a publisher refunds their own sales only", async () => {
    const shop = await openShop(open);
    const { id: purchaseId } = await sell(shop);
    const stranger = shop.refunds.refund({ purchaseId, publisherId: "usr_other" });
    await expect(stranger).rejects.toMatchObject({ code: "purchase_not_found" });
    await expect(shop.refunds.refund({ purchaseId: "pur_none" })).rejects.toMatchObject({ code: "purchase_not_found" });
    await shop.list("free");
    const free = await shop.orders.purchase({ buyerId, listingId: "free" });
    const nothing = shop.refunds.refund({ purchaseId: free.purchase.id });
    await expect(nothing).rejects.toMatchObject({ code: "not_refundable" });
    expect(await shop.refunds.refund({ purchaseId, publisherId: "usr_publisher" })).toMatchObject({
      status: "succeeded",
    });
  });
});
