/**
 * The statement that finds those that are named like the query, of each way to be named so the most popular. They may be far behind
 * the window's end, and come first. It is one of its own, so that PostgreSQL looks for them beside the window.
 */
import { type Dialect, type Handle, type Prepared, prepared } from "@revops/database";
import { type SQL, sql } from "drizzle-orm";
import { bestSql, bestValues, type Ranked, type RankedRow, rankedOf, rankedRow } from "./best.ts";
import { priceCondition } from "./filters.ts";
import { nameClassSql, namedConditions, scoreSql } from "./ranking.ts";
import { searchIndexes } from "./search-index.ts";
import type { WindowQuery } from "./window.ts";

/** Of each way to be named like the query. */
const namedSize = 40;

/** The best of them, in no order. */
export async function selectNamed(handle: Handle, query: WindowQuery): Promise<Ranked[]> {
  const rows = await statementOf(handle.dialect, query)(handle, { ...query.values, ...bestValues(query) });
  return rows.flatMap(rankedOf);
}

/** A SELECT of their entries. @param columns expressions over the entry `e`, the position among them */
export function namedSql(dialect: Dialect, wordCount: number, priced: boolean, columns: SQL): SQL {
  const { begins, within } = namedConditions(dialect, wordCount);
  return searchIndexes[dialect].walkEach({
    queries: [
      { match: sql`${sql.placeholder("named")}`, where: sql`true` },
      { match: sql`${sql.placeholder("begins")}`, where: begins },
      { match: sql`${sql.placeholder("within")}`, where: within },
    ],
    where: priceCondition(priced),
    limit: sql.raw(String(namedSize)),
    columns,
  });
}

const statements = new Map<string, Prepared<RankedRow[]>>();

function statementOf(dialect: Dialect, { wordCount, priced, after, column }: WindowQuery): Prepared<RankedRow[]> {
  const continues = after !== null;
  const shape = `${dialect}_${wordCount}_${[priced, continues].map(Number).join("")}`;
  const known = statements.get(shape);
  if (known) return known;
  const columns = sql`e.position, e.listing_id, ${nameClassSql(dialect, wordCount)} as class, ${scoreSql(dialect, wordCount)} as score`;
  const best = bestSql(sql`(${namedSql(dialect, wordCount, priced, columns)}) n`, { continues, column });
  const made = prepared(`marketplace_search_named_${shape}`, (db) => db.select(rankedRow).from(sql`(${best}) r`));
  statements.set(shape, made);
  return made;
}
