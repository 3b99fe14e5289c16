import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { draft, openShop, type Shop } from "../../test/shop.ts";

const moderatorId = "usr_admin";
const price = { amount: 900, currency: "usd" };
const found = async (shop: Shop, query: string) =>
  (await shop.listings.search({ query, limit: 10 })).data.map(({ slug }) => slug);

forEachDatabase("moderation and the life of a listing", (open) => {
  test("where moderators look first, a listing is on sale once it is approved, and its publisher is told why not", async () => {
    const shop = await openShop(open, { review: true });
    const { id: listingId } = await shop.listings.create(draft("tar-stream", { publish: true, price }));
    await shop.versions.publish({ listingId, version: "1.0.0", artifact: Buffer.from("x") });
    const waiting = await shop.moderation.list(undefined, { limit: 10 });
    expect(waiting.data.map(({ id, status }) => [id, status])).toEqual([[listingId, "in_review"]]);
    expect(await found(shop, "tar")).toEqual([]);
    await expect(shop.orders.purchase({ buyerId: "usr_1", listingId })).rejects.toMatchObject({
      code: "package_not_found",
    });
    await expect(shop.moderation.reject({ listingId, moderatorId })).rejects.toMatchObject({ code: "reason_required" });
    await shop.moderation.reject({ listingId, moderatorId, reason: "No licence text" });
    expect(await shop.listings.get(listingId, { viewerId: "usr_publisher" })).toMatchObject({
      status: "rejected",
      moderationReason: "No licence text",
    });
    await shop.listings.publish({ listingId });
    await shop.moderation.approve({ listingId, moderatorId });
    await expect(shop.moderation.approve({ listingId, moderatorId })).rejects.toMatchObject({ code: "not_in_review" });
    expect(await found(shop, "tar")).toEqual(["tar-stream"]);
    const history = await shop.moderation.history(listingId);
    expect(history.map(({ action, moderatorId: by }) => [action, by])).toEqual([
      ["submitted", null],
      ["rejected", moderatorId],
      ["submitted", null],
      ["approved", moderatorId],
    ]);
  });

  test("a suspended listing is gone for everybody, its buyers included, until it is reinstated", async () => {
    const shop = await openShop(open);
    const { id: listingId } = await shop.list("tar-stream", { price });
    await shop.orders.purchase({ buyerId: "usr_1", listingId });
    const download = () => shop.downloads.open({ subjectId: "usr_1", listingId, version: "latest" });
    await shop.moderation.suspend({ listingId, moderatorId, reason: "Malware" });
    expect(await found(shop, "tar")).toEqual([]);
    await expect(download()).rejects.toMatchObject({ code: "package_not_found" });
    await expect(shop.listings.publish({ listingId })).rejects.toMatchObject({ code: "listing_suspended" });
    await expect(shop.listings.withdraw({ listingId })).rejects.toMatchObject({ code: "listing_suspended" });
    await shop.moderation.reinstate({ listingId, moderatorId });
    await expect(shop.moderation.reinstate({ listingId, moderatorId })).rejects.toMatchObject({
      code: "not_suspended",
    });
    expect((await download()).version).toBe("1.0.0");
    expect(await found(shop, "tar")).toEqual(["tar-stream"]);
  });

  test("withdrawn, it is not sold and not found, and its buyers go on downloading it", async () => {
    const shop = await openShop(open);
    const { id: listingId } = await shop.list("tar-stream", { price });
    await shop.orders.purchase({ buyerId: "usr_1", listingId });
    await shop.listings.withdraw({ listingId, publisherId: "usr_publisher" });
    await shop.listings.withdraw({ listingId });
    expect(await found(shop, "tar")).toEqual([]);
    const download = (subjectId: string) => shop.downloads.open({ subjectId, listingId, version: "latest" });
    expect((await download("usr_1")).version).toBe("1.0.0");
    await expect(download("usr_2")).rejects.toMatchObject({ code: "package_not_found" });
    expect((await shop.listings.publish({ listingId })).status).toBe("published");
    expect(await found(shop, "tar")).toEqual(["tar-stream"]);
  });

  test("an edit is found by its new words and no longer by the old, and changes no order", async () => {
    const shop = await openShop(open);
    const { id: listingId } = await shop.list("tar-stream", { price, tags: ["old"] });
    await shop.orders.purchase({ buyerId: "usr_1", listingId });
    const changes = { name: "Zipper", summary: "Zips", tags: ["new"], price: { amount: 100, currency: "usd" } };
    const updated = await shop.listings.update({ listingId, publisherId: "usr_publisher", changes });
    expect(updated).toMatchObject({ name: "Zipper", slug: "tar-stream", tags: ["new"], price: { amount: 100 } });
    expect(await found(shop, "zipper")).toEqual(["tar-stream"]);
    // The summary was "The tar-stream package". The slug stays.
    expect([await found(shop, "package"), await found(shop, "stream")]).toEqual([[], ["tar-stream"]]);
    const tagged = async (tag: string) => (await shop.listings.search({ tags: [tag], limit: 10 })).data.length;
    expect([await tagged("old"), await tagged("new")]).toEqual([0, 1]);
    expect((await shop.orders.list("usr_1", { limit: 1 })).data[0]?.price).toEqual(price);
    const stranger = shop.listings.update({ listingId, publisherId: "usr_other", changes });
    await expect(stranger).rejects.toMatchObject({ code: "package_not_found" });
    const bad = shop.listings.update({ listingId, changes: { name: " " } });
    await expect(bad).rejects.toMatchObject({ code: "invalid_listing", fields: { path: "name" } });
  });

  test.for([
    ["interval", { interval: "month" }],
    ["interval", { interval: "week", price }],
    ["licenseTerms", { licenseTerms: { maxActivations: 0 } }],
    ["licenseTerms", { licenseTerms: { limits: { seats: 1.5 } } }],
    ["licenseTerms", { licenseTerms: { versions: { below: "v2" } } }],
    ["licenseTerms", { licenseTerms: { tier: "../team" } }],
    ["course", { course: { lessons: [] } }],
    ["course", { kind: "course", course: { lessons: [{ id: "A b", title: "x" }] } }],
    [
      "course",
      {
        kind: "course",
        course: {
          lessons: [
            { id: "a", title: "x" },
            { id: "a", title: "y" },
          ],
        },
      },
    ],
    ["course", { kind: "course", course: { lessons: [{ id: "a", title: " " }] } }],
  ] as const)("what a listing cannot be is refused by its member: %s %j", async ([path, change]) => {
    const shop = await openShop(open);
    // Over HTTP a schema stands in front; here come callers of the library, in JavaScript too.
    const created = shop.listings.create(draft("fine", change as never));
    await expect(created).rejects.toMatchObject({ code: "invalid_listing", fields: { path } });
  });

  test("what is not delivered as a file is sold without one", async () => {
    const shop = await openShop(open);
    const kinds = ["course", "service", "sponsorship"] as const;
    for (const kind of kinds) {
      const listing = await shop.listings.create(draft(kind, { kind, price, publish: true }));
      expect(listing.status).toBe("published");
      expect((await shop.orders.purchase({ buyerId: "usr_1", listingId: kind })).purchase.status).toBe("paid");
    }
    expect((await shop.listings.listOf("usr_publisher", { limit: 10 })).data.map(({ slug }) => slug)).toEqual(
      [...kinds].reverse(),
    );
  });
});
