/** Finding listings. */
import { type Page, pageOf } from "@revops/core";
import type { Database } from "@revops/database";
import { sql } from "drizzle-orm";
import { marketplaceErrors } from "../errors.ts";
import type { Listing } from "../listings/listing.ts";
import { selectListings } from "../listings/store.ts";
import { type Filters, filterConditions } from "./filters.ts";
import { decodePosition, encodePosition } from "./position.ts";
import { compareRanks, type Rank, rankOf } from "./ranking.ts";
import { type Facets, type SearchPage, type SearchRequest, searchSorts } from "./search-request.ts";
import { type Sort, sorts } from "./sorts.ts";
import { countFacet, selectNamedCandidates, selectPopularCandidates, selectSorted } from "./store.ts";
import { wordsOf } from "./words.ts";

/** Ranking every match of a common word costs seconds over a million listings, the most popular thousand milliseconds. */
const candidateLimit = 1_000;
const facetLimit = 1_000;
/** More words than anyone types; what follows them is not looked at. */
const queryWordLimit = 16;
const queryLengthLimit = 1_000;

export type Search = (request: SearchRequest) => Promise<SearchPage>;

export function createSearch({ database }: { database: Database }): Search {
  return async (request) => {
    const words = wordsOf((request.query ?? "").slice(0, queryLengthLimit)).slice(0, queryWordLimit);
    const asked = request.query?.trim() ?? "";
    // Nothing but punctuation: no listing has such a word.
    if (asked !== "" && words.length === 0) return { data: [], next: null, facets: { category: [], kind: [] } };

    const sort = request.sort ?? "relevance";
    if (!searchSorts.includes(sort)) throw marketplaceErrors.invalid_search({ detail: "There is no such sort." });
    const [page, facets] = await Promise.all([
      sort === "relevance" && words.length > 0
        ? byRelevance(words, request)
        : byColumn(words, sorts[sort === "relevance" ? "downloads" : sort], request),
      countFacets(words, request),
    ]);
    return { ...page, facets };
  };

  async function byRelevance(words: readonly string[], request: SearchRequest): Promise<Page<Listing>> {
    const after = request.after === undefined ? null : readRank(request.after);
    const query = { words, filters: filterConditions(request), limit: candidateLimit };
    const [named, popular] = await Promise.all([
      selectNamedCandidates(database, query),
      selectPopularCandidates(database, query),
    ]);
    const ranks = [...new Map([...named, ...popular].map((candidate) => [candidate.id, candidate])).values()]
      .map((candidate) => rankOf(candidate, words))
      .sort(compareRanks)
      .filter((rank) => after === null || compareRanks(rank, after) > 0);
    const page = pageOf(ranks, request.limit, writeRank);
    return { data: await listingsOf(page.data), next: page.next };
  }

  async function byColumn(words: readonly string[], sort: Sort, request: SearchRequest): Promise<Page<Listing>> {
    const rows = await selectSorted(database, {
      words,
      filters: filterConditions(request),
      after: request.after === undefined ? sql`true` : sort.after(request.after),
      order: sort.order,
      limit: request.limit + 1,
    });
    const data = await listingsOf(rows.slice(0, request.limit));
    const [lastListing, lastRow] = [data.at(-1), rows.at(request.limit - 1)];
    const more = rows.length > request.limit && lastListing !== undefined && lastRow !== undefined;
    return { data, next: more ? sort.position(lastListing, lastRow) : null };
  }

  async function countFacets(words: readonly string[], filters: Filters): Promise<Facets> {
    const { category: _category, ...besidesCategory } = filters;
    const { kind: _kind, ...besidesKind } = filters;
    const count = (column: ReturnType<typeof sql>, others: Filters) =>
      countFacet(database, { words, filters: filterConditions(others), column, limit: facetLimit });
    const [category, kind] = await Promise.all([
      count(sql`l.category`, besidesCategory),
      count(sql`l.kind`, besidesKind),
    ]);
    return { category, kind };
  }

  async function listingsOf(rows: readonly { id: string }[]): Promise<Listing[]> {
    const ids = rows.map((row) => row.id);
    const byId = new Map((await selectListings(database, ids)).map((listing) => [listing.id, listing]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }
}

const writeRank = ({ nameClass, score, id }: Rank) => encodePosition("relevance", [nameClass, score, id]);

function readRank(position: string): Rank {
  const [nameClass, score, id] = decodePosition("relevance", position, ["number", "number", "string"]);
  return { nameClass: Number(nameClass), score: Number(score), id: String(id) };
}
