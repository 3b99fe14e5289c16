import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openShop, type Shop } from "../../test/shop.ts";
import { type marketplaceErrors, type SearchPage, type SearchRequest, searchSorts } from "../index.ts";

const usd = (amount: number) => ({ amount, currency: "usd" });

/** A small shop whose best answers are plain to see. */
async function stock(shop: Shop) {
  await shop.list("tar", { summary: "Archives", tags: ["files"], category: "files" });
  await shop.list("tar-stream", {
    name: "tar-stream",
    summary: "Streaming tar packer",
    tags: ["tar", "stream"],
    category: "files",
    price: usd(900),
  });
  await shop.list("archiver", {
    summary: "Makes zip and tar files",
    tags: ["zip"],
    category: "files",
    price: usd(1900),
  });
  await shop.list("guitar-tabs", {
    name: "Guitar tabs",
    summary: "Music",
    kind: "template",
    category: "music",
    price: usd(500),
  });
  await shop.list("better-sqlite3", {
    name: "better-sqlite3",
    summary: "The fastest database",
    tags: ["sql"],
    category: "databases",
    price: { amount: 700, currency: "eur" },
  });
  await shop.list("wine", {
    name: "Wine ontology",
    kind: "ontology",
    summary: "Grapes of the Café",
    description: "Mentions tar once",
    category: "food",
  });
}

const slugs = (page: SearchPage) => page.data.map(({ slug }) => slug);

async function walk(shop: Shop, request: Omit<SearchRequest, "limit">, limit: number): Promise<string[]> {
  const found: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await shop.listings.search({ ...request, limit, after });
    found.push(...slugs(page));
    if (page.next === null) return found;
    after = page.next;
  }
}

forEachDatabase("search", (open) => {
  test("an exact name is first, then names that begin so, then what is about it, then what mentions it", async () => {
    const shop = await openShop(open);
    await stock(shop);
    // However popular, what only mentions it stays behind the names.
    for (let i = 0; i < 30; i++)
      await shop.downloads.open({ subjectId: `usr_${i}`, listingId: "wine", version: "latest" });
    const find = async (query: string) => slugs(await shop.listings.search({ query, limit: 10 }));
    expect((await find("tar")).slice(0, 2)).toEqual(["tar", "tar-stream"]);
    expect(new Set(await find("tar"))).toEqual(new Set(["tar", "tar-stream", "archiver", "wine"]));
    expect(await find("TAR-str")).toEqual(["tar-stream"]);
    expect(await find("stream tar")).toEqual(["tar-stream"]);
    expect(await find("bettersqlite3")).toEqual(["better-sqlite3"]);
    expect(await find("cafe")).toEqual(["wine"]);
    expect(await find("stream zip")).toEqual([]);
    // Only the last word may be a beginning.
    expect(await find("str tar")).toEqual([]);
  });

  test("an exact slug is first as an exact name is, narrowed and sorted like any other match, and found while it is typed", async () => {
    const shop = await openShop(open);
    await stock(shop);
    await shop.list("svc-x1", { name: "svc", summary: "Keeps archives", category: "files", kind: "service" });
    await shop.list("svc-x1-tar", { name: "svc x1 tar", summary: "svc-x1 for svc-x1", category: "music" });
    for (let i = 0; i < 30; i++) {
      await shop.downloads.open({ subjectId: `usr_${i}`, listingId: "svc-x1-tar", version: "latest" });
    }
    const find = async (query: string, more: Partial<SearchRequest> = {}) =>
      slugs(await shop.listings.search({ query, limit: 10, ...more }));
    for (const query of ["svc-x1", "SVC x1", " svc-x1 "]) {
      expect([query, await find(query)]).toEqual([query, ["svc-x1", "svc-x1-tar"]]);
    }
    expect(new Set(await find("svc-x"))).toEqual(new Set(["svc-x1", "svc-x1-tar"]));
    expect(await find("svc-x1", { category: "music" })).toEqual(["svc-x1-tar"]);
    expect(await find("svc-x1", { sort: "name" })).toEqual(["svc-x1", "svc-x1-tar"]);
    expect(await walk(shop, { query: "svc-x1" }, 1)).toEqual(["svc-x1", "svc-x1-tar"]);
    // What only the address says is no word to mend to.
    expect(await shop.listings.search({ query: "wiine", limit: 10 })).toMatchObject({ corrected: "wine" });
    await shop.listings.update({ listingId: "svc-x1", changes: { name: "Another name" } });
    expect((await find("svc-x1"))[0]).toBe("svc-x1");
    await shop.listings.withdraw({ listingId: "svc-x1" });
    expect(await find("svc-x1")).toEqual(["svc-x1-tar"]);
  });

  test("of two alike, the more downloaded one is first, and the counting moves it", async () => {
    const shop = await openShop(open);
    for (const slug of ["json-a", "json-b", "json-c"]) await shop.list(slug);
    for (let i = 0; i < 9; i++)
      await shop.downloads.open({ subjectId: `usr_${i}`, listingId: "json-b", version: "latest" });
    await shop.downloads.open({ subjectId: "usr_0", listingId: "json-c", version: "latest" });
    expect(slugs(await shop.listings.search({ query: "json", limit: 10 }))).toEqual(["json-b", "json-c", "json-a"]);
    expect(slugs(await shop.listings.search({ limit: 10 }))).toEqual(["json-b", "json-c", "json-a"]);
  });

  test("filters narrow, and a facet counts what choosing another of its values would give", async () => {
    const shop = await openShop(open);
    await stock(shop);
    const find = async (request: Partial<SearchRequest>) =>
      new Set(slugs(await shop.listings.search({ limit: 10, ...request })));
    expect(await find({ category: "files" })).toEqual(new Set(["tar", "tar-stream", "archiver"]));
    expect(await find({ kind: "template" })).toEqual(new Set(["guitar-tabs"]));
    expect(await find({ tags: ["TAR", "stream"] })).toEqual(new Set(["tar-stream"]));
    expect(await find({ tags: ["tar", "zip"] })).toEqual(new Set());
    expect(await find({ maxPrice: usd(900) })).toEqual(new Set(["tar", "tar-stream", "guitar-tabs", "wine"]));
    expect(await find({ query: "tar", maxPrice: usd(0) })).toEqual(new Set(["tar", "wine"]));

    const { facets } = await shop.listings.search({ query: "tar", category: "files", limit: 1 });
    expect(facets.category).toEqual([
      { value: "files", count: 3 },
      { value: "food", count: 1 },
    ]);
    expect(facets.kind).toEqual([{ value: "package", count: 3 }]);
  });

  test("each sort is in order", async () => {
    const shop = await openShop(open);
    await stock(shop);
    const sorted = (sort: SearchRequest["sort"], query?: string) => walk(shop, { sort, query }, 10);
    expect(await sorted("name")).toEqual(["archiver", "better-sqlite3", "guitar-tabs", "tar", "tar-stream", "wine"]);
    expect(await sorted("newest")).toEqual(["wine", "better-sqlite3", "guitar-tabs", "archiver", "tar-stream", "tar"]);
    expect((await sorted("price")).slice(2)).toEqual(["guitar-tabs", "better-sqlite3", "tar-stream", "archiver"]);
    expect((await sorted("price_desc"))[0]).toBe("archiver");
    expect(await sorted("name", "tar")).toEqual(["archiver", "tar", "tar-stream", "wine"]);
  });

  test.for(searchSorts)("pages by %s neither skip nor repeat, whatever their size", async (sort) => {
    const shop = await openShop(open);
    await stock(shop);
    for (const query of [undefined, "tar"]) {
      const whole = await walk(shop, { sort, query }, 100);
      expect(new Set(whole).size).toBe(query === undefined ? 6 : 4);
      for (const limit of [1, 2, 3]) expect(await walk(shop, { sort, query }, limit)).toEqual(whole);
    }
  });

  test("a listing published between two pages does not repeat a row", async () => {
    const shop = await openShop(open);
    await stock(shop);
    const first = await shop.listings.search({ sort: "newest", limit: 3 });
    await shop.list("newer");
    const second = await shop.listings.search({ sort: "newest", limit: 3, after: first.next ?? undefined });
    expect(slugs(second)).toEqual(["archiver", "tar-stream", "tar"]);
  });

  test("any text is a query and nothing of it an instruction", async () => {
    const shop = await openShop(open);
    await stock(shop);
    const queries = [
      `"`,
      `'`,
      `tar"`,
      `"tar`,
      "tar'",
      `tar" OR "x`,
      "tar*",
      "*",
      "tar AND",
      "NOT tar",
      "NEAR(tar stream)",
      "name:tar",
      "^tar",
      "-tar",
      "tar:*",
      "tar & !stream",
      "tar | x",
      "(tar",
      "tar)",
      "<->",
      "\\",
      "\\'",
      "%",
      "_",
      "tar; drop table marketplace_listings; --",
      "\0",
      "tar\0",
      "\ud800",
      "{tar}",
      "ẞ",
      "🦀",
      "\n\t",
    ];
    for (const query of queries) {
      const { data } = await shop.listings.search({ query, limit: 10 });
      const found = data.map(({ name, summary, description, tags }) => [name, summary, description, ...tags].join(" "));
      if (query.trim() !== "") expect(found.filter((text) => !/tar/i.test(text))).toEqual([]);
    }
    expect(await walk(shop, {}, 10)).toHaveLength(6);
  });

  test("an endless query is a query", async () => {
    const shop = await openShop(open);
    await stock(shop);
    expect((await shop.listings.search({ query: "a".repeat(100_000), limit: 10 })).data).toEqual([]);
    expect((await shop.listings.search({ query: "tar ".repeat(50_000), limit: 10 })).data).toHaveLength(4);
  });

  test("nothing but punctuation finds nothing, nothing at all finds everything", async () => {
    const shop = await openShop(open);
    await stock(shop);
    expect((await shop.listings.search({ query: "!?", limit: 10 })).data).toEqual([]);
    expect((await shop.listings.search({ query: " ", limit: 10 })).data).toHaveLength(6);
  });

  test("positions of another sort, or made up, are refused", async () => {
    const shop = await openShop(open);
    await stock(shop);
    const { next } = await shop.listings.search({ sort: "name", limit: 1 });
    const code: keyof typeof marketplaceErrors = "invalid_search";
    for (const after of [next ?? "", "", "x", Buffer.from('["newest","1",2]').toString("base64url")]) {
      await expect(shop.listings.search({ sort: "newest", limit: 1, after })).rejects.toMatchObject({ code });
      await expect(shop.listings.search({ query: "tar", limit: 1, after })).rejects.toMatchObject({ code });
    }
    await expect(shop.listings.search({ category: "\0", limit: 1 })).rejects.toMatchObject({ code });
  });

  test("a misspelt word is mended when nothing has it, and the answer says what was searched instead", async () => {
    const shop = await openShop(open);
    await stock(shop);
    for (const query of ["archivr", "archivver", "archiwer", "arhciver", "Archiverr"]) {
      const page = await shop.listings.search({ query, limit: 10 });
      expect([slugs(page), page.corrected], query).toEqual([["archiver"], "archiver"]);
    }
    // Asked again, it is searched for what it was mended to before, as long as nothing has the word.
    const again = await shop.listings.search({ query: "archivr", limit: 10 });
    expect([slugs(again), again.corrected]).toEqual([["archiver"], "archiver"]);
    await shop.list("archivrs");
    const there = await shop.listings.search({ query: "archivr", limit: 10 });
    expect([slugs(there), there.corrected]).toEqual([["archivrs"], null]);
    await shop.listings.withdraw({ listingId: "archivrs" });
    const two = await shop.listings.search({ query: "fastset databse", limit: 10 });
    expect([slugs(two), two.corrected]).toEqual([["better-sqlite3"], "fastest database"]);
    const some = await shop.listings.search({ query: "zip archivr", limit: 10 });
    expect([slugs(some), some.corrected]).toEqual([["archiver"], "zip archiver"]);
    // No listing has these words, and one has them run together as its name.
    const joined = await shop.listings.search({ query: "better sqlite 3", limit: 10 });
    expect([slugs(joined), joined.corrected]).toEqual([["better-sqlite3"], null]);
    const filtered = await shop.listings.search({ query: "databse", kind: "template", limit: 10 });
    expect([slugs(filtered), filtered.facets.category]).toEqual([[], []]);
    // What is there is not mended, and what is far from everything finds nothing.
    expect((await shop.listings.search({ query: "archiver", limit: 10 })).corrected).toBeNull();
    // A word that has found something is not taken for a misspelt one where a filter leaves nothing.
    const none = await shop.listings.search({ query: "archiver", category: "no such", limit: 10 });
    expect([none.data, none.corrected]).toEqual([[], null]);
    const far = await shop.listings.search({ query: "xyzzyplugh", limit: 10 });
    expect([far.data, far.corrected]).toEqual([[], null]);
    // Three letters have too many neighbours.
    expect((await shop.listings.search({ query: "tra", limit: 10 })).corrected).toBeNull();
    const sorted = await shop.listings.search({ query: "archivr", sort: "newest", limit: 10 });
    expect(slugs(sorted)).toEqual(["archiver"]);
  });

  test("the index holds nothing that is not in the documents, after many moves", async () => {
    const shop = await openShop(open);
    const listing = await shop.list("moved", { summary: "unmistakable" });
    for (let i = 0; i < 40; i++)
      await shop.downloads.open({ subjectId: `usr_${i}`, listingId: listing.id, version: "latest" });
    const { data, facets } = await shop.listings.search({ query: "unmistakable", limit: 10 });
    expect(data.map(({ downloads }) => downloads)).toEqual([40]);
    expect(facets.category).toEqual([{ value: "tools", count: 1 }]);
  });
});
