import type Stripe from "stripe";
import { invalidRequest, parameterMissing } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { createPrice } from "../prices/prices.ts";
import { withoutTiers } from "../prices/routes.ts";
import { need, type Scope } from "../scope.ts";
import { type MetadataChange, mergeMetadata } from "../server/parameters.ts";
import { idOf } from "../store/kinds.ts";

/** A price that is described in place; it is not offered to anyone else. */
interface ItemPriceInput {
  currency: string;
  product: string;
  recurring: { interval: "day" | "week" | "month" | "year"; interval_count?: number | undefined };
  unit_amount?: number | undefined;
  unit_amount_decimal?: string | undefined;
}
export interface ItemInput {
  id?: string | undefined;
  price?: string | undefined;
  price_data?: ItemPriceInput | undefined;
  quantity?: number | undefined;
  deleted?: boolean | undefined;
  metadata?: MetadataChange | undefined;
}

/** Stripe still answers with the plan that a price was before prices were. */
function planOf(price: Stripe.Price): Stripe.Plan {
  return {
    id: price.id,
    object: "plan",
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: price.billing_scheme,
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval ?? "month",
    interval_count: price.recurring?.interval_count ?? 1,
    livemode: false,
    metadata: price.metadata,
    meter: price.recurring?.meter ?? null,
    nickname: price.nickname,
    product: idOf(price.product),
    tiers_mode: price.tiers_mode,
    transform_usage: price.transform_quantity,
    trial_period_days: null,
    usage_type: price.recurring?.usage_type ?? "licensed",
  };
}

function recurringPrice(scope: Scope, id: string, param: string): Stripe.Price & { recurring: Stripe.Price.Recurring } {
  const price = need(scope, "price", id, param);
  const { recurring } = price;
  if (recurring === null) {
    throw invalidRequest(
      `The price specified is set to \`type=one_time\` but this field only accepts prices with \`type=recurring\`.`,
      { param },
    );
  }
  if (!price.active)
    throw invalidRequest("The price specified is inactive. This field only accepts active prices.", { param });
  return { ...price, recurring };
}

/** The price that an input names or describes. */
function givenPrice(scope: Scope, input: ItemInput, param: string) {
  if (input.price !== undefined && input.price_data !== undefined)
    throw invalidRequest("You may only specify one of these parameters: price, price_data.", { param });
  if (input.price !== undefined) return recurringPrice(scope, input.price, `${param}[price]`);
  if (input.price_data === undefined) return undefined;
  return recurringPrice(scope, createPrice(scope, input.price_data).id, `${param}[price_data]`);
}

/** A metered item counts what is used, and has no quantity of its own. */
function quantityOf(
  price: Stripe.Price,
  input: ItemInput,
  known: number | undefined,
  param: string,
): { quantity?: number } {
  if (price.recurring?.usage_type !== "metered") return { quantity: input.quantity ?? known ?? 1 };
  if (input.quantity !== undefined)
    throw invalidRequest("You cannot set a quantity for a metered price.", { param: `${param}[quantity]` });
  return {};
}

/** The price of an item with its tiers, which the item itself does not show. */
export function priceOf(scope: Scope, item: Pick<Stripe.SubscriptionItem, "price">): Stripe.Price {
  return need(scope, "price", item.price.id);
}

/** How often an item is billed. Only recurring prices become items. */
export function intervalOf(item: Stripe.SubscriptionItem): Stripe.Price.Recurring {
  if (item.price.recurring === null) throw invalidRequest(`The price ${item.price.id} is not recurring.`);
  return item.price.recurring;
}

/**
 * The items after a change: inputs with an `id` change or delete that item, others are added, the rest stays.
 * All must share currency and interval. `period` is what new and repriced items are billed for.
 */
export function changedItems(
  scope: Scope,
  subscription: string,
  before: readonly Stripe.SubscriptionItem[],
  inputs: readonly ItemInput[],
  period: { start: number; end: number },
): Stripe.SubscriptionItem[] {
  const items = [...before];
  for (const [index, input] of inputs.entries()) {
    const param = `items[${index}]`;
    const at = items.findIndex((item) => item.id === input.id);
    const known = items[at];
    if (input.id !== undefined && known === undefined)
      throw invalidRequest(`No such subscription item: '${input.id}'`, {
        code: "resource_missing",
        param: `${param}[id]`,
      });
    if (input.deleted === true && known !== undefined) {
      items.splice(at, 1);
      continue;
    }
    const price = givenPrice(scope, input, param);
    if (price === undefined && known === undefined) throw parameterMissing(`${param}[price]`);
    if (known !== undefined) {
      const { quantity: before_, ...rest } = known;
      items[at] = {
        ...rest,
        ...(price === undefined ? {} : { price: withoutTiers(price), plan: planOf(price) }),
        ...quantityOf(price ?? known.price, input, before_, param),
        metadata: mergeMetadata(known.metadata, input.metadata),
      };
    } else if (price !== undefined) {
      if (items.some((item) => item.price.id === price.id))
        throw invalidRequest(`Cannot add multiple subscription items with the same price: ${price.id}`, { param });
      items.push({
        id: createIdentifier("si"),
        object: "subscription_item",
        billing_thresholds: null,
        created: scope.now,
        current_period_start: period.start,
        current_period_end: period.end,
        current_trial: null,
        discounts: [],
        metadata: mergeMetadata(null, input.metadata),
        plan: planOf(price),
        price: withoutTiers(price),
        ...quantityOf(price, input, undefined, param),
        subscription,
        tax_rates: [],
      });
    }
  }
  const [first] = items;
  if (first === undefined) throw invalidRequest("A subscription must have at least one item.", { param: "items" });
  for (const { price } of items) {
    if (price.currency !== first.price.currency)
      throw invalidRequest("All prices on a subscription must be in the same currency.", { param: "items" });
    if (
      price.recurring?.interval !== first.price.recurring?.interval ||
      price.recurring?.interval_count !== first.price.recurring?.interval_count
    )
      throw invalidRequest("All prices on a subscription must have the same recurring interval.", { param: "items" });
  }
  return items;
}

export function itemList(
  subscription: string,
  data: Stripe.SubscriptionItem[],
): Stripe.ApiList<Stripe.SubscriptionItem> {
  return { object: "list", data, has_more: false, url: `/v1/subscription_items?subscription=${subscription}` };
}
