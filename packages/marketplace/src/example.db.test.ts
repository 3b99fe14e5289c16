import { migrate, openDatabase } from "@revops/database";
import { createMarketplace, fileArtifactStore, marketplaceMigrations } from "@revops/marketplace";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { bytesOf, temporaryFolder } from "../test/shop.ts";

forEachDatabase("the README's example", (open) => {
  test("sells a package and delivers it", async () => {
    const database = openDatabase({ url: (await open()).url });
    await migrate(database, [marketplaceMigrations]);
    const directory = await temporaryFolder();
    const artifacts = fileArtifactStore({ directory });
    const charge = async () => ({ paymentId: "pay_1", status: "succeeded" as const, clientSecret: null });
    const secret = "at least 32 bytes, kept with your other secrets";
    const { listings, versions, orders, downloads } = createMarketplace({ database, artifacts, charge, secret });

    const about = { summary: "Tar, streaming", description: "", category: "files", tags: ["tar"] };
    const offer = { publisherId: "usr_ada", slug: "tar-stream", name: "tar-stream", kind: "package" } as const;
    const { id } = await listings.create({ ...about, ...offer, price: { amount: 900, currency: "usd" } });
    await versions.publish({ listingId: id, version: "1.0.0", artifact: Buffer.from("the bytes") });
    await listings.publish({ listingId: id });

    const found = await listings.search({ query: "tar str", maxPrice: { amount: 1000, currency: "usd" }, limit: 20 });
    const { purchase } = await orders.purchase({ buyerId: "usr_bob", listingId: found.data[0]?.id ?? "" });
    const download = await downloads.open({ subjectId: "usr_bob", listingId: id, version: "latest" });

    expect([purchase.status, purchase.commission?.amount]).toEqual(["paid", 135]);
    expect(await bytesOf(download.stream())).toBe("the bytes");
    await database.close();
  });
});
