import { dayMs } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openShop } from "../../test/shop.ts";

const price = { amount: 1_000, currency: "usd" };
const monthly = { price, interval: "month", kind: "service" } as const;

forEachDatabase("who is no more", (open) => {
  test("is charged for no other period, whatever state their subscriptions are in", async () => {
    const shop = await openShop(open);
    for (const slug of ["paid", "refused", "asked"]) await shop.list(slug, monthly);
    const buy = (listingId: string, buyerId = "usr_ada") => shop.orders.purchase({ buyerId, listingId });
    const { purchase: refused } = await buy("refused");
    shop.clock.advance(31 * dayMs);
    shop.till.mode = "declines";
    expect(await shop.orders.renewDue()).toMatchObject({ refused: 1 });
    shop.till.mode = "asks";
    const { purchase: asked } = await buy("asked");
    shop.till.mode = "pays";
    const { purchase: paid } = await buy("paid");
    const { purchase: others } = await buy("paid", "usr_bob");

    await shop.forget("usr_ada");
    // The bank's question was answered after all.
    await shop.orders.settle({ reference: asked.id, paymentId: "pay_3ds", outcome: "succeeded" });
    const before = shop.till.calls.length;
    shop.clock.advance(32 * dayMs);
    expect(await shop.orders.renewDue()).toMatchObject({ renewed: 1, refused: 0, ended: 3 });
    expect(shop.till.calls.slice(before).map(({ reference }) => reference)).toEqual([`${others.id}.2`]);
    for (const { id: purchaseId } of [refused, asked, paid]) {
      expect(await shop.orders.get({ purchaseId, buyerId: "usr_ada" })).toMatchObject({ status: "ended" });
    }
  });

  test("sells nothing and is named nowhere; buyers keep what they bought, for as long as they paid", async () => {
    const shop = await openShop(open);
    const theirs = { publisherId: "usr_ada", publisherName: "Ada Lovelace" };
    await shop.list("library", { ...theirs, price });
    await shop.list("support", { ...theirs, ...monthly });
    await shop.list("elsewhere", monthly);
    const draftId = (await shop.listings.create({ ...theirs, ...monthly, ...about, slug: "draft" })).id;
    for (const listingId of ["library", "support", "elsewhere"]) {
      await shop.orders.purchase({ buyerId: "usr_bob", listingId });
    }
    shop.bank.accounts.set("usr_ada", "acct_ada");
    await shop.forget("usr_ada");

    const { data } = await shop.listings.listOf("usr_ada", { limit: 10 });
    expect(data.map(({ slug, status, publisher }) => [slug, status, publisher.name])).toEqual([
      ["draft", "draft", null],
      ["support", "withdrawn", null],
      ["library", "withdrawn", null],
    ]);
    expect((await shop.listings.search({ query: "library", limit: 10 })).data).toEqual([]);
    await expect(shop.orders.purchase({ buyerId: "usr_eve", listingId: draftId })).rejects.toMatchObject({
      code: "package_not_found",
    });
    const opened = await shop.downloads.open({ subjectId: "usr_bob", listingId: "library", version: "latest" });
    expect(opened.version).toBe("1.0.0");

    // What was earned is theirs; the next period is nobody's.
    shop.clock.advance(32 * dayMs);
    expect(await shop.orders.renewDue()).toMatchObject({ renewed: 1, ended: 1 });
    await shop.payouts.run();
    expect([...shop.bank.transfers.values()].map(({ amount }) => amount)).toEqual([1_700]);
    expect(await shop.sellers.verify()).toEqual([]);
  });

  test("has no certificate and no device that anybody could see", async () => {
    const shop = await openShop(open);
    await shop.list("shacl", { kind: "course", course: { lessons: [{ id: "one", title: "One" }] } });
    const learn = async (subjectId: string) => {
      const { purchase } = await shop.orders.purchase({ buyerId: subjectId, listingId: "shacl" });
      await shop.courses.completeLesson({ subjectId, listingId: "shacl", lessonId: "one" });
      await shop.licenses.activate({ key: purchase.licenseKey ?? "", fingerprint: "device-1", name: `${subjectId}'s` });
      return shop.courses.certify({ subjectId, listingId: "shacl", holder: subjectId });
    };
    const [gone, stays] = [await learn("usr_ada"), await learn("usr_bob")];
    await shop.forget("usr_ada");
    await shop.forget("usr_ada");
    await expect(shop.courses.certificate(gone.id)).rejects.toMatchObject({ code: "certificate_not_found" });
    expect(await shop.courses.certificate(stays.id)).toMatchObject({ holder: "usr_bob", revokedAt: null });
    const devices = async (subjectId: string) => {
      const [license] = (await shop.licenses.list(subjectId, { limit: 1 })).data;
      return (await shop.licenses.get({ licenseId: license?.id ?? "", subjectId })).devices.map(({ name }) => name);
    };
    expect([await devices("usr_ada"), await devices("usr_bob")]).toEqual([[null], ["usr_bob's"]]);
  });
});

const about = { name: "A draft", summary: "Not yet", description: "", category: "tools", tags: [] };
