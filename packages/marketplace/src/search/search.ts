/** Finding listings. */
import type { Database } from "@revops/database";
import { LRUCache } from "lru-cache";
import { marketplaceErrors } from "../errors.ts";
import { createListingReader } from "../listings/listing-reader.ts";
import { formOfBoth, hasEarlierEntries } from "./entry.ts";
import { type FacetName, facetNames, facetOf, type Spread, selectSpreads } from "./facets.ts";
import { type Filters, filterTerms, priceValues } from "./filters.ts";
import type { Terms } from "./matching.ts";
import { type Look, mend, selectLook, selectNear } from "./mending.ts";
import { decodePosition, encodePosition } from "./position.ts";
import { matchTerms, nameTerms } from "./query.ts";
import { type Rank, rankValues } from "./ranking.ts";
import { searchIndexes } from "./search-index.ts";
import { type SearchPage, type SearchRequest, searchSorts } from "./search-request.ts";
import { selectSorted } from "./sorted.ts";
import { type Sort, sorts } from "./sorts.ts";
import { isMendable } from "./spelling.ts";
import { hasMoreEntriesThan } from "./store.ts";
import { leadingTiers } from "./tiers.ts";
import {
  beginningOfWalk,
  nextPlace,
  type Place,
  selectWindow,
  type Window,
  type WindowQuery,
  windowSize,
} from "./window.ts";
import { wordsOf } from "./words.ts";

/** More words than anyone types; what follows them is not looked at. */
const queryWordLimit = 16;
const queryLengthLimit = 1_000;
/** A few hundred kilobytes. */
const wordsRemembered = 10_000;
/** A query may be of a thousand characters. */
const queriesRemembered = 1_000;
/** Of so many listings all are counted: they lie on few pages, and are counted in a millisecond or two. */
const smallCatalogue = 2_000;

type FoundPage = Omit<SearchPage, "corrected">;
const nothing: FoundPage = { data: [], next: null, facets: { category: [], kind: [] }, facetsExhaustive: true };

/** Whoever waits for it is told of its failure; as a rule nobody does. */
function unheard<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

export type Search = (request: SearchRequest) => Promise<SearchPage>;

/** @param options `small`: a catalogue of up to so many listings is counted whole */
export function createSearch({ database, small = smallCatalogue }: { database: Database; small?: number }): Search {
  const index = searchIndexes[database.dialect];
  const reader = createListingReader(database);
  let large = false;
  let rewritten = false;
  /** Words that something was found by. */
  const foundBy = new LRUCache<string, true>({ max: wordsRemembered });
  /** Queries of the index whose window ended among the most popular entries. */
  const common = new LRUCache<string, true>({ max: queriesRemembered });
  /** What was searched in place of words that nothing was found by. */
  const mendedTo = new LRUCache<string, string>({ max: queriesRemembered });
  const isBeside = database.dialect === "postgres";

  return async (request) => {
    const words = wordsOf((request.query ?? "").slice(0, queryLengthLimit)).slice(0, queryWordLimit);
    const asked = request.query?.trim() ?? "";
    // Nothing but punctuation: no listing has such a word.
    if (asked !== "" && words.length === 0) return { ...nothing, corrected: null };

    if (!searchSorts.includes(request.sort ?? "relevance")) {
      throw marketplaceErrors.invalid_search({ detail: "There is no such sort." });
    }
    if (words.length === 0 || request.after !== undefined) {
      return { ...(await searchWords(words, request)), corrected: null };
    }
    // A word that nothing was found by lately is likely to be misspelt.
    const mayBeMisspelt = words.some((word) => isMendable(word) && !foundBy.has(word));
    return isBeside && mayBeMisspelt ? lookAndSearch(words, request) : searchOrMend(words, request);
  };

  async function searchOrMend(
    words: readonly string[],
    request: SearchRequest,
    ahead?: Promise<FoundPage>,
  ): Promise<SearchPage> {
    const found = await (ahead ?? searchWords(words, request));
    if (found.data.length > 0) {
      for (const word of words) foundBy.set(word, true);
      return { ...found, corrected: null };
    }
    const mended = mend(words, await selectNear(database, words));
    return mended ? searchMended(words, mended, request) : { ...found, corrected: null };
  }

  /**
   * The same with all at once, where another process does it: is there something to be found, what may have been meant, and the search
   * itself, for what these words were mended to before if they were.
   */
  async function lookAndSearch(words: readonly string[], request: SearchRequest): Promise<SearchPage> {
    const before = mendedTo.get(words.join(" "));
    // First what the other is to wait for.
    const likely = before === undefined ? undefined : unheard(searchWords(before.split(" "), request, true));
    const look = unheard(lookFor(words, request));
    const ahead = likely ?? unheard(searchWords(words, request));
    const { isFound, near } = await look;
    const mended = isFound ? null : mend(words, near);
    if (mended) return searchMended(words, mended, request, mended.join(" ") === before ? ahead : undefined);
    return searchOrMend(words, request, before === undefined ? ahead : undefined);
  }

  async function searchMended(
    words: readonly string[],
    mended: readonly string[],
    request: SearchRequest,
    ahead?: Promise<FoundPage>,
  ): Promise<SearchPage> {
    const corrected = mended.join(" ");
    mendedTo.set(words.join(" "), corrected);
    const page = await (ahead ?? searchWords(mended, request, true));
    // A corrected search is one page: whoever wants more searches for what was meant.
    return { ...page, next: null, corrected };
  }

  async function lookFor(words: readonly string[], request: SearchRequest): Promise<Look> {
    const narrowing = await narrowingOf(request);
    // Words that are run together are another one, which is looked for by relevance.
    const isNamed = words.length > 1 && (request.sort ?? "relevance") === "relevance";
    const { named } = namedValuesOf(words, narrowing);
    const values = { match: matchOf(words, narrowing), named: isNamed ? named : null, ...priceValues(request) };
    return selectLook(database, { words, priced: request.maxPrice !== undefined, values });
  }

  /** @param isLate whether another statement went before this search, so that it is worth more of the server to be sooner */
  function searchWords(words: readonly string[], request: SearchRequest, isLate = false): Promise<FoundPage> {
    const { sort = "relevance" } = request;
    return sort === "relevance" ? byRelevance(words, request, isLate) : byColumn(words, sorts[sort], request);
  }

  async function byRelevance(words: readonly string[], request: SearchRequest, isLate: boolean): Promise<FoundPage> {
    const { limit, after } = request;
    const ranked = rank(words, request, isLate);
    const found = ranked.then(async ({ hits }) => {
      const page = hits.slice(0, limit);
      const last = page.at(-1);
      const next = hits.length > limit && last ? writeStart(last) : null;
      const read = await reader.read(page.map(({ selected }) => selected));
      // An entry that is written again between two statements is met in its old place and in its new one.
      return { data: [...new Map(read.map((listing) => [listing.id, listing])).values()], next };
    });
    // The first window is counted where it is ranked.
    const counted = after === undefined ? () => ranked.then(({ spread }) => spread) : undefined;
    const [page, facets] = await Promise.all([found, facetsOf(words, request, counted)]);
    return { ...page, ...facets };
  }

  /** One more than a page, and how the matches of the window it begins in are spread. */
  async function rank(
    words: readonly string[],
    request: SearchRequest,
    isLate: boolean,
  ): Promise<{ hits: Hit[]; spread: Spread }> {
    const start = request.after === undefined ? { place: beginningOfWalk, rank: null } : readStart(request.after);
    const narrowing = await narrowingOf(request);
    const match = matchOf(words, narrowing);
    const values = {
      match,
      ...priceValues(request),
      ...namedValuesOf(words, narrowing),
      ...rankValues(database.dialect, words),
    };
    const query = { wordCount: words.length, priced: request.maxPrice !== undefined, values, column: reader.column };
    const filtered = facetNames.filter((name) => request[name] !== undefined).length;
    // Each facet is counted regardless of its own filter, so that what has both is counted for neither.
    const counted = request.after === undefined && filtered < facetNames.length;
    // It takes a tenth more of the server to be a fifth sooner: for what takes longest, unless two processors have enough to do.
    const isWorthApart = filtered === 1 || (filtered === 0 && (isLate || words.length > 1));
    const hits: Hit[] = [];
    // One window, unless a page ends behind it.
    for (let { place, rank: after } = start, first: Spread | undefined; ; after = null) {
      const limit = request.limit + 1 - hits.length;
      const isCommon = match !== undefined && common.has(match);
      const isFirst = first === undefined && request.after === undefined;
      const asked: WindowQuery = {
        ...query,
        ...{ place, after, limit, isCommon },
        counted: counted && isFirst,
        isApart: isBeside && isFirst && words.length > 0 && isWorthApart,
      };
      const window = await selectWindow(database, asked);
      if (first === undefined && match !== undefined) noteWhetherCommon(match, window);
      first ??= window.spread;
      hits.push(...window.hits.map(({ selected, ...rank }) => ({ selected, rank, place })));
      if (hits.length > request.limit || !window.spread.isFull) return { hits, spread: first };
      place = await nextPlace(database, asked);
    }
  }

  function noteWhetherCommon(match: string, { spread, tier }: Window): void {
    if (spread.isFull && tier <= leadingTiers) common.set(match, true);
    else common.delete(match);
  }

  async function byColumn(words: readonly string[], sort: Sort, request: SearchRequest): Promise<FoundPage> {
    const { limit, maxPrice, after } = request;
    const match = matchOf(words, await narrowingOf(request));
    const [rows, facets] = await Promise.all([
      selectSorted(database, { sort, match, maxPrice, after, limit: limit + 1, column: reader.column }),
      facetsOf(words, request),
    ]);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      data: await reader.read(page.map(({ selected }) => selected)),
      next: rows.length > limit && last ? sort.write(last.value, last.id) : null,
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
      return window && (!window.isFull || (await isLarge())) ? [window] : spreadsFor(words, [request], []);
    };
    const filtered = facetNames.filter((name) => request[name] !== undefined);
    const others = filtered.map((name) => {
      const { [name]: _own, ...rest } = request;
      return rest;
    });
    const [[shared], own] = await Promise.all([
      filtered.length < facetNames.length ? common() : [],
      spreadsFor(words, others, filtered),
    ]);
    const facet = (name: FacetName) => {
      const place = filtered.indexOf(name);
      const spread = place === -1 ? shared : own[place];
      return spread ? facetOf(spread, name) : [];
    };
    return {
      facets: { category: facet("category"), kind: facet("kind") },
      facetsExhaustive: [shared, ...own].every((spread) => !spread?.isFull),
    };
  }

  /** How what matches is spread, narrowed in each of these ways. @param facets what each is for, if it is for one alone */
  async function spreadsFor(
    words: readonly string[],
    filters: readonly Filters[],
    facets: readonly FacetName[],
  ): Promise<Spread[]> {
    const [first] = filters;
    if (!first) return [];
    const narrowed = await Promise.all(filters.map(narrowingOf));
    const matches = narrowed.map((narrowing) => matchOf(words, narrowing));
    const size = (await isLarge()) ? windowSize : small;
    // They differ in category and kind alone.
    return selectSpreads(database, {
      matches,
      facets,
      priced: first.maxPrice !== undefined,
      prices: priceValues(first),
      size,
    });
  }

  /** Whether there is too much to count all matches of a common word. What was large is not looked at again. */
  async function isLarge(): Promise<boolean> {
    large ||= await hasMoreEntriesThan(database, small);
    return large;
  }

  /** The terms of the filters. Until entries of an earlier form are written again, as those have them. */
  async function narrowingOf(filters: Filters): Promise<Terms> {
    const both = filters.category !== undefined && filters.kind !== undefined;
    if (both) rewritten ||= !(await hasEarlierEntries(database, formOfBoth));
    return filterTerms(filters, rewritten);
  }

  /** What a statement asks the index for; undefined when everything is meant. */
  function matchOf(words: readonly string[], narrowing: Terms): string | undefined {
    const terms = [...matchTerms(words), ...narrowing];
    return terms.length === 0 ? undefined : index.queryOf(terms);
  }

  /** And those that are named like the words. */
  function namedValuesOf(words: readonly string[], narrowing: Terms) {
    const { whole, begins, within } = nameTerms(words);
    const query = (terms: Terms) => index.queryOf([...terms, ...narrowing]);
    return { named: query(whole), begins: query(begins), within: query(within) };
  }
}

interface Hit {
  /** What the reader reads its listing from. */
  readonly selected: string;
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
