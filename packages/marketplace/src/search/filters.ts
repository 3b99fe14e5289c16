/** The conditions of a search besides its words, with `l` a row of `marketplace_listings`. */
import { isStorableText } from "@revops/core";
import { type SQL, sql } from "drizzle-orm";
import { marketplaceErrors } from "../errors.ts";
import type { SearchRequest } from "./search-request.ts";

export type Filters = Pick<SearchRequest, "category" | "kind" | "tags" | "maxPrice">;

/** @throws `invalid_search` for values that no listing can have */
export function filterConditions({ category, kind, tags = [], maxPrice }: Filters): SQL[] {
  const conditions = [sql`l.status = 'published'`];
  if (category !== undefined) conditions.push(sql`l.category = ${storable(category)}`);
  if (kind !== undefined) conditions.push(sql`l.kind = ${storable(kind)}`);
  for (const tag of new Set(tags)) {
    conditions.push(sql`exists (
      select 1 from marketplace_listing_tags t where t.tag = ${storable(tag).toLowerCase()} and t.listing_id = l.id)`);
  }
  if (maxPrice !== undefined) {
    if (!Number.isSafeInteger(maxPrice.amount)) throw invalid("A price is a whole number of minor units.");
    conditions.push(sql`(l.price_currency is null
      or (l.price_currency = ${storable(maxPrice.currency)} and l.price_amount <= ${maxPrice.amount}))`);
  }
  return conditions;
}

function storable(text: string): string {
  if (!isStorableText(text)) throw invalid("A filter has characters that no listing can have.");
  return text;
}

const invalid = (detail: string) => marketplaceErrors.invalid_search({ detail });
