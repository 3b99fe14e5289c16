/** A listing with its versions, as its page shows it: one read of one text, since it is on the path of every visit. */
import type { Database, Dialect, Lookup, LookupQuery, Tx } from "@revops/database";
import { getTableColumns, type SQL, sql } from "drizzle-orm";
import { LRUCache } from "lru-cache";
import { marketplaceTables } from "../schema.ts";
import { byPrecedence } from "../versions/precedence.ts";
import { toVersion } from "../versions/store.ts";
import type { ListingDetails } from "./listing.ts";
import { listingOf, listingText, rowMembers } from "./row-text.ts";
import { isId, type ListingRow } from "./store.ts";

/** By id or slug, in any status; null when there is none. */
export type FindDetails = (idOrSlug: string, tx?: Tx) => Promise<ListingDetails | null>;

/** A few kilobytes each. */
const remembered = 5_000;

/**
 * Reads what is stored each time, and makes a listing of it only where it is another text than before: what reads the same
 * is the same frozen object, which need not be looked through and written anew for each visitor.
 */
export function createFindDetails(database: Database): FindDetails {
  const { dialect } = database;
  const byId = finder("id");
  const bySlug = finder("slug");
  const known = new LRUCache<string, { readonly text: string; readonly details: ListingDetails }>({ max: remembered });

  function finder(name: "id" | "slug"): { readonly lookup: Lookup; readonly query: SQL } {
    const { listings } = marketplaceTables(dialect);
    const query: LookupQuery = (isAsked) =>
      sql`select ${listings[name]} as key, ${detailsText(dialect)} as text from ${listings} where ${isAsked(listings[name])}`;
    return {
      lookup: database.lookup(`marketplace_details_by_${name}`, query),
      query: query((column) => sql`${column} = ${sql.placeholder("key")}`),
    };
  }

  return async (idOrSlug, tx) => {
    const { lookup, query } = isId(idOrSlug) ? byId : bySlug;
    if (tx) {
      const [row] = await tx.rows<{ text: string }>(query, { key: idOrSlug });
      return row ? detailsOf(row.text) : null;
    }
    const text = await lookup(idOrSlug);
    if (text === null) return null;
    const before = known.get(idOrSlug);
    if (before?.text === text) return before.details;
    const details = detailsOf(text);
    known.set(idOrSlug, { text, details });
    return details;
  };
}

/** The row and those of its versions as one text. */
function detailsText(dialect: Dialect): SQL {
  const { listings, versions } = marketplaceTables(dialect);
  const version = rowMembers(dialect, getTableColumns(versions));
  const ofListing = sql`from ${versions} where ${versions.listingId} = ${listings.id}`;
  const all =
    dialect === "sqlite"
      ? sql`json((select json_group_array(json_object(${version})) ${ofListing}))`
      : sql`(select json_agg(json_build_object(${version})) ${ofListing})`;
  return listingText(dialect, sql`, 'versions', ${all}`);
}

function detailsOf(text: string): ListingDetails {
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
