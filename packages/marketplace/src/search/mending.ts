/** What misspelt words were likely meant to be, and whether the words as they are find anything. */
import { type Dialect, type Handle, type Prepared, prepared } from "@revops/database";
import { sql } from "drizzle-orm";
import { isOneOf } from "../one-of.ts";
import { byShape } from "./by-shape.ts";
import { priceCondition } from "./filters.ts";
import { searchIndexes } from "./search-index.ts";
import { bestOf, type Spelling, spellings } from "./spelling.ts";

/** The words with those that no listing has put right; null when nothing can be. @param near what {@link selectNear} gave */
export function mend(words: readonly string[], near: readonly Spelling[]): string[] | null {
  const mended = words.map((word) => {
    const known = near.some((candidate) => candidate.word === word);
    return known ? word : (bestOf(word, near) ?? word);
  });
  return mended.every((word, index) => word === words[index]) ? null : mended;
}

export interface Look {
  /** As {@link selectNear} gives them. */
  readonly near: readonly Spelling[];
  readonly isFound: boolean;
}

export interface LookQuery {
  readonly words: readonly string[];
  readonly priced: boolean;
  /** What the placeholders stand for: `match` and `named`, either null where nothing is to be found by it, and prices. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** The words that those typed may have been meant to be, they themselves among them if they are some. */
export async function selectNear(handle: Handle, words: readonly string[]): Promise<readonly Spelling[]> {
  const keys = words.flatMap(spellings);
  return keys.length === 0 ? [] : nearOn[handle.dialect](handle, { keys: JSON.stringify(keys) });
}

/** The same, and whether the words find anything, in one statement: less than a search is, which would tell as well. */
export async function selectLook(handle: Handle, { words, priced, values }: LookQuery): Promise<Look> {
  const keys = JSON.stringify(words.flatMap(spellings));
  const rows = await lookStatement(handle.dialect, priced)(handle, { ...values, keys });
  const near = rows.flatMap(({ word, uses }) => (word === null ? [] : [{ word, uses: Number(uses) }]));
  return { near, isFound: rows.some(({ word, uses }) => word === null && Number(uses) > 0) };
}

const nearSql = (dialect: Dialect) => sql`select distinct w.word, w.uses from marketplace_search_spellings s
  join marketplace_search_words w on w.word = s.word where ${isOneOf(dialect, sql`s.spelling`, "keys")}`;

const nearOn = { sqlite: prepareNear("sqlite"), postgres: prepareNear("postgres") };

function prepareNear(dialect: Dialect): Prepared<Spelling[]> {
  return prepared("marketplace_search_near", (db) =>
    db
      .select({ word: sql<string>`n.word`, uses: sql<number>`n.uses`.mapWith(Number) })
      .from(sql`(${nearSql(dialect)}) n`),
  );
}

type LookRow = { word: string | null; uses: unknown };
const ofShape = byShape<LookRow[]>();

function lookStatement(dialect: Dialect, priced: boolean): Prepared<LookRow[]> {
  const shape = `${dialect}_${priced}`;
  return ofShape(shape, () => {
    const finds = (name: string) => {
      const matches = searchIndexes[dialect].matches(sql`${sql.placeholder(name)}`);
      return sql`exists (select 1 ${matches} where ${priceCondition(priced)})`;
    };
    // The row without a word is the answer to whether there is something to be found.
    const look = sql`select word, cast(uses as bigint) as uses from (${nearSql(dialect)}) n
      union all select null, case when ${finds("match")} or ${finds("named")} then 1 else 0 end`;
    return prepared(`marketplace_search_look_${shape}`, (db) =>
      db.select({ word: sql<string | null>`l.word`, uses: sql<unknown>`l.uses` }).from(sql`(${look}) l`),
    );
  });
}
