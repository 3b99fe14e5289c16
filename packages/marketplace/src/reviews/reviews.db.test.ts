import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openShop } from "../../test/shop.ts";

const listingId = "tar-stream";

async function openWithBuyers(open: Parameters<typeof openShop>[0], buyers: number) {
  const shop = await openShop(open);
  await shop.list(listingId);
  const subjects = Array.from({ length: buyers }, (_, index) => `usr_${index}`);
  for (const buyerId of subjects) await shop.orders.purchase({ buyerId, listingId });
  const rating = async () => (await shop.listings.get(listingId)).rating;
  return { ...shop, subjects, rating };
}

forEachDatabase("reviews", (open) => {
  test("of buyers, one each, and the rating is exact whatever happens at once", async () => {
    const shop = await openWithBuyers(open, 8);
    const ratings = [5, 4, 1, 1, 2, 5, 3, 5];
    const tries = shop.subjects.flatMap((subjectId, index) =>
      [1, 2].map(() =>
        shop.reviews.create({ subjectId, listingId, rating: ratings[index] ?? 1, text: `Said ${index}` }),
      ),
    );
    const results = await Promise.allSettled(tries);
    const refused = results.filter((result) => result.status === "rejected");
    expect(refused.map(({ reason }) => reason.code)).toEqual(Array(8).fill("already_reviewed"));
    expect(await shop.rating()).toEqual({ average: 26 / 8, count: 8 });

    const [first = "", second = "", third = ""] = shop.subjects;
    await Promise.all([
      shop.reviews.update({ subjectId: first, listingId, rating: 1 }),
      shop.reviews.update({ subjectId: second, listingId, text: "Another word" }),
      shop.reviews.delete({ subjectId: third, listingId }),
    ]);
    expect(await shop.rating()).toEqual({ average: (26 - 4 - 1) / 7, count: 7 });
    const { data } = await shop.reviews.list(listingId, { limit: 100 });
    expect(data.reduce((sum, { rating }) => sum + rating, 0)).toBe(21);
    expect(data.some(({ text }) => text === "Another word")).toBe(true);
    expect(data[0]).not.toHaveProperty("subjectId");
  });

  test("are told: what is new, what changed and what it was, what is gone; not what stayed as it was", async () => {
    const shop = await openWithBuyers(open, 1);
    const mine = { subjectId: "usr_0", listingId };
    shop.news.length = 0;
    await shop.reviews.create({ ...mine, rating: 5, text: "Good" });
    await shop.reviews.update({ ...mine, rating: 5, text: "Good" });
    await shop.reviews.update({ ...mine, text: "Good enough" });
    await shop.reviews.delete(mine);
    await expect(shop.reviews.delete(mine)).rejects.toMatchObject({ code: "review_not_found" });
    expect(shop.news).toEqual(["review.created", "review.updated", "review.removed"]);
  });

  test("who has not bought it, or gave it back, says nothing", async () => {
    const shop = await openWithBuyers(open, 1);
    const review = { subjectId: "usr_other", listingId, rating: 5 };
    await expect(shop.reviews.create(review)).rejects.toMatchObject({ code: "purchase_required" });
    await expect(shop.reviews.update(review)).rejects.toMatchObject({ code: "review_not_found" });
    await expect(shop.reviews.delete(review)).rejects.toMatchObject({ code: "review_not_found" });
    await expect(shop.reviews.create({ ...review, listingId: "none" })).rejects.toMatchObject({
      code: "package_not_found",
    });
    expect(await shop.rating()).toEqual({ average: null, count: 0 });
  });

  test.for([
    { rating: 0 },
    { rating: 6 },
    { rating: 1.5 },
    { rating: 5, text: "x".repeat(5_001) },
    { rating: 5, text: "\0" },
  ])("%j is no review", async (review) => {
    const shop = await openWithBuyers(open, 1);
    const created = shop.reviews.create({ subjectId: "usr_0", listingId, ...review });
    await expect(created).rejects.toMatchObject({ code: "invalid_review" });
    expect(await shop.rating()).toEqual({ average: null, count: 0 });
  });
});
