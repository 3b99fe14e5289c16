import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openShop } from "../../test/shop.ts";

const price = { amount: 1999, currency: "usd" };
const buyerId = "usr_buyer";

forEachDatabase("orders", (open) => {
  test("a purchase is charged, paid, licensed and announced with a split that adds up", async () => {
    const shop = await openShop(open);
    const { id: listingId } = await shop.list("tar-stream", { price });
    const { purchase, payment } = await shop.orders.purchase({
      buyerId,
      listingId: "tar-stream",
      paymentMethodId: "pm_1",
    });

    expect(purchase).toMatchObject({ packageId: listingId, status: "paid", price, commission: { amount: 300 } });
    expect(purchase.licenseKey).toMatch(/^rvl(-[0-9A-HJKMNP-TV-Z]{5}){5}$/);
    expect(payment).toEqual({ id: "pay_1", status: "succeeded", clientSecret: null });
    expect(shop.till.calls).toEqual([
      { reference: purchase.id, buyerId, amount: price, description: "tar-stream", paymentMethodId: "pm_1" },
    ]);
    expect(shop.paid).toEqual([
      {
        purchase,
        buyerId,
        publisherId: "usr_publisher",
        commission: { amount: 300, currency: "usd" },
        earnings: { amount: 1699, currency: "usd" },
      },
    ]);
    expect((await shop.orders.list(buyerId, { limit: 10 })).data).toEqual([purchase]);
  });

  test("50 purchases at once are one order and one charge", async () => {
    const shop = await openShop(open);
    const { id: listingId } = await shop.list("tar-stream", { price });
    const tries = Array.from({ length: 50 }, () => shop.orders.purchase({ buyerId, listingId }));
    const results = await Promise.allSettled(tries);

    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const refused = results.filter((result) => result.status === "rejected");
    expect(new Set(refused.map(({ reason }) => reason.code))).toEqual(new Set(["already_purchased"]));
    expect(shop.till.calls).toHaveLength(1);
    expect((await shop.orders.list(buyerId, { limit: 100 })).data).toHaveLength(1);
    await expect(shop.orders.purchase({ buyerId, listingId })).rejects.toMatchObject({
      code: "already_purchased",
      fields: { status: "paid" },
    });
  });

  test("a declined charge leaves no licence, no right and no announcement, and can be tried again", async () => {
    const shop = await openShop(open);
    const { id: listingId } = await shop.list("tar-stream", { price });
    shop.till.mode = "declines";
    await expect(shop.orders.purchase({ buyerId, listingId })).rejects.toMatchObject({ code: "card_declined" });
    await expect(shop.orders.purchase({ buyerId, listingId })).rejects.toMatchObject({ code: "card_declined" });
    expect((await shop.orders.list(buyerId, { limit: 10 })).data).toEqual([]);
    const download = { subjectId: buyerId, listingId, version: "latest" };
    await expect(shop.downloads.open(download)).rejects.toMatchObject({ code: "payment_required" });
    expect(shop.paid).toEqual([]);

    shop.till.mode = "pays";
    const { purchase } = await shop.orders.purchase({ buyerId, listingId });
    expect(purchase.status).toBe("paid");
    expect(new Set(shop.till.calls.map(({ reference }) => reference)).size).toBe(3);
  });

  test("an answer lost after the charge leads to the same charge again, not to a second one", async () => {
    const shop = await openShop(open);
    const { id: listingId } = await shop.list("tar-stream", { price });
    shop.till.mode = "loses the answer";
    await expect(shop.orders.purchase({ buyerId, listingId })).rejects.toThrow("socket hang up");
    shop.till.mode = "pays";
    const { purchase, payment } = await shop.orders.purchase({ buyerId, listingId });
    expect(shop.till.calls.map(({ reference }) => reference)).toEqual([purchase.id, purchase.id]);
    expect(shop.till.charged.size).toBe(1);
    expect([purchase.status, payment?.id]).toEqual(["paid", "pay_1"]);
  });

  test("a process that dies between charge and settlement: the next one continues with the same charge", async () => {
    let die = true;
    const shop = await openShop(open, {
      licenseKeys: () => {
        if (die) throw new Error("killed");
        return "rvl-AFTER-CRASH";
      },
    });
    const { id: listingId } = await shop.list("tar-stream", { price });
    await expect(shop.orders.purchase({ buyerId, listingId })).rejects.toThrow("killed");
    expect((await shop.orders.list(buyerId, { limit: 10 })).data[0]?.status).toBe("pending");

    die = false;
    // Nobody freed the order: another try waits until the dead one would surely have finished.
    await expect(shop.orders.purchase({ buyerId, listingId })).rejects.toMatchObject({
      code: "already_purchased",
      fields: { status: "pending" },
    });
    shop.clock.advance(30_000);
    const { purchase } = await shop.orders.purchase({ buyerId, listingId });
    expect(purchase).toMatchObject({ status: "paid", licenseKey: "rvl-AFTER-CRASH" });
    expect(shop.till.charged.size).toBe(1);
    expect(shop.paid).toHaveLength(1);
  });

  test("the webhook settles what 3-D Secure left open, once, whatever arrives twice or late", async () => {
    const shop = await openShop(open);
    const { id: listingId } = await shop.list("tar-stream", { price });
    shop.till.mode = "asks";
    const { purchase, payment } = await shop.orders.purchase({ buyerId, listingId });
    expect([purchase.status, purchase.licenseKey, payment?.clientSecret]).toEqual(["pending", null, "cs_1"]);

    const settlement = { reference: purchase.id, paymentId: "pay_3ds" };
    const settled = await Promise.all([1, 2, 3].map(() => shop.orders.settle({ ...settlement, outcome: "succeeded" })));
    await shop.orders.settle({ ...settlement, outcome: "failed" });
    const [now] = (await shop.orders.list(buyerId, { limit: 10 })).data;
    expect(now?.status).toBe("paid");
    expect(new Set(settled.map((each) => each?.licenseKey))).toEqual(new Set([now?.licenseKey]));
    expect(shop.paid).toHaveLength(1);
  });

  test("money that arrives for an order given up on still buys, unless the buyer bought it again", async () => {
    const shop = await openShop(open);
    const { id: listingId } = await shop.list("tar-stream", { price });
    shop.till.mode = "asks";
    const late = (await shop.orders.purchase({ buyerId, listingId })).purchase;
    await shop.orders.settle({ reference: late.id, paymentId: "pay_3ds", outcome: "failed" });
    const revived = await shop.orders.settle({ reference: late.id, paymentId: "pay_3ds", outcome: "succeeded" });
    expect(revived?.status).toBe("paid");

    const other = (await shop.orders.purchase({ buyerId: "usr_other", listingId })).purchase;
    await shop.orders.settle({ reference: other.id, paymentId: "pay_a", outcome: "failed" });
    shop.till.mode = "pays";
    await shop.orders.purchase({ buyerId: "usr_other", listingId });
    const useless = await shop.orders.settle({ reference: other.id, paymentId: "pay_a", outcome: "succeeded" });
    expect(useless?.status).toBe("failed");
    expect(shop.paid).toHaveLength(2);
  });

  test("a settlement joins the caller's transaction and goes with it", async () => {
    const shop = await openShop(open);
    const { id: listingId } = await shop.list("tar-stream", { price });
    shop.till.mode = "asks";
    const { purchase } = await shop.orders.purchase({ buyerId, listingId });
    const undone = shop.database.transaction(async (tx) => {
      await shop.orders.settle({ reference: purchase.id, paymentId: "pay_3ds", outcome: "succeeded" }, tx);
      throw new Error("undone");
    });
    await expect(undone).rejects.toThrow("undone");
    expect((await shop.orders.list(buyerId, { limit: 10 })).data).toEqual([purchase]);
  });

  test("a payment that is no order's is none of ours", async () => {
    const shop = await openShop(open);
    const settlement = { reference: "sub_123", paymentId: "pay_1" };
    expect(await shop.orders.settle({ ...settlement, outcome: "succeeded" })).toBeNull();
    expect(await shop.orders.settle({ ...settlement, outcome: "failed" })).toBeNull();
  });

  test("a free listing is bought once, with a licence and without a payment", async () => {
    const shop = await openShop(open);
    const { id: listingId } = await shop.list("tar-stream");
    const { purchase, payment } = await shop.orders.purchase({ buyerId, listingId });
    expect(purchase).toMatchObject({ status: "paid", price: null, commission: null });
    expect(purchase.licenseKey).toMatch(/^rvl-/);
    expect(payment).toBeNull();
    expect(shop.till.calls).toEqual([]);
    await expect(shop.orders.purchase({ buyerId, listingId })).rejects.toMatchObject({ code: "already_purchased" });
  });

  test("a publisher cannot buy their own package, and nobody a draft or what is not there", async () => {
    const shop = await openShop(open);
    const own = await shop.list("tar-stream", { price, publisherId: buyerId });
    await expect(shop.orders.purchase({ buyerId, listingId: own.id })).rejects.toMatchObject({ code: "own_package" });
    for (const listingId of ["pkg_none", "", "\0", "\ud800"]) {
      const purchase = shop.orders.purchase({ buyerId, listingId });
      await expect(purchase).rejects.toMatchObject({ code: "package_not_found" });
    }
  });

  test("purchases are paged newest first, each buyer's own", async () => {
    const shop = await openShop(open);
    for (const slug of ["a", "b", "c"]) {
      const { id: listingId } = await shop.list(slug, { price });
      await shop.orders.purchase({ buyerId, listingId });
    }
    const first = await shop.orders.list(buyerId, { limit: 2 });
    const second = await shop.orders.list(buyerId, { limit: 2, after: first.next ?? undefined });
    const times = [...first.data, ...second.data].map(({ createdAt }) => createdAt.getTime());
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect([first.data.length, second.data.length, second.next]).toEqual([2, 1, null]);
    expect((await shop.orders.list("usr_other", { limit: 2 })).data).toEqual([]);
  });
});
