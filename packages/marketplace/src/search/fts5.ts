/** SQLite: FTS5 (https://sqlite.org/fts5.html), whose rowid is the position, and which gives its matches in that order. */
import type { Tx } from "@revops/database";
import { type SQL, sql } from "drizzle-orm";
import { marketplaceTables } from "../schema.ts";
import { deleteEntry } from "./entry.ts";
import { type SearchIndex, type Terms, type Walk, walkedColumns } from "./matching.ts";

const { searchEntries } = marketplaceTables("sqlite");

/** A cross join keeps the written order: SQLite then walks the index by rowid and stops at the limit. */
const matched = sql`marketplace_search cross join marketplace_search_entries e on e.position = marketplace_search.rowid`;

/** Pages of the index that are merged in one transaction, during which nothing else runs: a few milliseconds. */
const pagesAtOnce = 20;

function walk({ match, where, after, limit, columns = walkedColumns }: Walk): SQL {
  const behind = (column: SQL) => (after ? sql`${column} > ${after.position} and` : sql``);
  if (match === null) {
    return sql`select ${columns} from marketplace_search_entries e
      where ${behind(sql`e.position`)} ${where} order by e.position limit ${limit}`;
  }
  return sql`select ${columns} from ${matched} where marketplace_search match ${match} and
    ${behind(sql`marketplace_search.rowid`)} ${where} order by marketplace_search.rowid limit ${limit}`;
}

export const fts5Index: SearchIndex = {
  queryOf: fts5Query,

  walk,

  walkEach: ({ queries, where, limit, columns }) =>
    sql.join(
      queries.map(({ match, when, where: also }) => {
        const each = walk({ match, where: sql`${where} and ${also}`, limit, columns });
        return sql`select * from (${each}) w where ${when}`;
      }),
      sql` union `,
    ),

  matches: (match) => sql`from ${matched} and marketplace_search match ${match}`,

  isMatch: (match) => sql`exists (
    select 1 from marketplace_search where marketplace_search match ${match} and marketplace_search.rowid = e.position)`,

  async insert(tx, entry, terms) {
    const inserted = await tx.db
      .insert(searchEntries)
      .values({ ...entry, tier: 0 })
      .onConflictDoNothing({ target: searchEntries.position })
      .returning({ position: searchEntries.position });
    if (inserted.length === 0) return false;
    await tx.rows(sql`insert into marketplace_search (rowid, terms) values (${entry.position}, ${terms.join(" ")})`);
    return true;
  },

  async remove(tx, listingId) {
    const position = await deleteEntry(tx, listingId);
    if (position !== null) await tx.rows(sql`delete from marketplace_search where rowid = ${position}`);
    return position;
  },

  /** Merges segments: a word is looked up in each, and a bulk of listings leaves dozens. */
  async maintain(database, pieces) {
    let done = 0;
    while (done < pieces && (await database.transaction(mergeSome))) done++;
    return done;
  },
};

async function mergeSome(tx: Tx): Promise<boolean> {
  const before = await changes();
  await tx.rows(sql`insert into marketplace_search (marketplace_search, rank) values ('merge', ${pagesAtOnce})`);
  // The insert itself is one change; FTS5 says that two or more mean that something was merged.
  return (await changes()) - before >= 2;

  async function changes(): Promise<number> {
    const [row] = await tx.rows<{ n: number }>(sql`select total_changes() as n`);
    return row?.n ?? 0;
  }
}

/** `"tar" AND ("¤pfree" OR "¤pusd")`: quoted, and without a quote in them. */
export function fts5Query(terms: Terms): string {
  return terms
    .map((alternatives) => alternatives.map((term) => `"${term}"`).join(" OR "))
    .map((group) => `(${group})`)
    .join(" AND ");
}
