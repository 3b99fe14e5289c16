import { seededRandom } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openShop, type Shop } from "../../test/shop.ts";

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

  test("go with the purchase when all of it is back, and stay after a part of it", async () => {
    const shop = await openShop(open);
    await shop.list(listingId, { price: usd(1_999) });
    const mine = { subjectId: "usr_0", listingId };
    const buy = async () => (await shop.orders.purchase({ buyerId: "usr_0", listingId })).purchase.id;
    const purchaseId = await buy();
    const { id } = await shop.reviews.create({ ...mine, rating: 2, text: "Did not work" });
    shop.news.length = 0;
    await shop.refunds.refund({ purchaseId, amount: usd(1_998) });
    expect(await standing(shop)).toEqual({ average: 2, count: 1, ids: [id] });
    await shop.refunds.refund({ purchaseId });
    expect(await standing(shop)).toEqual({ average: null, count: 0, ids: [] });
    expect(shop.news).toEqual(["order.refunded", "review.removed", "order.refunded"]);
    const refused = { code: "purchase_required" };
    await expect(shop.reviews.update({ ...mine, rating: 5 })).rejects.toMatchObject(refused);
    await expect(shop.reviews.create({ ...mine, rating: 5 })).rejects.toMatchObject(refused);

    // Bought again, it stands again, and is theirs to change.
    shop.news.length = 0;
    await buy();
    expect(await standing(shop)).toEqual({ average: 2, count: 1, ids: [id] });
    await expect(shop.reviews.create({ ...mine, rating: 5 })).rejects.toMatchObject({ code: "already_reviewed" });
    await shop.reviews.update({ ...mine, rating: 4 });
    expect(await standing(shop)).toEqual({ average: 4, count: 1, ids: [id] });
    expect(shop.news).toEqual(["order.paid", "review.created", "review.updated"]);
  });

  test("are withheld while the payment is disputed, stand again when it is won, and not when it is lost", async () => {
    const shop = await openShop(open);
    await shop.list(listingId, { price: usd(1_999) });
    const { purchase } = await shop.orders.purchase({ buyerId: "usr_0", listingId });
    const { id } = await shop.reviews.create({ subjectId: "usr_0", listingId, rating: 5 });
    const dispute = { reference: purchase.id, paymentId: "pay_1", amount: 1_999 };
    const shown = async () => (await standing(shop)).ids;
    shop.news.length = 0;
    await shop.refunds.disputed({ ...dispute, disputeId: "dp_1", status: "open" });
    expect(await shown()).toEqual([]);
    await shop.refunds.disputed({ ...dispute, disputeId: "dp_1", status: "won" });
    await shop.refunds.disputed({ ...dispute, disputeId: "dp_1", status: "open" });
    expect(await shown()).toEqual([id]);
    await shop.refunds.disputed({ ...dispute, disputeId: "dp_2", amount: 100, status: "lost" });
    expect(await shown()).toEqual([id]);
    await shop.refunds.disputed({ ...dispute, disputeId: "dp_3", amount: 1_899, status: "lost" });
    expect(await standing(shop)).toEqual({ average: null, count: 0, ids: [] });
    expect(shop.news.filter((name) => name.startsWith("review."))).toEqual([
      ...["review.removed", "review.created", "review.removed"],
    ]);
    // Taken away by its author, it is gone for good, and nobody is told twice.
    await shop.reviews.delete({ subjectId: "usr_0", listingId });
    expect(shop.news.at(-1)).toBe("order.disputed");
    await shop.orders.purchase({ buyerId: "usr_0", listingId });
    expect(await shown()).toEqual([]);
  });

  test("whatever is bought, said, given back and disputed at once: those of who has it, and their sum", {
    timeout: 120_000,
  }, async () => {
    const random = seededRandom("reviews that go with purchases");
    const shop = await openShop(open);
    await shop.list(listingId, { price: usd(900) });
    const buyers = Array.from({ length: 6 }, (_, index) => ({
      id: `usr_${index}`,
      order: "",
      payment: "",
      dispute: 0,
    }));
    type Buyer = (typeof buyers)[number];
    const disputed = (buyer: Buyer, status: "open" | "won" | "lost") => {
      const about = { disputeId: `dp_${buyer.id}_${buyer.dispute}`, reference: buyer.order, paymentId: buyer.payment };
      return shop.refunds.disputed({ ...about, amount: random.pick([900, 300]), status });
    };
    const acts: readonly ((buyer: Buyer) => Promise<unknown>)[] = [
      async (buyer) => {
        const { purchase, payment } = await shop.orders.purchase({ buyerId: buyer.id, listingId });
        Object.assign(buyer, { order: purchase.id, payment: payment?.id ?? "" });
      },
      ({ id: subjectId }) => shop.reviews.create({ subjectId, listingId, rating: random.integer(1, 5) }),
      ({ id: subjectId }) => shop.reviews.update({ subjectId, listingId, rating: random.integer(1, 5) }),
      ({ id: subjectId }) => shop.reviews.delete({ subjectId, listingId }),
      ({ order: purchaseId }) => shop.refunds.refund({ purchaseId, amount: usd(random.integer(1, 300)) }),
      ({ order: purchaseId }) => shop.refunds.refund({ purchaseId }),
      (buyer) => disputed(Object.assign(buyer, { dispute: buyer.dispute + 1 }), "open"),
      (buyer) => disputed(buyer, "won"),
      (buyer) => disputed(buyer, "lost"),
    ];
    for (let round = 0; round < 40; round++) {
      const chosen = Array.from({ length: random.integer(1, 6) }, () => {
        // Mostly bought and reviewed, or there is nothing to go back.
        const act = acts[random.integer(0, random.integer(0, 9) < 4 ? 1 : acts.length - 1)];
        const buyer = buyers[random.integer(0, buyers.length - 1)];
        return buyer && act?.(buyer);
      });
      for (const result of await Promise.allSettled(chosen)) {
        if (result.status === "rejected") expect(result.reason).toHaveProperty("code");
      }
      const has = sql`select r.id, r.rating from marketplace_reviews r where exists (select 1 from marketplace_orders o
        where o.buyer_id = r.subject_id and o.listing_id = r.listing_id and o.status in ('paid', 'ended'))`;
      const rows = await shop.database.rows<{ id: string; rating: number }>(has);
      const sum = rows.reduce((total, { rating }) => total + Number(rating), 0);
      const ids = rows
        .map(({ id }) => id)
        .toSorted()
        .toReversed();
      const average = rows.length === 0 ? null : sum / rows.length;
      expect(await standing(shop), `round ${round}`).toEqual({ average, count: rows.length, ids });
      for (const { status, ...sale } of await shop.database.rows<SaleOfOrder>(salesOfOrders)) {
        const amount = Number(sale.amount);
        const [refunded, open, lost] = [Number(sale.refunded), Number(sale.open), Number(sale.lost)];
        const taken = { disputed: Number(sale.disputed), reversed: Number(sale.reversed) };
        expect(taken).toEqual({ disputed: open + lost, reversed: Math.min(amount, refunded + open + lost) });
        const whole = refunded + lost >= amount;
        expect(status, `round ${round}`).toBe(whole ? "refunded" : open > 0 ? "disputed" : "paid");
      }
      const told = (name: string) => shop.news.filter((each) => each === name).length;
      expect(told("review.created") - told("review.removed"), `round ${round}`).toBe(rows.length);
    }
    expect(await shop.sellers.verify()).toEqual([]);
  });
});

interface SaleOfOrder extends Record<"amount" | "refunded" | "disputed" | "reversed" | "open" | "lost", string> {
  readonly status: string;
}
const salesOfOrders = sql`select o.status, s.amount, s.refunded, s.disputed, s.reversed,
  (select coalesce(sum(amount), 0) from marketplace_disputes where sale_id = s.id and status = 'open') as open,
  (select coalesce(sum(amount), 0) from marketplace_disputes where sale_id = s.id and status = 'lost') as lost
  from marketplace_orders o join marketplace_sales s on s.order_id = o.id`;

const usd = (amount: number) => ({ amount, currency: "usd" });

/** What everybody sees. */
async function standing({ listings, reviews }: Shop) {
  const { rating } = await listings.get(listingId);
  const { data } = await reviews.list(listingId, { limit: 100 });
  return { ...rating, ids: data.map(({ id }) => id) };
}
