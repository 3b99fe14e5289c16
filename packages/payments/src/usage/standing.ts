/** Asks Stripe where the subscription of a closed cycle stands. */
import { type Clock, minuteMs } from "@revops/core";
import type { Database } from "@revops/database";
import type Stripe from "stripe";
import { idOf, toUnix } from "../gateway/objects.ts";
import { ask } from "../gateway/refusal.ts";
import { linesOf } from "../invoices/lines.ts";
import { usageMark, usageTierMark } from "../plans/names.ts";
import type { UsageCharge } from "../plans/plan.ts";
import { chargeOf } from "../plans/price-terms.ts";
import type { SubscriptionStore } from "../subscriptions/store.ts";
import type { UsageBill } from "./bill.ts";
import { nowhere, type Standing } from "./channel.ts";

/** A draft that is finalized sooner is as good as final: what is sent now may not be counted any more. */
const safetyMs = 2 * minuteMs;
/** Stripe renews a little after a period's end, and its draft stays open for an hour. */
const patienceMs = 45 * minuteMs;

export interface BillingTarget extends Standing {
  readonly customer: string;
}

/** A line that is the use of a feature, at the price of a tier. */
export interface UsageLine {
  readonly feature: string;
  readonly tier: string | null;
  readonly line: Stripe.InvoiceLineItem;
  /** What its price is; null where that is none that we know. */
  readonly charge: UsageCharge | null;
  /** What it comes to for no use, in minor units. */
  readonly unused: number;
}

export interface Standings {
  /** `null`: no subscription. `renewing`: Stripe has not made the invoice of the period yet, ask again in a minute. */
  of(bill: UsageBill): Promise<BillingTarget | "renewing" | null>;
  /** The invoice that charges for the use of a closed cycle's period; null where there is none, as of one that was cut short. */
  invoiceOf(bill: UsageBill): Promise<Stripe.Invoice | null>;
  /** Lines of an invoice that are use of a feature in the period that ends then. */
  usageLines(invoice: Stripe.Invoice, periodEnd: Date): Promise<UsageLine[]>;
}

export function createStandings(options: {
  readonly database: Database;
  readonly stripe: Stripe;
  readonly clock: Clock;
  readonly subscriptions: SubscriptionStore;
}): Standings {
  const { database, stripe, clock, subscriptions } = options;

  async function usageLines(invoice: Stripe.Invoice, periodEnd: Date) {
    const end = toUnix(periodEnd);
    const prices = new Map<string, Stripe.Price>();
    const found: UsageLine[] = [];
    for (const line of await linesOf(stripe, invoice)) {
      const id = idOf(line.pricing?.price_details?.price);
      if (id === null || line.period.end !== end || line.period.start >= end) continue;
      const price = prices.get(id) ?? (await ask(stripe.prices.retrieve(id, { expand: ["tiers"] })));
      prices.set(id, price);
      const { [usageMark]: feature, [usageTierMark]: tier = null } = price.metadata;
      const [charge, unused] = [chargeOf(price), price.tiers?.[0]?.flat_amount ?? 0];
      if (feature !== undefined) found.push({ feature, tier, line, charge, unused });
    }
    return found;
  }

  async function renewalOf(
    subscription: string,
    { periodStart, periodEnd }: UsageBill,
  ): Promise<Stripe.Invoice | null> {
    const end = toUnix(periodEnd);
    // A change in the very second of a renewal leaves a cycle that has no second of its own: the invoice is of the one before.
    if (toUnix(periodStart) >= end) return null;
    // Made at the end of the period or later.
    const list = stripe.invoices.list({ subscription, created: { gte: end - 60 }, limit: 100 });
    const renewals = (await ask(list)).data.filter(
      ({ billing_reason: reason, period_end }) => reason === "subscription_cycle" && period_end === end,
    );
    return renewals[0] ?? null;
  }

  return {
    usageLines,
    async invoiceOf(bill) {
      const { subjectId, periodStart: start, periodEnd: end } = bill;
      const known = await subscriptions.findDuring(database, subjectId, { start, end });
      return known && (await renewalOf(known.stripeSubscriptionId, bill));
    },
    async of(bill) {
      const { subjectId, tier: own, periodStart, periodEnd } = bill;
      const known = await subscriptions.findDuring(database, subjectId, { start: periodStart, end: periodEnd });
      if (!known) return null;
      const subscription = await ask(stripe.subscriptions.retrieve(known.stripeSubscriptionId));
      const end = toUnix(periodEnd);
      const now = clock.now().getTime();
      const ended = subscription.ended_at !== null;
      const renewal = await renewalOf(subscription.id, bill);
      const target = { customer: idOf(subscription.customer) ?? "", subscription: subscription.id, ended, ...nowhere };
      if (!renewal) {
        const ends = subscription.items.data.map(({ current_period_end: at }) => at);
        const due = !ended && toUnix(periodStart) < end && ends.includes(end) && now < periodEnd.getTime() + patienceMs;
        return due ? "renewing" : target;
      }
      const finalizes = renewal.automatically_finalizes_at;
      const open = renewal.status === "draft" && (finalizes === null || finalizes * 1_000 > now + safetyMs);
      // A tier that took over with the next period has prices of its own, which this use was not rated by.
      const used = (await usageLines(renewal, periodEnd)).filter(({ tier }) => tier === own);
      const unused = new Map(used.map(({ feature, unused: amount }) => [feature, amount]));
      const metered = new Map(used.flatMap(({ feature, charge }) => (charge ? [[feature, charge] as const] : [])));
      return open ? { ...target, metered, draft: renewal.id, unused } : { ...target, unused };
    },
  };
}
