import { cp, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { migrate, openDatabase } from "@revops/database";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, onTestFinished, test } from "vitest";
import { openShop, type Shop, secret, temporaryFolder } from "../../test/shop.ts";
import { createMarketplace, fileArtifactStore, marketplaceMigrations, type SearchRequest } from "../index.ts";
import { lockListing } from "../listings/store.ts";
import { entryForm, hasEarlierEntries } from "./entry.ts";
import { createSearch } from "./search.ts";
import { countInSearch } from "./store.ts";
import { leadingTiers, maintainTiers } from "./tiers.ts";
import { windowSize } from "./window.ts";

/** More than one window of matches, of which every third is a service and each has more downloads than the one before. */
async function stockMany(shop: Shop, count: number) {
  const about = { summary: "Archives everything", description: "", category: "tools", tags: [], price: null };
  await shop.database.transaction(async (tx) => {
    for (let index = 0; index < count; index++) {
      const kind = index % 3 === 0 ? "service" : "sponsorship";
      const offer = {
        publisherId: "usr_p",
        slug: `thing-${index}`,
        name: `thing ${index}`,
        kind,
        publish: true,
      } as const;
      await shop.listings.create({ ...about, ...offer }, tx);
    }
    await tx.rows(sql`update marketplace_listings set downloads = cast(substr(slug, 7) as integer) * 10`);
    await tx.rows(sql`insert into marketplace_search_backlog (listing_id) select id from marketplace_listings`);
  });
  await writeAll(shop);
}

async function writeAll({ searchUpkeep }: Pick<Shop, "searchUpkeep">): Promise<number> {
  let written = 0;
  for (let some = -1; some !== 0; written += some) some = await searchUpkeep.writeEntries();
  return written;
}

async function walk(shop: Shop, request: Partial<SearchRequest>): Promise<string[]> {
  const found: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await shop.listings.search({ ...request, limit: 100, after });
    found.push(...page.data.map(({ slug }) => slug));
    if (page.next === null) return found;
    after = page.next;
  }
}

/** Entries of the leading tiers that are not as they are in the table of leaders, or not in one of both. */
function leadersThatDiffer({ database }: Shop) {
  const entries = sql`select * from marketplace_search_entries where tier <= ${leadingTiers}`;
  const leaders = sql`select * from marketplace_search_leaders`;
  return database.rows(sql`(${entries} except all ${leaders}) union all (${leaders} except all ${entries})`);
}

forEachDatabase("the search's upkeep", (open) => {
  test("matches beyond a window are all found, once, the popular ones first", async () => {
    const shop = await openShop(open);
    const count = windowSize + 150;
    await stockMany(shop, count);
    const check = async () => {
      for (const query of ["archives", "archi", undefined]) {
        const found = await walk(shop, { query });
        expect([found.length, new Set(found).size, found[0]]).toEqual([count, count, `thing-${count - 1}`]);
        const services = await walk(shop, { query, kind: "service" });
        expect(new Set(services)).toEqual(new Set(found.filter((slug) => Number(slug.slice(6)) % 3 === 0)));
      }
      if (shop.dialect === "postgres") expect(await leadersThatDiffer(shop)).toEqual([]);
      // With the names beside the window, in its statement, and in that but for the tiers that are in the window.
      const things = await walk(shop, { query: "thing" });
      expect(await walk(shop, { query: "thing", category: "tools" })).toEqual(things);
      const sponsored = await walk(shop, { query: "thing", category: "tools", kind: "sponsorship" });
      expect(sponsored).toEqual(things.filter((slug) => Number(slug.slice(6)) % 3 !== 0));
      const two = await walk(shop, { query: "thing archives" });
      expect([two.length, new Set(two)]).toEqual([count, new Set(things)]);
      const named = await walk(shop, { query: "thing 7" });
      expect([named[0], new Set(named).size, named.length]).toEqual(["thing-7", 11, 11]);
    };
    await check();
    if (shop.dialect === "postgres") {
      // In tiers: all are moved to theirs in the end, and everything is found on the way.
      for (let rounds = 0; (await maintainTiers(shop.database, 1, 16)) > 0; rounds++) {
        await shop.searchUpkeep.writeEntries();
        if (rounds === 0) await check();
      }
      await writeAll(shop);
      const tiers = await shop.database.rows<{ n: string }>(
        sql`select count(*) as n from marketplace_search_entries group by tier order by tier`,
      );
      // 400 are more than 256 and fewer than 512.
      expect(tiers.map(({ n }) => Number(n))).toEqual([16, 16, 32, 64, 128, count - 256]);
      await check();
    } else await shop.searchUpkeep.maintainIndex();
    await check();
  });

  test("a small catalogue's matches are all counted, of a large one those of the window", async () => {
    const shop = await openShop(open);
    const count = windowSize + 150;
    await stockMany(shop, count);
    const [services, all] = [Math.ceil(count / 3), [{ value: "tools", count }]];
    const kinds = [
      { value: "sponsorship", count: count - services },
      { value: "service", count: services },
    ];
    for (const query of ["archives", undefined]) {
      const first = await shop.listings.search({ query, limit: 1 });
      expect(first).toMatchObject({ facets: { category: all, kind: kinds }, facetsExhaustive: true });
      const next = await shop.listings.search({ query, limit: 1, after: first.next ?? "" });
      expect(next).toMatchObject({ facets: { category: all, kind: kinds }, facetsExhaustive: true });
      // Each facet is counted regardless of its own filter.
      const some = await shop.listings.search({ query, kind: "service", sort: "newest", limit: 1 });
      const ofServices = { category: [{ value: "tools", count: services }], kind: kinds };
      expect(some).toMatchObject({ facets: ofServices, facetsExhaustive: true });
    }

    const search = createSearch({ database: shop.database, small: count - 1 });
    const { facets, facetsExhaustive } = await search({ query: "archives", limit: 1 });
    expect(facets.category).toEqual([{ value: "tools", count: windowSize }]);
    expect(facetsExhaustive).toBe(false);
    const narrow = await search({ query: "archives", category: "tools", kind: "service", limit: 1 });
    expect(narrow.facets.category).toEqual([{ value: "tools", count: services }]);
    // All services are counted, all kinds are not.
    expect(narrow.facetsExhaustive).toBe(false);
    expect(await search({ query: "thing 7", limit: 1 })).toMatchObject({
      facets: { category: [{ value: "tools", count: 11 }] },
      facetsExhaustive: true,
    });
  });

  test("an entry in another tier than its place, early in a window, has nothing given twice to who browses on", async () => {
    const shop = await openShop(open);
    const count = windowSize + 150;
    await stockMany(shop, count);
    await shop.database.rows(sql`update marketplace_search_entries set tier = 3 where position = (
      select position from marketplace_search_entries order by position limit 1 offset 10)`);
    const found = await walk(shop, {});
    expect([found.length, new Set(found).size]).toEqual([count, count]);
  });

  test("one round notes all that are in the wrong tier, not those of its first piece only", async () => {
    const shop = await openShop(open);
    if (shop.dialect !== "postgres") return;
    await shop.database.rows(sql`
      insert into marketplace_search_entries (position, listing_id, tier, category, kind, downloads, popularity,
        price_amount, created_at, name_key, tag_words, summary_words, form, lexemes)
      select n, 'pkg_' || n, 0, 'tools', 'package', 0, 0, 0, now(), '', '', '', ${entryForm}, array_to_tsvector('{}')
      from generate_series(1, 3000) n`);
    await shop.searchUpkeep.maintainIndex();
    const [noted] = await shop.database.rows<{ n: string }>(sql`select count(*) as n from marketplace_search_backlog`);
    // The first tier has 1,024.
    expect(Number(noted?.n)).toBe(3_000 - 1_024);
  });

  test("a listing that is being downloaded is left for later, and neither waits for the other", async () => {
    const shop = await openShop(open);
    // SQLite lets one in at a time.
    if (shop.dialect !== "postgres") return;
    const [held, free] = [await shop.list("held"), await shop.list("free")];
    for (const { id } of [held, free]) {
      await shop.database.rows(sql`insert into marketplace_search_backlog (listing_id) values (${id})`);
    }
    const [locked, written] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const download = shop.database.transaction(async (tx) => {
      await lockListing(tx, held.id);
      locked.resolve();
      await written.promise;
      await countInSearch(tx, held.id, 1);
    });
    await locked.promise;
    expect(await shop.searchUpkeep.writeEntries()).toBe(1);
    written.resolve();
    await download;
    expect(await writeAll(shop)).toBe(1);
  });

  test("what waits for a listing that is gone does not wait for ever", async () => {
    const shop = await openShop(open);
    await shop.database.rows(sql`insert into marketplace_search_backlog (listing_id) values ('pkg_gone')`);
    await writeAll(shop);
    expect(await shop.database.rows(sql`select listing_id from marketplace_search_backlog`)).toEqual([]);
  });

  test("a listing that has become popular is ranked by it at once, and its place follows by the job", async () => {
    const shop = await openShop(open);
    const listing = await shop.list("moved", { summary: "unmistakable" });
    const placeOf = async () => {
      const rows = await shop.database.rows<{ position: unknown; downloads: unknown }>(
        sql`select position, downloads from marketplace_search_entries where listing_id = ${listing.id}`,
      );
      return rows.map(({ position, downloads }) => [Number(position), Number(downloads)]);
    };
    const [[before] = []] = await placeOf();
    for (let i = 0; i < 40; i++)
      await shop.downloads.open({ subjectId: `usr_${i}`, listingId: listing.id, version: "latest" });
    expect(await placeOf()).toEqual([[before, 40]]);
    if (shop.dialect === "postgres") expect(await leadersThatDiffer(shop)).toEqual([]);
    expect(await writeAll(shop)).toBe(1);
    const [[after, downloads] = []] = await placeOf();
    expect([Number(after) < Number(before), downloads]).toEqual([true, 40]);
    const find = async () => (await shop.listings.search({ query: "unmistakable", limit: 10 })).data;
    expect(await find()).toMatchObject([{ downloads: 40 }]);
    // What is withdrawn while it waits stays withdrawn.
    await shop.database.rows(sql`insert into marketplace_search_backlog (listing_id) values (${listing.id})`);
    await shop.listings.withdraw({ listingId: listing.id });
    expect(await writeAll(shop)).toBe(1);
    expect([await find(), await placeOf()]).toEqual([[], []]);
    if (shop.dialect === "postgres") expect(await leadersThatDiffer(shop)).toEqual([]);
  });

  test("listings that were published before the index had this form are found after an update", async () => {
    const { url, dialect } = await open();
    const database = openDatabase({ url });
    onTestFinished(() => database.close());
    await migrate(database, [{ name: "marketplace", directory: await firstMigrations(4) }]);
    const created = dialect === "sqlite" ? sql`0` : sql`now()`;
    await database.rows(sql`insert into marketplace_listings (id, slug, publisher_id, name, kind, summary, description,
        category, tags, price_amount, status, downloads, rating_sum, rating_count, created_at)
      values ('pkg_1', 'tar', 'usr_p', 'tar', 'package', 'Archives', '', 'files', '[]', 0, 'published', 5, 0, 0, ${created}),
        ('pkg_2', 'draft', 'usr_p', 'tar', 'package', 'Archives', '', 'files', '[]', 0, 'draft', 0, 0, 0, ${created})`);
    await migrate(database, [marketplaceMigrations]);
    const artifacts = fileArtifactStore({ directory: await temporaryFolder() });
    const charge = () => Promise.reject(new Error("Nothing is for sale here."));
    const { listings, searchUpkeep } = createMarketplace({ database, artifacts, charge, secret });
    // Two instances start at once.
    const written = await Promise.all([writeAll({ searchUpkeep }), writeAll({ searchUpkeep })]);
    expect(written[0] + written[1]).toBe(1);
    for (const query of ["tar", "archi", "archivs"]) {
      const { data } = await listings.search({ query, limit: 10 });
      expect([query, data.map(({ slug }) => slug)]).toEqual([query, ["tar"]]);
    }
    expect((await listings.search({ query: "archivs", limit: 10 })).corrected).toBe("archives");
  });

  test("entries without the term for category and kind together are found by both, before and while they are written again", async () => {
    const { url, dialect } = await open();
    const database = openDatabase({ url });
    onTestFinished(() => database.close());
    await migrate(database, [{ name: "marketplace", directory: await firstMigrations(5) }]);
    const created = dialect === "sqlite" ? sql`0` : sql`now()`;
    /** As the version before wrote them. */
    const listEarlier = async (position: number, kind: string) => {
      const id = `pkg_${position}`;
      await database.rows(sql`insert into marketplace_listings (id, slug, publisher_id, name, kind, summary, description,
          category, tags, price_amount, status, downloads, rating_sum, rating_count, created_at)
        values (${id}, ${`tar-${position}`}, 'usr_p', 'tar', ${kind}, 'Archives', '', 'files', '[]', 0, 'published', 0, 0, 0, ${created})`);
      const terms = ["tar", "·tar", "»tar", "«tar", "¦tar", "¤cfiles", `¤k${kind}`, "¤pfree"];
      const [more, lexemes] =
        dialect === "sqlite"
          ? [sql``, sql``]
          : [
              sql`, lexemes`,
              sql`, array_to_tsvector(string_to_array(${terms.map((term) => `a${term}`).join(" ")}, ' '))`,
            ];
      await database.rows(sql`insert into marketplace_search_entries (position, listing_id, tier, category, kind, downloads,
          popularity, price_amount, created_at, name_key, tag_words, summary_words${more})
        values (${position}, ${id}, 0, 'files', ${kind}, 0, 1000, 0, ${created}, 'tar', ' ', ' archives '${lexemes})`);
      if (dialect === "sqlite") {
        await database.rows(
          sql`insert into marketplace_search (rowid, terms) values (${position}, ${terms.join(" ")})`,
        );
      }
    };
    for (const [index, kind] of ["package", "template", "package"].entries()) await listEarlier(index + 1, kind);
    await migrate(database, [marketplaceMigrations]);
    const { searchUpkeep } = createMarketplace({
      database,
      artifacts: fileArtifactStore({ directory: await temporaryFolder() }),
      charge: () => Promise.reject(new Error("Nothing is for sale here.")),
      secret,
    });
    const search = createSearch({ database });
    const find = async (ask = search) => {
      const { data, facets } = await ask({ query: "tar", category: "files", kind: "package", limit: 10 });
      return [data.map(({ id }) => id).sort(), facets.kind.map(({ count }) => count)];
    };
    const expected = [
      ["pkg_1", "pkg_3"],
      [2, 1],
    ];
    expect(await find()).toEqual(expected);
    // Half of the way.
    const [first] = await database.rows<{ id: string }>(
      sql`delete from marketplace_search_backlog where listing_id <> 'pkg_1' returning listing_id as "id"`,
    );
    expect(await writeAll({ searchUpkeep })).toBe(1);
    expect([first !== undefined, await find()]).toEqual([true, expected]);
    // The job of the index notes what is left, or was written by an instance of the version before.
    await searchUpkeep.maintainIndex();
    expect(await writeAll({ searchUpkeep })).toBe(2);
    expect(await hasEarlierEntries(database)).toBe(false);
    expect([await find(), await find(createSearch({ database }))]).toEqual([expected, expected]);
  });
});

/** A folder with the first migrations only, as an earlier version shipped them. */
async function firstMigrations(count: number): Promise<URL> {
  const shipped = fileURLToPath(marketplaceMigrations.directory);
  const folder = await temporaryFolder();
  for (const dialect of ["sqlite", "postgres"]) {
    await mkdir(join(folder, dialect));
    const names = (await readdir(join(shipped, dialect))).filter((name) => name.endsWith(".sql")).sort();
    for (const name of names.slice(0, count)) await cp(join(shipped, dialect, name), join(folder, dialect, name));
  }
  return new URL(`file://${folder}/`);
}
