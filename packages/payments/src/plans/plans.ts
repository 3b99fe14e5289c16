/** The catalogue at Stripe: one product for a tier, one price for a tier and interval, found by its lookup key. */
import type { Money } from "@revops/core";
import type { Database } from "@revops/database";
import type Stripe from "stripe";
import type { Calls } from "../calls/calls.ts";
import { paymentsErrors } from "../errors.ts";
import { idOf } from "../gateway/objects.ts";
import { ask, readOrNull } from "../gateway/refusal.ts";
import type { BillingInterval, PlanPrice } from "./plan.ts";
import type { PlanStore } from "./store.ts";

export interface Plans {
  push(catalog: readonly PlanPrice[]): Promise<void>;
}

/** Metadata of products and prices that says which tier they are. */
export const tierMark = "revops_tier";

const lookupKeyOf = ({ tier, interval }: { tier: string; interval: BillingInterval }) => `revops_${tier}_${interval}`;

type Sold = PlanPrice & { readonly price: Money };

export function createPlans(options: {
  readonly database: Database;
  readonly stripe: Stripe;
  readonly store: PlanStore;
  readonly calls: Calls;
}): Plans {
  const { database, stripe, store, calls } = options;

  async function pushProduct({ tier, name }: PlanPrice): Promise<string> {
    const id = `revops_${tier}`;
    const purpose = `product:${id}`;
    const product = await readOrNull(stripe.products.retrieve(id));
    const metadata = { [tierMark]: tier };
    if (product === null) {
      const params = { id, name, metadata };
      await calls.perform({ operation: "product.create", params, subjectId: null, purpose });
    } else if (product.name !== name || !product.active) {
      const params = { id, name, active: true, metadata };
      await calls.perform({ operation: "product.update", params, subjectId: null, purpose });
    }
    return id;
  }

  /** The price that stands under the lookup key now, if it is this one. */
  async function findPrice(plan: Sold, product: string): Promise<string | null> {
    const found = await ask(stripe.prices.list({ lookup_keys: [lookupKeyOf(plan)], active: true, limit: 1 }));
    const [price] = found.data;
    const same =
      price?.unit_amount === plan.price.amount &&
      price.currency === plan.price.currency &&
      price.recurring?.interval === plan.interval &&
      price.recurring.interval_count === 1 &&
      idOf(price.product) === product;
    return same ? price.id : null;
  }

  async function pushPrice(plan: Sold, product: string): Promise<string> {
    const { tier, interval, price } = plan;
    const lookupKey = lookupKeyOf(plan);
    const known = await findPrice(plan, product);
    if (known !== null) return known;
    const params = {
      product,
      unit_amount: price.amount,
      currency: price.currency,
      recurring: { interval },
      lookup_key: lookupKey,
      // A price's amount never changes; the key moves to the new one, and who has the old one keeps it.
      transfer_lookup_key: true,
      metadata: { [tierMark]: tier },
    };
    const call = { operation: "price.create" as const, params, subjectId: null, purpose: `price:${lookupKey}` };
    const made = await calls.perform(call);
    const id = made.joined ? await findPrice(plan, product) : made.id;
    if (id === null) throw paymentsErrors.stripe_unavailable({ detail: `Another instance pushes ${lookupKey}.` });
    return id;
  }

  return {
    async push(catalog) {
      for (const plan of catalog) {
        const { tier, interval, name, level, price } = plan;
        // Stripe takes these in a product's id and a lookup key.
        if (!/^[a-z0-9_-]{1,60}$/.test(tier)) throw paymentsErrors.unknown_plan({ detail: `"${tier}" is no tier.` });
        let stripePriceId: string | null = null;
        if (price !== null && price.amount > 0) {
          stripePriceId = await pushPrice({ ...plan, price }, await pushProduct(plan));
          await store.putPrice(database, { stripePriceId, tier, interval, price });
        }
        await store.put(database, { tier, interval, name, level, price, stripePriceId });
      }
    },
  };
}
