/**
 * PostgreSQL: a GIN index over lexemes (https://www.postgresql.org/docs/current/textsearch.html).
 *
 * GIN gives all matches of a query or none, in no order. So entries are in tiers by their popularity: about a thousand in
 * the first, as many in the second, then twice as many in each, and a lexeme begins with the letter of its entry's tier.
 * A walk asks tier by tier and stops when it has enough. An entry that is in the wrong tier, because the catalogue has grown
 * since, is met too early or too late, and never missed.
 *
 * What is met is read from its row, and rows that lie on as many pages are most of what a common word costs. So the first
 * tiers are once more in a small table (`0007_search_leaders.sql`), which triggers keep as the entries are.
 */
import { type SQL, sql } from "drizzle-orm";
import { deleteEntry } from "./entry.ts";
import { rankedColumns, type SearchIndex, type Terms, type Walk, walkedColumns } from "./matching.ts";
import { leadingTiers, maintainTiers, tierOf } from "./tiers.ts";

/** Where the letter of the tier goes. Not in ASCII's letters and digits, so not in a term. */
const tierMark = "~";
const firstLetter = "a".charCodeAt(0);

const inTier = (match: unknown, tier: unknown) =>
  sql`replace(cast(${match} as text), ${sql.raw(`'${tierMark}'`)}, chr(${sql.raw(String(firstLetter))} + ${tier}))::tsquery`;

function walk(asked: Walk): SQL {
  const { match, where, after, limit, columns = walkedColumns, read = rankedColumns, isCommon = false } = asked;
  if (match === null) {
    const behind = after ? sql`e.position > ${after.position} and` : sql``;
    return sql`select ${columns} from marketplace_search_entries e
      where ${behind} ${where} order by e.position limit ${limit}`;
  }
  const behind = after ? sql`and (e.tier > ${after.tier} or e.position > ${after.position})` : sql``;
  const matching = sql`e.lexemes @@ ${inTier(match, sql`t.tier`)} ${behind} and ${where}`;
  const last = sql.raw(String(leadingTiers));
  // Two places to look at make a plan longer to begin, by a twentieth of a search.
  const entries = isCommon
    ? sql`select ${read} from marketplace_search_leaders e where t.tier <= ${last} and ${matching}
        union all select ${read} from marketplace_search_entries e where t.tier > ${last} and ${matching}`
    : sql`select ${read} from marketplace_search_entries e where ${matching}`;
  return tierByTier({ entries, from: after?.tier, limit, columns });
}

/** @param entries a SELECT of the entries of a tier `t` */
function tierByTier({
  entries,
  from,
  limit,
  columns,
}: {
  entries: SQL;
  from?: SQL | undefined;
  limit: SQL;
  columns: SQL;
}) {
  const behind = from ? sql`where tier >= ${from}` : sql``;
  // "+ 0": not from the index of positions, which would unpack the lexemes of each entry on its way.
  return sql`select ${columns}
    from (select tier from marketplace_search_tiers ${behind} order by tier) t
    cross join lateral (select * from (${entries}) e order by e.position + 0 limit ${limit}) e
    limit ${limit}`;
}

export const tsvectorIndex: SearchIndex = {
  queryOf: tsquery,

  walk,

  // Of one plan for all, since what a plan costs to begin is a third of a search. A query that is null has no matches.
  walkEach({ queries, where, limit, columns, read }) {
    const array = (values: readonly SQL[], type: string) =>
      sql`array[${sql.join([...values], sql`, `)}]::${sql.raw(type)}[]`;
    const texts = queries.map(({ match, when }) => sql`case when ${when} then cast(${match} as text) end`);
    const froms = queries.map(({ given }) => given?.before ?? sql`0`);
    const limits = queries.map(({ given }) => (given ? sql`greatest(${limit} - ${given.count}, 0)` : limit));
    const conditions = queries.map((query, index) => sql`when ${sql.raw(String(index + 1))} then ${query.where}`);
    const also = sql`case q.number ${sql.join(conditions, sql` `)} end`;
    const entries = sql`select ${read} from marketplace_search_entries e
      where e.lexemes @@ ${inTier(sql`q.match`, sql`t.tier`)} and ${where} and ${also}`;
    const each = tierByTier({ entries, from: sql`q.first_tier`, limit: sql`q.most`, columns });
    return sql`select distinct on (w.position) w.*
      from unnest(${array(texts, "text")}, ${array(froms, "integer")}, ${array(limits, "bigint")})
        with ordinality q(match, first_tier, most, number) cross join lateral (${each}) w`;
  },

  matches: (match) => sql`from marketplace_search_tiers t cross join lateral (
    select * from marketplace_search_entries e where e.lexemes @@ ${inTier(match, sql`t.tier`)} offset 0) e`,

  // In a CASE, so that it is asked of each entry and not of the index.
  isMatch: (match) => sql`case when e.lexemes @@ ${inTier(match, sql`e.tier`)} then true else false end`,

  async insert(tx, entry, terms) {
    const tier = await tierOf(tx, entry.position);
    const letter = String.fromCharCode(firstLetter + tier);
    const lexemes = terms.map((term) => letter + term).join(" ");
    const inserted = await tx.rows(sql`
      insert into marketplace_search_entries (position, listing_id, tier, category, kind, downloads, popularity,
        price_amount, price_currency, created_at, name_key, tag_words, summary_words, form, lexemes)
      values (${entry.position}, ${entry.listingId}, ${tier}, ${entry.category}, ${entry.kind}, ${entry.downloads},
        ${entry.popularity}, ${entry.priceAmount}, ${entry.priceCurrency}, ${entry.createdAt}, ${entry.nameKey},
        ${entry.tagWords}, ${entry.summaryWords}, ${entry.form}, array_to_tsvector(string_to_array(${lexemes}, ' ')))
      on conflict (position) do nothing returning position`);
    return inserted.length > 0;
  },

  remove: deleteEntry,

  maintain: maintainTiers,
};

/** `'~tar' & ('~¤pfree' | '~¤pusd')`: quoted, and without a quote in them. */
export function tsquery(terms: Terms): string {
  return terms
    .map((alternatives) => alternatives.map((term) => `'${tierMark}${term}'`).join(" | "))
    .map((group) => `(${group})`)
    .join(" & ");
}
