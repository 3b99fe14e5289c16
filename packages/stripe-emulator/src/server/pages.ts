import type Stripe from "stripe";
import { invalidRequest, resourceMissing } from "../errors.ts";
import type { Scope } from "../scope.ts";
import type { Kind, StripeObjects } from "../store/kinds.ts";
import type { Range, Where } from "../store/objects.ts";
import { integer, range, text } from "./parameters.ts";

/** The parameters every list takes. Source: https://docs.stripe.com/api/pagination */
export const pageParameters = { limit: integer(1, 100), starting_after: text(), ending_before: text() };
export const createdParameters = { ...pageParameters, created: range() };

interface PageParams {
  limit?: number | undefined;
  starting_after?: string | undefined;
  ending_before?: string | undefined;
  created?: Range | undefined;
}

/** One page of a kind, newest first. */
export function page<K extends Kind>(
  scope: Scope,
  kind: K,
  params: PageParams,
  where: Where,
  url: string,
): Stripe.ApiList<StripeObjects[K]> {
  if (params.starting_after !== undefined && params.ending_before !== undefined) {
    throw invalidRequest("You cannot parameterize both starting_after and ending_before.", { param: "starting_after" });
  }
  for (const name of ["starting_after", "ending_before"] as const) {
    const cursor = params[name];
    if (cursor !== undefined && scope.objects.findAny(cursor) === undefined) throw resourceMissing(kind, cursor, name);
  }
  const { data, hasMore } = scope.objects.page(kind, where, {
    limit: params.limit ?? 10,
    startingAfter: params.starting_after,
    endingBefore: params.ending_before,
    created: params.created,
  });
  return { object: "list", data, has_more: hasMore, url };
}

/** A page of what an object carries inside itself, in its own order. */
export function pageOf<T extends { id: string }>(
  all: readonly T[],
  params: PageParams,
  url: string,
): Stripe.ApiList<T> {
  const limit = params.limit ?? 10;
  const after = params.starting_after === undefined ? 0 : all.findIndex((one) => one.id === params.starting_after) + 1;
  const before =
    params.ending_before === undefined ? undefined : all.findIndex((one) => one.id === params.ending_before);
  const candidates =
    before === undefined ? all.slice(after) : all.slice(Math.max(0, before - limit), Math.max(0, before));
  return {
    object: "list",
    data: candidates.slice(0, limit),
    has_more: before === undefined ? candidates.length > limit : before > limit,
    url,
  };
}
