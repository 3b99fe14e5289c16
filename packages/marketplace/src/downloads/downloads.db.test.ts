import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { bytesOf, openShop } from "../../test/shop.ts";

const price = { amount: 900, currency: "usd" };
const subjectId = "usr_1";

forEachDatabase("downloads", (open) => {
  test("a priced package is for its buyers and its publisher, a free one for everyone", async () => {
    const shop = await openShop(open);
    const priced = await shop.list("priced", { price }, "worth it");
    const free = await shop.list("free", {}, "take it");
    const download = { subjectId, listingId: priced.id, version: "latest" };
    await expect(shop.downloads.open(download)).rejects.toMatchObject({
      code: "payment_required",
      fields: { packageId: priced.id, price },
    });
    shop.till.mode = "asks";
    const { purchase } = await shop.orders.purchase({ buyerId: subjectId, listingId: priced.id });
    await expect(shop.downloads.open(download)).rejects.toMatchObject({ code: "payment_required" });
    await shop.orders.settle({ reference: purchase.id, paymentId: "pay_3ds", outcome: "succeeded" });

    const bought = await shop.downloads.open(download);
    expect(bought).toMatchObject({ version: "1.0.0", size: 8, first: true, listing: { id: priced.id } });
    expect(bought.sha256).toBe(createHash("sha256").update("worth it").digest("hex"));
    expect(await bytesOf(bought.stream())).toBe("worth it");
    expect(await bytesOf(bought.stream({ start: 6, end: 7 }))).toBe("it");
    const own = await shop.downloads.open({ ...download, subjectId: "usr_publisher" });
    expect(await bytesOf(own.stream())).toBe("worth it");
    const taken = await shop.downloads.open({ ...download, listingId: free.slug, version: "1.0.0" });
    expect(await bytesOf(taken.stream())).toBe("take it");
  });

  test("40 first downloads at once of one subject are one, and the counter counts subjects exactly", async () => {
    const shop = await openShop(open);
    const { id: listingId } = await shop.list("free");
    const opened = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        shop.downloads.open({ subjectId: `usr_${i % 4}`, listingId, version: "latest" }),
      ),
    );
    expect(opened.filter(({ first }) => first)).toHaveLength(4);
    expect((await shop.listings.get(listingId)).downloads).toBe(4);
    const again = await shop.downloads.open({ subjectId: "usr_0", listingId, version: "1.0.0" });
    expect(again.first).toBe(false);
  });

  test("a caller that refuses the first download (a quota) leaves it uncounted, and it is first again", async () => {
    const shop = await openShop(open);
    const { id: listingId } = await shop.list("free");
    const download = { subjectId, listingId, version: "latest" };
    const refused = shop.database.transaction(async (tx) => {
      expect((await shop.downloads.open(download, tx)).first).toBe(true);
      throw new Error("quota exceeded");
    });
    await expect(refused).rejects.toThrow("quota exceeded");
    expect((await shop.listings.get(listingId)).downloads).toBe(0);
    expect((await shop.downloads.open(download)).first).toBe(true);
  });

  test.for(["2.0.0", "../1.0.0", "..%2f1.0.0", "1.0.0/../../../etc/passwd", "", "\0", "\ud800", "LATEST"])(
    "%j is no version to download",
    async (version) => {
      const shop = await openShop(open);
      const { id: listingId } = await shop.list("free");
      const opened = shop.downloads.open({ subjectId, listingId, version });
      await expect(opened).rejects.toMatchObject({ code: "version_not_found" });
    },
  );

  test("damaged bytes are not delivered as if they were right", async () => {
    const shop = await openShop(open);
    const { id: listingId } = await shop.list("free", {}, "the right bytes");
    const { sha256, stream } = await shop.downloads.open({ subjectId, listingId, version: "latest" });
    await writeFile(join(shop.directory, sha256.slice(0, 2), sha256), "the wrong bytes");
    await expect(bytesOf(stream())).rejects.toMatchObject({ code: "artifact_corrupt" });
  });
});
