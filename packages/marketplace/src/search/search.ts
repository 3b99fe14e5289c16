/** Finding listings. */
import type { Database } from "@revops/database";
import { marketplaceErrors } from "../errors.ts";
import type { Listing } from "../listings/listing.ts";
import { countFacet, type FacetName, facetNames, facetOf } from "./facets.ts";
import { type Filters, filterTerms, priceValues } from "./filters.ts";
import type { Terms } from "./matching.ts";
import { decodePosition, encodePosition } from "./position.ts";
import { matchTerms, nameTerms } from "./query.ts";
import { type Rank, rankValues } from "./ranking.ts";
import { searchIndexes } from "./search-index.ts";
import { type FacetCount, type SearchPage, type SearchRequest, searchSorts } from "./search-request.ts";
import { selectSorted } from "./sorted.ts";
import { type Sort, sorts } from "./sorts.ts";
import { bestOf } from "./spelling.ts";
import { selectSpellings } from "./store.ts";
import { beginningOfWalk, nextPlace, type Place, selectWindow, type Window, type WindowQuery } from "./window.ts";
import { wordsOf } from "./words.ts";

/** More words than anyone types; what follows them is not looked at. */
const queryWordLimit = 16;
const queryLengthLimit = 1_000;

type FoundPage = Omit<SearchPage, "corrected">;
const nothing: FoundPage = { data: [], next: null, facets: { category: [], kind: [] } };

export type Search = (request: SearchRequest) => Promise<SearchPage>;

export function createSearch({ database }: { database: Database }): Search {
  const index = searchIndexes[database.dialect];

  return async (request) => {
    const words = wordsOf((request.query ?? "").slice(0, queryLengthLimit)).slice(0, queryWordLimit);
    const asked = request.query?.trim() ?? "";
    // Nothing but punctuation: no listing has such a word.
    if (asked !== "" && words.length === 0) return { ...nothing, corrected: null };

    if (!searchSorts.includes(request.sort ?? "relevance")) {
      throw marketplaceErrors.invalid_search({ detail: "There is no such sort." });
    }
    const found = await searchWords(words, request);
    if (found.data.length > 0 || words.length === 0 || request.after !== undefined)
      return { ...found, corrected: null };
    const mended = await mend(words);
    if (!mended) return { ...found, corrected: null };
    // A corrected search is one page: whoever wants more searches for what was meant.
    return { ...(await searchWords(mended, request)), next: null, corrected: mended.join(" ") };
  };

  function searchWords(words: readonly string[], request: SearchRequest): Promise<FoundPage> {
    const { sort = "relevance" } = request;
    return sort === "relevance" ? byRelevance(words, request) : byColumn(words, sorts[sort], request);
  }

  /** The words with those that no listing has put right; null when nothing can be. */
  async function mend(words: readonly string[]): Promise<string[] | null> {
    const mended = await Promise.all(
      words.map(async (word) => {
        const near = await selectSpellings(database, word);
        const known = near.some((candidate) => candidate.word === word);
        return known ? word : (bestOf(word, near) ?? word);
      }),
    );
    return mended.every((word, index) => word === words[index]) ? null : mended;
  }

  async function byRelevance(words: readonly string[], request: SearchRequest): Promise<FoundPage> {
    const { limit, after } = request;
    // The first window is counted where it is ranked; a facet that has a filter of its own is of other matches.
    const apart = facetNames.filter((name) => after !== undefined || request[name] !== undefined);
    const [{ hits, counts }, counted] = await Promise.all([rank(words, request), countApart(apart, words, request)]);
    const page = hits.slice(0, limit);
    const last = page.at(-1);
    const facet = (name: FacetName) =>
      counted.get(name) ?? facetOf(counts.map((each) => ({ value: each[name], count: each.count })));
    return {
      data: page.map(({ listing }) => listing),
      next: hits.length > limit && last ? writeStart(last) : null,
      facets: { category: facet("category"), kind: facet("kind") },
    };
  }

  /** One more than a page, and how the matches of the window it begins in are spread. */
  async function rank(words: readonly string[], request: SearchRequest) {
    const start = request.after === undefined ? { place: beginningOfWalk, rank: null } : readStart(request.after);
    const values = { ...valuesOf(words, request), ...namedValuesOf(words, request), ...rankValues(words) };
    const query = { wordCount: words.length, priced: request.maxPrice !== undefined, values };
    const hits: Hit[] = [];
    let counts: Window["counts"] | undefined;
    let place: Place | null = start.place;
    // One window, unless a page ends behind it.
    for (let after = start.rank; place && hits.length <= request.limit; after = null) {
      const asked: WindowQuery = { ...query, place, after, limit: request.limit + 1 - hits.length };
      const window = await selectWindow(database, asked);
      counts ??= window.counts;
      hits.push(...window.hits.map(({ listing, ...rank }) => ({ listing, rank, place: asked.place })));
      place = hits.length <= request.limit && window.isFull ? await nextPlace(database, asked) : null;
    }
    return { hits, counts: counts ?? [] };
  }

  async function byColumn(words: readonly string[], sort: Sort, request: SearchRequest): Promise<FoundPage> {
    const { limit, maxPrice, after } = request;
    const { match } = valuesOf(words, request);
    const [rows, counted] = await Promise.all([
      selectSorted(database, { sort, match, maxPrice, after, limit: limit + 1 }),
      countApart(facetNames, words, request),
    ]);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      data: page.map(({ listing }) => listing),
      next: rows.length > limit && last ? sort.write(last.value, last.listing.id) : null,
      facets: { category: counted.get("category") ?? [], kind: counted.get("kind") ?? [] },
    };
  }

  /** Facets by a statement each, regardless of their own filters. */
  async function countApart(names: readonly FacetName[], words: readonly string[], request: Filters) {
    const priced = request.maxPrice !== undefined;
    const counted = names.map(async (facet) => {
      const { [facet]: _own, ...others } = request;
      return [facet, await countFacet(database, { facet, priced, values: valuesOf(words, others) })] as const;
    });
    return new Map<FacetName, FacetCount[]>(await Promise.all(counted));
  }

  /** What a statement asks the index for. `match` is not there when everything is meant. */
  function valuesOf(words: readonly string[], filters: Filters) {
    const narrowing = filterTerms(filters);
    const terms = [...matchTerms(words), ...narrowing];
    return { match: terms.length === 0 ? undefined : index.queryOf(terms), ...priceValues(filters) };
  }

  /** And those that are named like the words. */
  function namedValuesOf(words: readonly string[], filters: Filters) {
    const narrowing = filterTerms(filters);
    const { whole, begins, within } = nameTerms(words);
    const query = (terms: Terms) => index.queryOf([...terms, ...narrowing]);
    return { named: query(whole), begins: query(begins), within: query(within) };
  }
}

interface Hit {
  readonly listing: Listing;
  readonly rank: Rank;
  /** Where its window began. */
  readonly place: Place;
}

const writeStart = ({ place, rank }: Hit) =>
  encodePosition("relevance", [place.tier, place.position, rank.nameClass, rank.score, rank.position]);

function readStart(position: string): { place: Place; rank: Rank } {
  const shape = ["number", "number", "number", "number", "number"] as const;
  const [tier, from, nameClass, score, at] = decodePosition("relevance", position, shape).map(Number);
  return {
    place: { tier: tier ?? 0, position: from ?? 0 },
    rank: { nameClass: nameClass ?? 0, score: score ?? 0, position: at ?? 0 },
  };
}
