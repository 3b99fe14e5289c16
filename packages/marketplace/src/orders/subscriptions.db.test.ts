import { dayMs } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openShop } from "../../test/shop.ts";

const price = { amount: 1_000, currency: "usd" };
const buyerId = "usr_buyer";

async function subscribe(open: Parameters<typeof openShop>[0]) {
  const shop = await openShop(open);
  await shop.list("library", { price, interval: "month", kind: "template" });
  const { purchase } = await shop.orders.purchase({ buyerId, listingId: "library" });
  const at = () => shop.orders.get({ purchaseId: purchase.id, buyerId });
  const mayDownload = () =>
    shop.downloads.open({ subjectId: buyerId, listingId: "library", version: "latest" }).then(
      () => true,
      () => false,
    );
  /** To so many days after the present period's end. */
  const goPastEnd = async (days: number) => {
    const end = (await at()).subscription?.end;
    if (!end) throw new Error("There is no period.");
    shop.clock.advance(end.getTime() + days * dayMs - shop.clock.now().getTime());
  };
  return { ...shop, purchase, at, mayDownload, goPastEnd };
}

forEachDatabase("subscriptions to a listing", (open) => {
  test("each period is charged once under a reference of its own, and split as the first was", async () => {
    const shop = await subscribe(open);
    expect(shop.purchase.subscription).toMatchObject({ interval: "month", cancelAtPeriodEnd: false, pastDue: false });
    const first = shop.purchase.subscription;
    expect(await shop.orders.renewDue()).toEqual({ renewed: 0, refused: 0, ended: 0, unknown: 0 });
    await shop.goPastEnd(0);
    const other = shop.make();
    await Promise.all([shop.orders.renewDue(), other.orders.renewDue(), shop.orders.renewDue()]);
    expect(shop.till.calls.map(({ reference, renews, offSession }) => [reference, renews, offSession])).toEqual([
      [shop.purchase.id, true, undefined],
      [`${shop.purchase.id}.2`, undefined, true],
    ]);
    const { subscription } = await shop.at();
    expect(subscription?.start).toEqual(first?.end);
    expect(await shop.ledger.balance("seller:usr_publisher")).toBe(-1_700);
    expect(shop.news).toEqual(["order.paid", "order.renewed"]);
    await shop.goPastEnd(0);
    await shop.orders.renewDue();
    expect(shop.till.charged.size).toBe(3);
    expect(await shop.mayDownload()).toBe(true);
  });

  test("a refused charge is tried again while the licence goes on, and then it is over", async () => {
    const shop = await subscribe(open);
    await shop.goPastEnd(0);
    shop.till.mode = "declines";
    expect(await shop.orders.renewDue()).toMatchObject({ refused: 1 });
    expect((await shop.at()).subscription?.pastDue).toBe(true);
    expect(await shop.mayDownload()).toBe(true);
    for (const day of [1, 3]) {
      await shop.goPastEnd(day);
      expect(await shop.orders.renewDue()).toMatchObject({ refused: 1 });
    }
    await shop.goPastEnd(5);
    expect(await shop.orders.renewDue()).toMatchObject({ ended: 1 });
    expect((await shop.at()).status).toBe("ended");
    expect(await shop.mayDownload()).toBe(false);
    expect(new Set(shop.till.calls.slice(1).map(({ reference }) => reference)).size).toBe(1);
    expect(shop.news.slice(1)).toEqual([...Array(3).fill("order.renewal-failed"), "order.ended"]);
    shop.till.mode = "pays";
    expect((await shop.orders.purchase({ buyerId, listingId: "library" })).purchase.status).toBe("paid");
  });

  test("paid on a later try, the period joins on to the one before", async () => {
    const shop = await subscribe(open);
    await shop.goPastEnd(0);
    shop.till.mode = "declines";
    await shop.orders.renewDue();
    const end = (await shop.at()).subscription?.end;
    await shop.goPastEnd(1);
    shop.till.mode = "pays";
    expect(await shop.orders.renewDue()).toMatchObject({ renewed: 1 });
    expect((await shop.at()).subscription).toMatchObject({ start: end, pastDue: false });
  });

  test("even if nothing runs, an unpaid licence ends by itself; what runs later charges for the time from then on", async () => {
    const shop = await subscribe(open);
    await shop.goPastEnd(6);
    expect(await shop.mayDownload()).toBe(true);
    await shop.goPastEnd(8);
    expect(await shop.mayDownload()).toBe(false);
    expect(await shop.orders.renewDue()).toMatchObject({ renewed: 1 });
    expect((await shop.at()).subscription?.start).toEqual(shop.clock.now());
    expect(await shop.mayDownload()).toBe(true);
  });

  test("a lost answer is asked about again, not charged again; its webhook may settle it first", async () => {
    const shop = await subscribe(open);
    await shop.goPastEnd(0);
    shop.till.mode = "loses the answer";
    expect(await shop.orders.renewDue()).toMatchObject({ unknown: 1 });
    shop.till.mode = "pays";
    const reference = `${shop.purchase.id}.2`;
    await shop.orders.settle({ reference, paymentId: "pay_2", outcome: "succeeded" });
    await shop.orders.settle({ reference, paymentId: "pay_2", outcome: "succeeded" });
    shop.clock.advance(121_000);
    expect(await shop.orders.renewDue()).toEqual({ renewed: 0, refused: 0, ended: 0, unknown: 0 });
    expect(shop.till.charged.size).toBe(2);
    expect(await shop.ledger.balance("seller:usr_publisher")).toBe(-1_700);
  });

  test("cancelled, it ends with what is paid for, unless that is taken back", async () => {
    const shop = await subscribe(open);
    const { id: purchaseId } = shop.purchase;
    await shop.orders.cancel({ purchaseId, buyerId });
    const back = await shop.orders.cancel({ purchaseId, buyerId, cancel: false });
    expect(back.subscription?.cancelAtPeriodEnd).toBe(false);
    await shop.orders.cancel({ purchaseId, buyerId });
    expect(await shop.mayDownload()).toBe(true);
    await shop.goPastEnd(0);
    expect(await shop.orders.renewDue()).toMatchObject({ ended: 1 });
    expect(await shop.mayDownload()).toBe(false);
    expect(shop.till.calls).toHaveLength(1);
    await expect(shop.orders.cancel({ purchaseId, buyerId })).rejects.toMatchObject({ code: "not_a_subscription" });
    const stranger = shop.orders.cancel({ purchaseId, buyerId: "usr_other" });
    await expect(stranger).rejects.toMatchObject({ code: "purchase_not_found" });
  });

  test("while its listing is suspended nobody is charged; reinstated, it goes on; cancelled, it ends", async () => {
    const shop = await subscribe(open);
    const { packageId: listingId } = shop.purchase;
    await shop.moderation.suspend({ listingId, reason: "A complaint", moderatorId: "usr_moderator" });
    await shop.goPastEnd(3);
    expect(await shop.orders.renewDue()).toEqual({ renewed: 0, refused: 0, ended: 0, unknown: 0 });
    await shop.moderation.reinstate({ listingId, moderatorId: "usr_moderator", reason: "Settled" });
    expect(await shop.orders.renewDue()).toMatchObject({ renewed: 1 });
    expect(await shop.mayDownload()).toBe(true);
    await shop.moderation.suspend({ listingId, reason: "Another one", moderatorId: "usr_moderator" });
    await shop.orders.cancel({ purchaseId: shop.purchase.id, buyerId });
    await shop.goPastEnd(0);
    expect(await shop.orders.renewDue()).toMatchObject({ ended: 1 });
    expect(shop.till.charged.size).toBe(2);
  });

  test("a lost dispute about an earlier period takes that one's money, and the subscription goes on", async () => {
    const shop = await subscribe(open);
    await shop.goPastEnd(0);
    await shop.orders.renewDue();
    const dispute = { disputeId: "dp_1", reference: shop.purchase.id, paymentId: "pay_1", amount: 1_000 };
    await shop.refunds.disputed({ ...dispute, status: "open" });
    expect(await shop.mayDownload()).toBe(false);
    await shop.refunds.disputed({ ...dispute, status: "lost" });
    expect(await shop.at()).toMatchObject({ status: "paid", refunded: price });
    expect(await shop.mayDownload()).toBe(true);
    expect(await shop.ledger.balance("seller:usr_publisher")).toBe(-850);
  });

  test("refunding the period that is paid ends it; money that comes after the end goes back", async () => {
    const shop = await subscribe(open);
    await shop.goPastEnd(0);
    await shop.orders.renewDue();
    await shop.refunds.refund({ purchaseId: shop.purchase.id });
    expect(await shop.at()).toMatchObject({ status: "refunded", refunded: price });
    expect(await shop.mayDownload()).toBe(false);
    expect(await shop.ledger.balance("seller:usr_publisher")).toBe(-850);
    await shop.goPastEnd(1);
    expect(await shop.orders.renewDue()).toMatchObject({ renewed: 0 });
    await shop.orders.settle({ reference: `${shop.purchase.id}.3`, paymentId: "pay_late", outcome: "succeeded" });
    await shop.refunds.sendPending();
    expect(shop.till.refunds.get("ref_pay_late")).toBe(1_000);
  });
});
