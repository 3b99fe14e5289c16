/** What the statements of a search by relevance share: of ranked entries the best, and their listings. */
import { type SQL, sql } from "drizzle-orm";
import type { Rank } from "./ranking.ts";

/** A listing that was found: its rank, and what was selected of its row of `marketplace_listings`. */
export interface Ranked extends Rank {
  readonly selected: string;
}

/** A row of {@link bestSql}. In a row of anything else the class is null. */
export interface RankedRow {
  readonly class: unknown;
  readonly score: unknown;
  readonly position: unknown;
  readonly text: string | null;
}

const whole = (name: string) => sql`cast(${sql.placeholder(name)} as bigint)`;

/** The columns of {@link RankedRow}, `r` in front, for a builder's `select`. */
export const rankedRow = {
  class: sql<unknown>`r.class`,
  score: sql<unknown>`r.score`,
  position: sql<unknown>`r.position`,
  text: sql<string | null>`r.text`,
};

/**
 * A SELECT of the best, with their listings.
 * @param entries what can stand in a FROM, with `listing_id`, `class`, `score` and `position`
 * @param continues behind a rank
 * @param column what is selected of a listing's row
 */
export function bestSql(entries: SQL, { continues, column }: { continues: boolean; column: SQL }): SQL {
  const behind = sql`where class > ${whole("afterClass")} or (class = ${whole("afterClass")} and
    (score < ${whole("afterScore")} or (score = ${whole("afterScore")} and position > ${whole("afterPosition")})))`;
  // The limit in a SELECT: PostgreSQL would plan anew each time for a limit that it knows, to no other end.
  return sql`select cast(class as bigint) as class, score, position, ${column} as text from (
      select listing_id, class, score, position from ${entries} ${continues ? behind : sql``}
        order by class, score desc, position limit (select ${whole("limit")})) page
    join marketplace_listings on marketplace_listings.id = page.listing_id`;
}

/** What the placeholders of {@link bestSql} stand for. */
export const bestValues = ({ after, limit }: { after: Rank | null; limit: number }) => ({
  afterClass: after?.nameClass,
  afterScore: after?.score,
  afterPosition: after?.position,
  limit,
});

export const rankedOf = ({ class: nameClass, score, position, text }: RankedRow): Ranked[] =>
  nameClass === null || text === null
    ? []
    : [{ nameClass: Number(nameClass), score: Number(score), position: Number(position), selected: text }];
