/** Finding listings. */
import type { Database } from "@revops/database";
import { marketplaceErrors } from "../errors.ts";
import type { Listing } from "../listings/listing.ts";
import { selectListings } from "../listings/store.ts";
import { countFacet, type FacetName, facetOf } from "./facets.ts";
import { type Filters, filterTerms, priceValues } from "./filters.ts";
import type { Terms } from "./matching.ts";
import { decodePosition, encodePosition } from "./position.ts";
import { matchTerms, nameTerms } from "./query.ts";
import { compareRanks, type Rank, rankValues } from "./ranking.ts";
import { searchIndexes } from "./search-index.ts";
import { type FacetCount, type SearchPage, type SearchRequest, searchSorts } from "./search-request.ts";
import { selectSorted } from "./sorted.ts";
import { type Sort, sorts } from "./sorts.ts";
import { bestOf } from "./spelling.ts";
import { selectSpellings } from "./store.ts";
import { beginningOfWalk, type Place, selectWindow, type Window } from "./window.ts";
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
    const start = request.after === undefined ? { place: beginningOfWalk, rank: null } : readStart(request.after);
    const values = { ...valuesOf(words, request), ...rankValues(words) };
    const query = { wordCount: words.length, priced: request.maxPrice !== undefined, values };

    const hits: Hit[] = [];
    let window: Window | null = null;
    let place: Place | null = start.place;
    // One window, unless a page ends behind it.
    for (let after = start.rank; place && hits.length <= request.limit; after = null) {
      const limit = request.limit + 1 - hits.length;
      window = await selectWindow(database, { ...query, place, after, limit });
      const from: Place = place;
      hits.push(...window.hits.toSorted(compareRanks).map((rank) => ({ rank, id: rank.listingId, place: from })));
      place = window.next;
    }
    const page = hits.slice(0, request.limit);
    const last = page.at(-1);
    // The matches were counted where they were ranked, unless that was not at the beginning.
    const counted = request.after === undefined && hits.every((hit) => hit.place === beginningOfWalk) ? window : null;
    const [data, facets] = await Promise.all([listingsOf(page), facetsOf(words, request, counted)]);
    return { data, next: hits.length > request.limit && last ? writeStart(last) : null, facets };
  }

  async function byColumn(words: readonly string[], sort: Sort, request: SearchRequest): Promise<FoundPage> {
    const { limit, maxPrice, after } = request;
    const { match } = valuesOf(words, request);
    const [rows, facets] = await Promise.all([
      selectSorted(database, { sort, match, maxPrice, after, limit: limit + 1 }),
      facetsOf(words, request, null),
    ]);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const next = rows.length > limit && last ? sort.write(last.value, last.id) : null;
    return { data: await listingsOf(page), next, facets };
  }

  /** Each facet regardless of its own filter; one that has none is taken from what was counted anyway. */
  async function facetsOf(words: readonly string[], request: Filters, counted: Window | null) {
    const facet = (name: FacetName): FacetCount[] | Promise<FacetCount[]> => {
      if (counted && request[name] === undefined) {
        return facetOf(counted.counts.map((each) => ({ value: each[name], count: each.count })));
      }
      const { [name]: _own, ...others } = request;
      const priced = request.maxPrice !== undefined;
      return countFacet(database, { facet: name, priced, values: valuesOf(words, others) });
    };
    const [category, kind] = await Promise.all([facet("category"), facet("kind")]);
    return { category, kind };
  }

  /** What a statement asks the index for. `match` is not there when everything is meant. */
  function valuesOf(words: readonly string[], filters: Filters) {
    const narrowing = filterTerms(filters);
    const { whole, begins, within } = nameTerms(words);
    const query = (terms: Terms) => index.queryOf([...terms, ...narrowing]);
    const match = matchTerms(words);
    return {
      match: match.length + narrowing.length === 0 ? undefined : query(match),
      named: query(whole),
      begins: query(begins),
      within: query(within),
      ...priceValues(filters),
    };
  }

  async function listingsOf(rows: readonly { id: string }[]): Promise<Listing[]> {
    const ids = rows.map((row) => row.id);
    const byId = new Map((await selectListings(database, ids)).map((listing) => [listing.id, listing]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }
}

interface Hit {
  readonly id: string;
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
