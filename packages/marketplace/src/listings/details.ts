/** A listing with its versions, as its page shows it: one read for all who visit in one turn, since it is on the path of each. */
import { isStorableText } from "@revops/core";
import type { Database, Dialect, LookupQuery, Tx } from "@revops/database";
import { getTableColumns, type SQL, sql } from "drizzle-orm";
import { LRUCache } from "lru-cache";
import { marketplaceTables } from "../schema.ts";
import { byPrecedence } from "../versions/precedence.ts";
import { toVersion } from "../versions/store.ts";
import type { ListingDetails } from "./listing.ts";
import { listingOf, listingText, rowJson } from "./row-text.ts";
import { isId, type ListingRow } from "./store.ts";

/** By id or slug, in any status; null when there is none. */
export type FindDetails = (idOrSlug: string, tx?: Tx) => Promise<ListingDetails | null>;

/** A few kilobytes each. */
const remembered = 5_000;

/** What was read of a listing last. */
interface Known {
  /** As it was read. */
  readonly text: string;
  /** The part of the text that tells whether the rest is still the same. */
  readonly stamp: string;
  readonly details: ListingDetails;
}

/**
 * Reads what is stored each time, and makes a listing of it only where it is another than before: what reads the same
 * is the same frozen object, which need not be looked through and written anew for each visitor.
 */
export function createFindDetails(database: Database): FindDetails {
  const { dialect } = database;
  const byId = finder("id");
  const bySlug = finder("slug");
  const known = new LRUCache<string, Known>({ max: remembered });

  function finder(name: "id" | "slug") {
    const { listings } = marketplaceTables(dialect);
    const reading =
      (text: SQL): LookupQuery =>
      (isAsked) =>
        sql`select ${listings[name]} as key, ${text} as text from ${listings} where ${isAsked(listings[name])}`;
    const stamp = stampText(dialect);
    const whole = reading(stamp === undefined ? detailsText(dialect) : sql`${stamp} || ${detailsText(dialect)}`);
    return {
      stampOf: stamp && database.lookup(`marketplace_stamp_by_${name}`, reading(stamp)),
      textOf: database.lookup(`marketplace_details_by_${name}`, whole),
      query: whole((column) => sql`${column} = ${sql.placeholder("key")}`),
    };
  }

  return async (idOrSlug, tx) => {
    // As `findListing`.
    if (!isStorableText(idOrSlug)) return null;
    const { stampOf, textOf, query } = isId(idOrSlug) ? byId : bySlug;
    if (tx) {
      const [row] = await tx.rows<{ text: string }>(query, { key: idOrSlug });
      return row ? detailsOf(row.text) : null;
    }
    const before = known.get(idOrSlug);
    if (before && stampOf && (await stampOf(idOrSlug)) === before.stamp) return before.details;
    const text = await textOf(idOrSlug);
    if (text === null) return null;
    if (before?.text === text) return before.details;
    const details = detailsOf(text);
    known.set(idOrSlug, { text, stamp: text.slice(0, text.indexOf("{")), details });
    return details;
  };
}

/**
 * On PostgreSQL, the number of the transaction that wrote the listing's row last: whoever changes a version locks the listing by
 * writing its row. Making the text takes the server 20 µs, this 2. SQLite has no such number, and makes the text in 5.
 */
function stampText(dialect: Dialect): SQL | undefined {
  return dialect === "sqlite" ? undefined : sql`${marketplaceTables(dialect).listings}.xmin::text`;
}

/** The row and those of its versions as one text. */
function detailsText(dialect: Dialect): SQL {
  const { listings, versions } = marketplaceTables(dialect);
  const version = rowJson(dialect, getTableColumns(versions));
  const ofListing = sql`from ${versions} where ${versions.listingId} = ${listings.id}`;
  const all =
    dialect === "sqlite"
      ? sql`json((select json_group_array(${version}) ${ofListing}))`
      : sql`(select json_agg(${version}) ${ofListing})`;
  return listingText(dialect, { versions: all });
}

function detailsOf(read: string): ListingDetails {
  const text = read.slice(read.indexOf("{"));
  // As the statement above writes it: no versions are null in PostgreSQL's.
  const { versions, ...row } = JSON.parse(text) as ListingRow & { versions: VersionRow[] | null };
  const shown = (versions ?? []).map((row) => toVersion({ ...row, publishedAt: new Date(row.publishedAt) }));
  return deepFreeze({ ...listingOf(row), versions: shown.sort((a, b) => byPrecedence(b.version, a.version)) });
}

type VersionRow = ReturnType<typeof marketplaceTables>["versions"]["$inferSelect"];

function deepFreeze<Value extends object>(value: Value): Value {
  for (const member of Object.values(value)) if (typeof member === "object" && member !== null) deepFreeze(member);
  return Object.freeze(value);
}
