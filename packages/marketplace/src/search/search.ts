/** Finding listings. */
import { type Page, pageOf } from "@revops/core";
import type { Database } from "@revops/database";
import { sql } from "drizzle-orm";
import { marketplaceErrors } from "../errors.ts";
import type { Listing } from "../listings/listing.ts";
import { selectListings } from "../listings/store.ts";
import { type Filters, filterConditions } from "./filters.ts";
import { decodePosition, encodePosition } from "./position.ts";
import { type Candidate, compareRanks, type Rank, rankOf } from "./ranking.ts";
import {
  type FacetCount,
  type Facets,
  type SearchPage,
  type SearchRequest,
  type SearchSort,
  searchSorts,
} from "./search-request.ts";
import { type Sort, sorts } from "./sorts.ts";
import { bestOf } from "./spelling.ts";
import {
  countFacet,
  selectKnownWords,
  selectNamedCandidates,
  selectPopularCandidates,
  selectSorted,
  selectSpellings,
} from "./store.ts";
import { wordsOf } from "./words.ts";

/** Ranking every match of a common word costs seconds over a million listings, the most popular thousand milliseconds. */
const candidateLimit = 1_000;
const facetLimit = 1_000;
/** More words than anyone types; what follows them is not looked at. */
const queryWordLimit = 16;
const queryLengthLimit = 1_000;

type FoundPage = Omit<SearchPage, "corrected">;
const nothing: FoundPage = { data: [], next: null, facets: { category: [], kind: [] } };

export type Search = (request: SearchRequest) => Promise<SearchPage>;

export function createSearch({ database }: { database: Database }): Search {
  return async (request) => {
    const words = wordsOf((request.query ?? "").slice(0, queryLengthLimit)).slice(0, queryWordLimit);
    const asked = request.query?.trim() ?? "";
    // Nothing but punctuation: no listing has such a word.
    if (asked !== "" && words.length === 0) return { ...nothing, corrected: null };

    const sort = request.sort ?? "relevance";
    if (!searchSorts.includes(sort)) throw marketplaceErrors.invalid_search({ detail: "There is no such sort." });
    const found = await searchWords(words, sort, request);
    if (found.data.length > 0 || words.length === 0 || request.after !== undefined)
      return { ...found, corrected: null };
    const mended = await mend(words);
    if (!mended) return { ...found, corrected: null };
    // A corrected search is one page: whoever wants more searches for what was meant.
    return { ...(await searchWords(mended, sort, request)), next: null, corrected: mended.join(" ") };
  };

  function searchWords(words: readonly string[], sort: SearchSort, request: SearchRequest): Promise<FoundPage> {
    if (sort === "relevance" && words.length > 0) return byRelevance(words, request);
    return byColumnWithFacets(words, sorts[sort === "relevance" ? "downloads" : sort], request);
  }

  /** The words with those that no listing has put right; null when nothing can be. */
  async function mend(words: readonly string[]): Promise<string[] | null> {
    const known = new Set(await selectKnownWords(database, words));
    const mended = await Promise.all(
      words.map(async (word) =>
        known.has(word) ? word : (bestOf(word, await selectSpellings(database, word)) ?? word),
      ),
    );
    return mended.every((word, index) => word === words[index]) ? null : mended;
  }

  async function byRelevance(words: readonly string[], request: SearchRequest): Promise<FoundPage> {
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
    const [data, facets] = await Promise.all([listingsOf(page.data), facetsOf(words, request, popular)]);
    return { data, next: page.next, facets };
  }

  async function byColumnWithFacets(words: readonly string[], sort: Sort, request: SearchRequest): Promise<FoundPage> {
    const [page, facets] = await Promise.all([byColumn(words, sort, request), facetsOf(words, request, null)]);
    return { ...page, facets };
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

  /**
   * Each facet regardless of its own filter. Without such a filter it is counted over the matches that were read anyway:
   * they are the same, the 1,000 most popular.
   */
  async function facetsOf(
    words: readonly string[],
    request: Filters,
    popular: readonly Candidate[] | null,
  ): Promise<Facets> {
    const facet = (name: "category" | "kind") => {
      if (popular && request[name] === undefined) return tally(popular.map((candidate) => candidate[name]));
      const { [name]: _own, ...others } = request;
      const column = name === "category" ? sql`l.category` : sql`l.kind`;
      return countFacet(database, { words, filters: filterConditions(others), column, limit: facetLimit });
    };
    const [category, kind] = await Promise.all([facet("category"), facet("kind")]);
    return { category, kind };
  }

  async function listingsOf(rows: readonly { id: string }[]): Promise<Listing[]> {
    const ids = rows.map((row) => row.id);
    const byId = new Map((await selectListings(database, ids)).map((listing) => [listing.id, listing]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }
}

/** Most frequent first. */
function tally(values: readonly string[]): FacetCount[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}

const writeRank = ({ nameClass, score, id }: Rank) => encodePosition("relevance", [nameClass, score, id]);

function readRank(position: string): Rank {
  const [nameClass, score, id] = decodePosition("relevance", position, ["number", "number", "string"]);
  return { nameClass: Number(nameClass), score: Number(score), id: String(id) };
}
