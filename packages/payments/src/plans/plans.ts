/** The catalogue at Stripe: products, meters and prices that follow the plans. */
import type { Money } from "@revops/core";
import type { Database } from "@revops/database";
import type Stripe from "stripe";
import type { Calls } from "../calls/calls.ts";
import { paymentsErrors } from "../errors.ts";
import {
  addOnKey,
  addOnMark,
  addOnProduct,
  tierKey,
  tierMark,
  tierProduct,
  usageKey,
  usageMark,
  usageProduct,
  usageTierMark,
} from "./names.ts";
import type { AddOnPrice, PlanPrice } from "./plan.ts";
import { isExpressible } from "./price-terms.ts";
import type { PlanStore } from "./store.ts";
import { createStripeCatalogue, type Outdated, type StripeCatalogue } from "./stripe-catalogue.ts";

export interface Plans {
  push(catalog: readonly PlanPrice[], addOns?: readonly AddOnPrice[]): Promise<void>;
}

interface Push {
  readonly catalogue: StripeCatalogue;
  /** What may be archived once all that stands is made. */
  readonly outdated: Outdated[];
}

type Sold = PlanPrice & { readonly price: Money };

export function createPlans(options: {
  readonly database: Database;
  readonly stripe: Stripe;
  readonly store: PlanStore;
  readonly calls: Calls;
}): Plans {
  const { database, store } = options;

  async function pushTier({ catalogue, outdated }: Push, plan: Sold): Promise<string> {
    const { tier, name, interval, price } = plan;
    const product = tierProduct(tier);
    const metadata = { [tierMark]: tier };
    await catalogue.product(product, name, metadata);
    const terms = { currency: price.currency, interval, meter: null, charge: perUnit(price) };
    const stripePriceId = await catalogue.price({ product, lookupKey: tierKey(plan), terms, metadata });
    await store.putPrice(database, { stripePriceId, tier, interval, price });
    const isInUse = (id: string) => store.isOnPrice(database, { stripePriceId: id, tier });
    outdated.push({ product, metadata, interval, except: stripePriceId, isInUse });
    return stripePriceId;
  }

  /** What use costs in a tier. What Stripe has no price for is left out: it is billed by its amount. */
  async function pushUsage({ catalogue, outdated }: Push, plan: Sold): Promise<void> {
    const { tier, interval, usage = [], price } = plan;
    const sold = usage.filter(({ charge }) => isExpressible(charge));
    const before = await store.pushedUsage(database, tier, interval);
    for (const { feature, name, charge } of sold) {
      const product = usageProduct(feature);
      await catalogue.product(product, name, { [usageMark]: feature });
      const stripeMeterId = await catalogue.meter(feature, name);
      const terms = { currency: price.currency, interval, meter: stripeMeterId, charge };
      const wanted = { product, lookupKey: usageKey(plan, feature), terms, metadata: usageMarks(tier, feature) };
      const stripePriceId = await catalogue.price(wanted);
      await store.putUsagePrice(database, { tier, interval, feature, stripePriceId, stripeMeterId });
      outdated.push(outdatedUsage(plan, feature, stripePriceId));
    }
    for (const { feature } of before) {
      if (sold.some((still) => still.feature === feature)) continue;
      await store.putUsagePrice(database, { tier, interval, feature, stripePriceId: null, stripeMeterId: null });
      outdated.push(outdatedUsage(plan, feature, null));
    }
  }

  function outdatedUsage({ tier, interval }: Sold, feature: string, except: string | null): Outdated {
    const metadata = usageMarks(tier, feature);
    const isInUse = () => store.isOnTier(database, { tier, interval });
    return { product: usageProduct(feature), metadata, interval, except, isInUse };
  }

  async function pushAddOn({ catalogue, outdated }: Push, { addOn, name, price, interval }: AddOnPrice): Promise<void> {
    const product = addOnProduct(addOn);
    const metadata = { [addOnMark]: addOn };
    await catalogue.product(product, name, metadata);
    const terms = { currency: price.currency, interval, meter: null, charge: perUnit(price) };
    const stripePriceId = await catalogue.price({ product, lookupKey: addOnKey(addOn, interval), terms, metadata });
    await store.putAddOnPrice(database, { addOn, interval, stripePriceId, price });
    // A statement bills add-ons by their amount: no subscription is on such a price.
    const isInUse = async () => false;
    outdated.push({ product, metadata, interval, except: stripePriceId, isInUse });
  }

  return {
    async push(catalog, addOns = []) {
      for (const plan of catalog) checkNames(plan);
      for (const { addOn } of addOns) checkName("add-on", addOn);
      const push: Push = { catalogue: createStripeCatalogue(options), outdated: [] };
      // Known before Stripe answers, so that who asks for one meanwhile hears what it waits for.
      for (const { tier, interval, name, level, price } of catalog) {
        await store.announce(database, { tier, interval, name, level, price });
      }
      for (const plan of catalog) {
        const { tier, interval, name, level, price } = plan;
        const sold = price !== null && price.amount > 0 ? { ...plan, price } : null;
        const stripePriceId = sold && (await pushTier(push, sold));
        if (sold) await pushUsage(push, sold);
        await store.put(database, { tier, interval, name, level, price, stripePriceId });
      }
      for (const addOn of addOns) if (addOn.price.amount > 0) await pushAddOn(push, addOn);
      await push.catalogue.retire(push.outdated);
    },
  };
}

function checkNames({ tier, usage = [] }: PlanPrice): void {
  checkName("tier", tier);
  for (const { feature } of usage) checkName("feature", feature);
}

/** Stripe takes these in a product's id, a lookup key and the name of a meter's events. */
function checkName(kind: string, name: string): void {
  if (!/^[a-z0-9_-]{1,64}$/.test(name)) throw paymentsErrors.unknown_plan({ detail: `"${name}" is no ${kind}.` });
}

function perUnit({ amount }: Money) {
  return { model: "per_unit", unitAmount: String(amount) } as const;
}

function usageMarks(tier: string, feature: string) {
  return { [usageMark]: feature, [usageTierMark]: tier };
}
