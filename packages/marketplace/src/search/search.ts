/** Finding listings. */
import type { Database } from "@revops/database";
import { marketplaceErrors } from "../errors.ts";
import type { Listing } from "../listings/listing.ts";
import { type FacetName, facetNames, facetOf, type Spread, selectSpread } from "./facets.ts";
import { type Filters, filterTerms, priceValues } from "./filters.ts";
import type { Terms } from "./matching.ts";
import { decodePosition, encodePosition } from "./position.ts";
import { matchTerms, nameTerms } from "./query.ts";
import { type Rank, rankValues } from "./ranking.ts";
import { searchIndexes } from "./search-index.ts";
import { type SearchPage, type SearchRequest, searchSorts } from "./search-request.ts";
import { selectSorted } from "./sorted.ts";
import { type Sort, sorts } from "./sorts.ts";
import { bestOf } from "./spelling.ts";
import { hasMoreEntriesThan, selectSpellings } from "./store.ts";
import { beginningOfWalk, nextPlace, type Place, selectWindow, type WindowQuery, windowSize } from "./window.ts";
import { wordsOf } from "./words.ts";

/** More words than anyone types; what follows them is not looked at. */
const queryWordLimit = 16;
const queryLengthLimit = 1_000;
/** Of so many listings all are counted: they lie on few pages, and are counted in a millisecond or two. */
const smallCatalogue = 2_000;

type FoundPage = Omit<SearchPage, "corrected">;
const nothing: FoundPage = { data: [], next: null, facets: { category: [], kind: [] }, facetsExhaustive: true };

export type Search = (request: SearchRequest) => Promise<SearchPage>;

/** @param options `small`: a catalogue of up to so many listings is counted whole */
export function createSearch({ database, small = smallCatalogue }: { database: Database; small?: number }): Search {
  const index = searchIndexes[database.dialect];
  let large = false;

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
    const ranked = rank(words, request);
    // The first window is counted where it is ranked.
    const counted = after === undefined ? () => ranked.then(({ spread }) => spread) : undefined;
    const [{ hits }, facets] = await Promise.all([ranked, facetsOf(words, request, counted)]);
    const page = hits.slice(0, limit);
    const last = page.at(-1);
    return {
      data: page.map(({ listing }) => listing),
      next: hits.length > limit && last ? writeStart(last) : null,
      ...facets,
    };
  }

  /** One more than a page, and how the matches of the window it begins in are spread. */
  async function rank(words: readonly string[], request: SearchRequest): Promise<{ hits: Hit[]; spread: Spread }> {
    const start = request.after === undefined ? { place: beginningOfWalk, rank: null } : readStart(request.after);
    const values = { ...valuesOf(words, request), ...namedValuesOf(words, request), ...rankValues(words) };
    const query = { wordCount: words.length, priced: request.maxPrice !== undefined, values };
    const hits: Hit[] = [];
    // One window, unless a page ends behind it.
    for (let { place, rank: after } = start, first: Spread | undefined; ; after = null) {
      const asked: WindowQuery = { ...query, place, after, limit: request.limit + 1 - hits.length };
      const window = await selectWindow(database, asked);
      first ??= window.spread;
      hits.push(...window.hits.map(({ listing, ...rank }) => ({ listing, rank, place: asked.place })));
      if (hits.length > request.limit || !window.spread.isFull) return { hits, spread: first };
      place = await nextPlace(database, asked);
    }
  }

  async function byColumn(words: readonly string[], sort: Sort, request: SearchRequest): Promise<FoundPage> {
    const { limit, maxPrice, after } = request;
    const { match } = valuesOf(words, request);
    const [rows, facets] = await Promise.all([
      selectSorted(database, { sort, match, maxPrice, after, limit: limit + 1 }),
      facetsOf(words, request),
    ]);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      data: page.map(({ listing }) => listing),
      next: rows.length > limit && last ? sort.write(last.value, last.listing.id) : null,
      ...facets,
    };
  }

  /**
   * The facets, each regardless of its own filter.
   * @param counted gives how the window is spread that was ranked
   */
  async function facetsOf(words: readonly string[], request: Filters, counted?: () => Promise<Spread>) {
    const common = async () => {
      const window = await counted?.();
      return window && (!window.isFull || (await isLarge())) ? window : spreadFor(words, request);
    };
    const filtered = facetNames.filter((name) => request[name] !== undefined);
    const others = filtered.map(async (name) => {
      const { [name]: _own, ...rest } = request;
      return [name, await spreadFor(words, rest)] as const;
    });
    const [shared, ...own] = await Promise.all([filtered.length < facetNames.length ? common() : null, ...others]);
    const spreads = new Map(own);
    const facet = (name: FacetName) => {
      const spread = spreads.get(name) ?? shared;
      return spread ? facetOf(spread, name) : [];
    };
    return {
      facets: { category: facet("category"), kind: facet("kind") },
      facetsExhaustive: [shared, ...spreads.values()].every((spread) => !spread?.isFull),
    };
  }

  async function spreadFor(words: readonly string[], filters: Filters): Promise<Spread> {
    const size = (await isLarge()) ? windowSize : small;
    return selectSpread(database, { priced: filters.maxPrice !== undefined, values: valuesOf(words, filters), size });
  }

  /** Whether there is too much to count all matches of a common word. What was large is not looked at again. */
  async function isLarge(): Promise<boolean> {
    large ||= await hasMoreEntriesThan(database, small);
    return large;
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
