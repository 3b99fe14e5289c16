/**
 * Products, meters and prices at Stripe: found, or made once, however many instances look for them. Made for one push: what
 * tiers share (a feature's product, the meters, a product's prices) is read once.
 */
import type Stripe from "stripe";
import type { NewCall, OperationName } from "../calls/call.ts";
import type { Calls } from "../calls/calls.ts";
import { paymentsErrors } from "../errors.ts";
import { idOf } from "../gateway/objects.ts";
import { ask, readOrNull } from "../gateway/refusal.ts";
import { meterEventName } from "./names.ts";
import { type PriceTerms, paramsOf, says } from "./price-terms.ts";

type Metadata = Readonly<Record<string, string>>;

interface WantedPrice {
  readonly product: string;
  /** What the price is found by: it stands for the newest one, and leaves an older one. */
  readonly lookupKey: string;
  readonly terms: PriceTerms;
  readonly metadata: Metadata;
}

/** Prices of a product that {@link StripeCatalogue.retire} ends. */
export interface Outdated {
  readonly product: string;
  /** All of these are in their metadata. */
  readonly metadata: Metadata;
  readonly interval: string;
  /** The one that stands now. */
  readonly except: string | null;
  /** Whether somebody may still be on it. */
  readonly isInUse: (stripePriceId: string) => Promise<boolean>;
}

export interface StripeCatalogue {
  /** Makes the product, or gives it its name again. */
  product(id: string, name: string, metadata: Metadata): Promise<void>;
  /** The meter that sums up what is charged of a feature. */
  meter(feature: string, name: string): Promise<string>;
  price(wanted: WantedPrice): Promise<string>;
  /** Archives prices that nobody can buy any more and nobody is on; last, when those that stand are made. */
  retire(outdated: readonly Outdated[]): Promise<void>;
}

const limit = 100;
/** The SDK asks for a bound. */
const most = 10_000;

export function createStripeCatalogue({ stripe, calls }: { stripe: Stripe; calls: Calls }): StripeCatalogue {
  /** Finds, else makes: another instance may have made it in between, and then that one is it. */
  async function ensure<Name extends OperationName, Found>(
    find: () => Promise<Found | null>,
    call: NewCall<Name>,
  ): Promise<Found> {
    const known = await find();
    if (known !== null) return known;
    let refusal: unknown;
    try {
      await calls.perform(call);
    } catch (error) {
      refusal = error;
    }
    const made = await find();
    if (made !== null) return made;
    throw (
      refusal ?? paymentsErrors.stripe_unavailable({ detail: `${call.purpose} is being made by another instance.` })
    );
  }

  const products = new Map<string, Promise<void>>();
  let meters: Promise<Map<string, string>> | undefined;

  async function listMeters(): Promise<Map<string, string>> {
    const all = stripe.billing.meters.list({ status: "active", limit }).autoPagingToArray({ limit: most });
    return new Map((await ask(all)).map(({ event_name: name, id }) => [name, id]));
  }

  async function ensureProduct(id: string, name: string, metadata: Metadata): Promise<void> {
    const params = { id, name, metadata };
    const call = { params, subjectId: null, purpose: `product:${id}` };
    const find = () => readOrNull(stripe.products.retrieve(id));
    const product = await ensure(find, { operation: "product.create", ...call });
    if (product.name === name && product.active) return;
    await calls.perform({ operation: "product.update", ...call, params: { ...params, active: true } });
  }

  return {
    product(id, name, metadata) {
      const known = products.get(id) ?? ensureProduct(id, name, metadata);
      products.set(id, known);
      return known;
    },

    async meter(feature, name) {
      const eventName = meterEventName(feature);
      const find = async () => {
        meters ??= listMeters();
        const id = (await meters).get(eventName) ?? null;
        // Not there: the next look is a fresh one, which finds what was made meanwhile.
        if (id === null) meters = undefined;
        return id;
      };
      const params = { event_name: eventName, display_name: name, default_aggregation: { formula: "sum" as const } };
      return ensure(find, { operation: "meter.create", params, subjectId: null, purpose: `meter:${eventName}` });
    },

    async price({ product, lookupKey, terms, metadata }) {
      const find = async () => {
        const query = { lookup_keys: [lookupKey], active: true, limit: 1, expand: ["data.tiers"] };
        const [price] = (await ask(stripe.prices.list(query))).data;
        return price && idOf(price.product) === product && says(price, terms) ? price.id : null;
      };
      // A price never changes: its key moves to the new one, and who has the old one keeps it.
      const params = { ...paramsOf(terms), product, lookup_key: lookupKey, transfer_lookup_key: true, metadata };
      return ensure(find, { operation: "price.create", params, subjectId: null, purpose: `price:${lookupKey}` });
    },

    async retire(outdated) {
      for (const [product, ofProduct] of Map.groupBy(outdated, (one) => one.product)) {
        const prices = stripe.prices.list({ product, active: true, limit }).autoPagingToArray({ limit: most });
        const active = await ask(prices);
        for (const one of ofProduct) {
          for (const { id } of active.filter((price) => isOutdated(price, one))) {
            if (await one.isInUse(id)) continue;
            const params = { id, active: false };
            await calls.perform({ operation: "price.update", params, subjectId: null, purpose: `price:${id}` });
          }
        }
      }
    },
  };
}

function isOutdated(price: Stripe.Price, { metadata, interval, except }: Outdated): boolean {
  const isOne = Object.entries(metadata).every(([name, value]) => price.metadata[name] === value);
  // One that has a key is sold, by an instance that is ahead of this one.
  return isOne && price.id !== except && price.lookup_key === null && price.recurring?.interval === interval;
}
