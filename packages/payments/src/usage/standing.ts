/** Asks Stripe where the subscription of a closed cycle stands. */
import { type Clock, minuteMs } from "@revops/core";
import type { Database } from "@revops/database";
import type Stripe from "stripe";
import { idOf, toUnix } from "../gateway/objects.ts";
import { ask } from "../gateway/refusal.ts";
import { linesOf } from "../invoices/lines.ts";
import { usageMark, usageTierMark } from "../plans/names.ts";
import type { SubscriptionStore } from "../subscriptions/store.ts";
import type { UsageBill } from "./bill.ts";
import type { Standing } from "./channel.ts";

/** A draft that is finalized sooner is as good as final: what is sent now may not be counted any more. */
const safetyMs = 2 * minuteMs;
/** Stripe renews a little after a period's end, and its draft stays open for an hour. */
const patienceMs = 45 * minuteMs;

export interface BillingTarget extends Standing {
  readonly customer: string;
}

/** A line that is the use of a feature, at the price of a tier. */
interface UsageLine {
  readonly feature: string;
  readonly tier: string | null;
  readonly line: Stripe.InvoiceLineItem;
}

export interface Standings {
  /** `null`: no subscription. `renewing`: Stripe has not made the invoice of the period yet, ask again in a minute. */
  of(bill: UsageBill): Promise<BillingTarget | "renewing" | null>;
  /** Lines of an invoice that are use of a feature. */
  usageLines(invoice: Stripe.Invoice): Promise<UsageLine[]>;
}

export function createStandings(options: {
  readonly database: Database;
  readonly stripe: Stripe;
  readonly clock: Clock;
  readonly subscriptions: SubscriptionStore;
}): Standings {
  const { database, stripe, clock, subscriptions } = options;

  async function usageLines(invoice: Stripe.Invoice) {
    const prices = new Map<string, Stripe.Metadata>();
    const found: UsageLine[] = [];
    for (const line of await linesOf(stripe, invoice)) {
      const price = idOf(line.pricing?.price_details?.price);
      if (price === null) continue;
      const metadata = prices.get(price) ?? (await ask(stripe.prices.retrieve(price))).metadata;
      prices.set(price, metadata);
      const feature = metadata[usageMark];
      if (feature !== undefined) found.push({ feature, tier: metadata[usageTierMark] ?? null, line });
    }
    return found;
  }

  async function draftOf(subscription: string, end: number): Promise<Stripe.Invoice | null> {
    // Made at the end of the period or later.
    const list = stripe.invoices.list({ subscription, created: { gte: end - 60 }, limit: 100 });
    const renewals = (await ask(list)).data.filter(
      ({ billing_reason: reason, period_end }) => reason === "subscription_cycle" && period_end === end,
    );
    return renewals[0] ?? null;
  }

  return {
    usageLines,
    async of({ subjectId, tier: own, periodStart, periodEnd }) {
      const known = await subscriptions.findDuring(database, subjectId, { start: periodStart, end: periodEnd });
      if (!known) return null;
      const subscription = await ask(stripe.subscriptions.retrieve(known.stripeSubscriptionId));
      const end = toUnix(periodEnd);
      const now = clock.now().getTime();
      const ended = subscription.ended_at !== null;
      const renewal = await draftOf(subscription.id, end);
      const target = { customer: idOf(subscription.customer) ?? "", subscription: subscription.id, ended };
      if (!renewal) {
        const ends = subscription.items.data.map(({ current_period_end: at }) => at);
        const due = !ended && ends.includes(end) && now < periodEnd.getTime() + patienceMs;
        return due ? "renewing" : { ...target, metered: new Set(), draft: null };
      }
      const finalizes = renewal.automatically_finalizes_at;
      const open = renewal.status === "draft" && (finalizes === null || finalizes * 1_000 > now + safetyMs);
      if (!open) return { ...target, metered: new Set(), draft: null };
      // A tier that took over with the next period has prices of its own, which this use was not rated by.
      const used = (await usageLines(renewal)).filter(({ tier, line }) => tier === own && line.period.end === end);
      return { ...target, metered: new Set(used.map(({ feature }) => feature)), draft: renewal.id };
    },
  };
}
