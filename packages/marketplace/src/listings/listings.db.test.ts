import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { draft, openShop } from "../../test/shop.ts";

forEachDatabase("listings", (open) => {
  test("a draft is its publisher's secret until it is published with a version", async () => {
    const shop = await openShop(open);
    const price = { amount: 900, currency: "usd" };
    const listing = await shop.listings.create(
      draft("tar-stream", { price, tags: ["Tar", "tar"], publisherName: "Mafintosh" }),
    );
    expect(listing).toMatchObject({ status: "draft", tags: ["tar"], latestVersion: null, downloads: 0, price });
    expect(listing.id).toMatch(/^pkg_/);
    expect(listing.rating).toEqual({ average: null, count: 0 });
    for (const viewer of [{}, { viewerId: "usr_other" }]) {
      await expect(shop.listings.get(listing.id, viewer)).rejects.toMatchObject({ code: "package_not_found" });
    }
    expect((await shop.listings.get("tar-stream", { viewerId: "usr_publisher" })).id).toBe(listing.id);
    expect((await shop.listings.search({ query: "tar", limit: 10 })).data).toEqual([]);
    await expect(shop.listings.publish({ listingId: listing.id })).rejects.toMatchObject({ code: "version_required" });

    await shop.versions.publish({ listingId: listing.id, version: "1.0.0", artifact: Buffer.from("x") });
    const stranger = shop.listings.publish({ listingId: listing.id, publisherId: "usr_other" });
    await expect(stranger).rejects.toMatchObject({ code: "package_not_found" });
    const both = [1, 2].map(() => shop.listings.publish({ listingId: listing.id }));
    expect((await Promise.all(both)).map(({ status }) => status)).toEqual(["published", "published"]);
    const details = await shop.listings.get(listing.id);
    expect(details).toMatchObject({ latestVersion: "1.0.0", publisher: { id: "usr_publisher", name: "Mafintosh" } });
    expect((await shop.listings.search({ query: "tar", limit: 10 })).data.map(({ id }) => id)).toEqual([listing.id]);
  });

  test("a page shows what is stored now: by id, by slug and in a transaction alike; what has not changed is the same object", async () => {
    const shop = await openShop(open);
    const terms = { limits: { seatsAt: 5 }, versions: { below: "3.0.0" } };
    const changes = { description: 'Quotes " and \\ and 🙂\n', tags: ["ä", "z"], licenseTerms: terms };
    const { id } = await shop.listings.create(draft("tar-stream", { ...changes, publisherName: "Mafintosh" }));
    const viewer = { viewerId: "usr_publisher" };
    expect((await shop.listings.get(id, viewer)).versions).toEqual([]);
    for (const version of ["1.9.0", "1.10.0"]) {
      await shop.versions.publish({ listingId: id, version, artifact: Buffer.from(version) });
    }
    await shop.listings.publish({ listingId: id });
    const details = await shop.listings.get(id);
    const [stored] = (await shop.listings.listOf("usr_publisher", { limit: 1 })).data;
    expect(details).toEqual({ ...stored, ...changes, versions: expect.any(Array) });
    expect(details.versions.map(({ version }) => version)).toEqual(["1.10.0", "1.9.0"]);
    expect(details.versions[0]).toMatchObject({ yanked: false, publishedAt: expect.any(Date), size: 6 });
    expect(await shop.listings.get(id)).toBe(details);
    expect(await shop.listings.get("tar-stream")).toEqual(details);
    expect(await shop.database.transaction((tx) => shop.listings.get(id, {}, tx))).toEqual(details);

    await shop.versions.deprecate({ listingId: id, version: "1.9.0", message: "Use 1.10.0." });
    expect((await shop.listings.get(id)).versions[1]).toMatchObject({ version: "1.9.0", deprecation: "Use 1.10.0." });
    await shop.versions.yank({ listingId: id, version: "1.10.0", reason: "broken" });
    expect((await shop.listings.get(id)).versions[0]).toMatchObject({ version: "1.10.0", yanked: true });
    await shop.listings.update({ listingId: id, changes: { name: "tar" } });
    expect(await shop.listings.get("tar-stream")).toMatchObject({ name: "tar", latestVersion: "1.9.0" });
    expect(details).toMatchObject({ name: "tar-stream", latestVersion: "1.10.0" });
    await shop.listings.withdraw({ listingId: id });
    await expect(shop.listings.get(id)).rejects.toMatchObject({ code: "package_not_found" });
  });

  test("two listings of one slug at once: one is made", async () => {
    const shop = await openShop(open);
    const tries = await Promise.allSettled(Array.from({ length: 10 }, () => shop.listings.create(draft("same"))));
    const refused = tries.filter((each) => each.status === "rejected");
    expect(new Set(refused.map(({ reason }) => reason.code))).toEqual(new Set(["slug_taken"]));
    expect(refused).toHaveLength(9);
  });

  test("a listing joins the caller's transaction and goes with it, out of the search too", async () => {
    const shop = await openShop(open);
    const { id: listingId } = await shop.listings.create(draft("tar-stream"));
    await shop.versions.publish({ listingId, version: "1.0.0", artifact: Buffer.from("x") });
    const undone = shop.database.transaction(async (tx) => {
      await shop.listings.publish({ listingId }, tx);
      expect((await shop.listings.get(listingId, {}, tx)).status).toBe("published");
      throw new Error("undone");
    });
    await expect(undone).rejects.toThrow("undone");
    expect((await shop.listings.search({ query: "tar", limit: 10 })).data).toEqual([]);
    await shop.listings.publish({ listingId });
    expect((await shop.listings.search({ query: "tar", limit: 10 })).data).toHaveLength(1);
  });

  test.for([
    ["slug", { slug: "../../etc/passwd" }],
    ["slug", { slug: "pkg_0123" }],
    ["slug", { slug: "Tar" }],
    ["slug", { slug: "a--b" }],
    ["slug", { slug: "" }],
    ["name", { name: " " }],
    ["name", { name: "nul \0" }],
    ["summary", { summary: "lone \ud800" }],
    ["description", { description: "x".repeat(100_001) }],
    ["category", { category: "two\nlines" }],
    ["tags", { tags: ["ok", " "] }],
    ["tags", { tags: Array.from({ length: 21 }, (_, i) => `tag ${i}`) }],
    ["price", { price: { amount: 0, currency: "usd" } }],
    ["price", { price: { amount: -5, currency: "usd" } }],
    ["price", { price: { amount: 100_000_000, currency: "usd" } }],
    ["price", { price: { amount: 900, currency: "xyz" } }],
  ] as const)("what a listing cannot say is refused by its member: %s %j", async ([path, change]) => {
    const shop = await openShop(open);
    const created = shop.listings.create(draft("fine", change));
    await expect(created).rejects.toMatchObject({ code: "invalid_listing", fields: { path } });
  });

  test("texts with no letter cases, accents or ASCII are kept as they are", async () => {
    const shop = await openShop(open);
    const texts = { name: "naïve 漢字 🦀", summary: `'"; drop table`, description: "a\nb", category: "C++ / Rust" };
    const listing = await shop.listings.create(draft("naive", { ...texts, tags: ["c#", "ünicode"] }));
    expect(listing).toMatchObject({ ...texts, tags: ["c#", "ünicode"] });
  });
});
