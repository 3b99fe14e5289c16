import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openShop } from "../../test/shop.ts";
import { filterTerms } from "./filters.ts";
import { matchTerms } from "./query.ts";
import { searchIndexes } from "./search-index.ts";
import { selectSorted } from "./sorted.ts";
import { sorts } from "./sorts.ts";

const usd = (amount: number) => ({ amount, currency: "usd" });

forEachDatabase("a search in the order of a column", (open) => {
  test("gives the same pages whether matches are gathered or met on the way", async () => {
    const shop = await openShop(open);
    for (const [index, letter] of Array.from("hbgdafce").entries()) {
      const price = index % 3 === 0 ? null : usd(1_000 - index * 100);
      await shop.list(`${letter}-tar`, { price, category: index < 6 ? "files" : "other", summary: "Archives" });
    }
    await shop.downloads.open({ subjectId: "usr_1", listingId: "a-tar", version: "latest" }).catch(() => undefined);
    await shop.downloads.open({ subjectId: "usr_1", listingId: "h-tar", version: "latest" });
    const index = searchIndexes[shop.dialect];
    const maxPrice = usd(850);
    for (const filters of [{}, { category: "files" }, { category: "files", maxPrice }]) {
      const match = index.queryOf([...matchTerms(["archi"]), ...filterTerms(filters, true)]);
      for (const [name, sort] of Object.entries(sorts)) {
        const pages = async (few: number) => {
          const found: string[] = [];
          for (let after: string | undefined; ; ) {
            const query = {
              sort,
              match,
              maxPrice: "maxPrice" in filters ? maxPrice : undefined,
              after,
              limit: 3,
              column: sql`''`,
            };
            const rows = await selectSorted(shop.database, query, few);
            found.push(...rows.map(({ id }) => id));
            const last = rows.at(-1);
            if (!last) return found;
            after = sort.write(last.value, last.id);
          }
        };
        const gathered = await pages(1_000);
        expect([name, await pages(1)]).toEqual([name, gathered]);
        const expected = "maxPrice" in filters ? 5 : "category" in filters ? 6 : 8;
        expect(gathered.length).toBe(expected);
      }
    }
  });
});
