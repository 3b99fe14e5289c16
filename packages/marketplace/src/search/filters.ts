/** What a search is narrowed by besides its words. */
import { isStorableText } from "@revops/core";
import { type SQL, sql } from "drizzle-orm";
import { marketplaceErrors } from "../errors.ts";
import type { Terms } from "./matching.ts";
import type { SearchRequest } from "./search-request.ts";
import { atMostTerms, inCategory, ofKind, ofKindInCategory, tagged } from "./terms.ts";

export type Filters = Pick<SearchRequest, "category" | "kind" | "tags" | "maxPrice">;

/**
 * The terms that a listing has to have.
 * @param together whether all entries have the term for category and kind together
 * @throws `invalid_search` for values that no listing can have
 */
export function filterTerms({ category, kind, tags = [], maxPrice }: Filters, together: boolean): Terms {
  if (maxPrice !== undefined && !Number.isSafeInteger(maxPrice.amount)) {
    throw invalid("A price is a whole number of minor units.");
  }
  const both = together && category !== undefined && kind !== undefined;
  return [
    ...(both ? [[ofKindInCategory(storable(kind), storable(category))]] : []),
    ...(both || category === undefined ? [] : [[inCategory(storable(category))]]),
    ...(both || kind === undefined ? [] : [[ofKind(storable(kind))]]),
    ...[...new Set(tags)].map((tag) => [tagged(storable(tag))]),
    ...(maxPrice === undefined ? [] : [atMostTerms({ ...maxPrice, currency: storable(maxPrice.currency) })]),
  ];
}

/** What the terms leave to the entry `e`: the exact price. */
export function priceCondition(priced: boolean): SQL {
  if (!priced) return sql`true`;
  return sql`(e.price_currency is null or (e.price_currency = cast(${sql.placeholder("currency")} as text)
    and e.price_amount <= cast(${sql.placeholder("amount")} as bigint)))`;
}

export const priceValues = ({ maxPrice }: Filters) => ({ currency: maxPrice?.currency, amount: maxPrice?.amount });

function storable(text: string): string {
  if (!isStorableText(text)) throw invalid("A filter has characters that no listing can have.");
  return text;
}

const invalid = (detail: string) => marketplaceErrors.invalid_search({ detail });
