/** The ranking of every match by the same rules, to compare the first ten with. */
import type { Database } from "@revops/database";
import { sql } from "drizzle-orm";
import { rankedColumns } from "../../packages/marketplace/src/search/matching.ts";
import { matchTerms, nameTerms } from "../../packages/marketplace/src/search/query.ts";
import { nameClassSql, rankValues, scoreSql } from "../../packages/marketplace/src/search/ranking.ts";
import { searchIndexes } from "../../packages/marketplace/src/search/search-index.ts";

export async function bestOfAll(database: Database, words: readonly string[]) {
  const index = searchIndexes[database.dialect];
  const all = (terms: readonly (readonly string[])[]) =>
    sql`select ${rankedColumns} ${index.matches(sql`${index.queryOf(terms)}`)}`;
  const rows = await database.rows<{ id: string; matches: unknown }>(
    sql`with candidates as (
      select e.listing_id, e.position, ${nameClassSql(database.dialect, words.length)} as class,
        ${scoreSql(database.dialect, words.length)} as score
      from (select * from (${all(matchTerms(words))}) m union select * from (${all(nameTerms(words).whole)}) n) e)
    select listing_id as "id", (select count(*) from candidates) as "matches" from candidates
    order by class, score desc, position limit 10`,
    rankValues(database.dialect, words),
  );
  return { best: rows.map(({ id }) => id), matches: Number(rows[0]?.matches ?? 0) };
}
