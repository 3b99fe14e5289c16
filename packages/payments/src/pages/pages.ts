/** Stripe's own pages: checkout and the customer's portal. */
import type { Database } from "@revops/database";
import type { Jobs } from "@revops/jobs";
import type Stripe from "stripe";
import type { Calls } from "../calls/calls.ts";
import type { Customers } from "../customers/customers.ts";
import { subjectMark } from "../customers/read-customer.ts";
import { paymentsErrors } from "../errors.ts";
import { ask } from "../gateway/refusal.ts";
import { planAtStripe } from "../plans/at-stripe.ts";
import { tierMark } from "../plans/names.ts";
import type { BillingInterval } from "../plans/plan.ts";
import type { PlanStore } from "../plans/store.ts";
import { pageMark } from "../subscriptions/duplicates.ts";
import { itemsOf } from "../subscriptions/items.ts";
import type { SubscriptionStore } from "../subscriptions/store.ts";
import type { CheckoutStore } from "./store.ts";

export interface CheckoutInput {
  readonly subjectId: string;
  readonly tier: string;
  /** A month when left out. */
  readonly interval?: BillingInterval | undefined;
  /** Where Stripe leads to when it is paid, and when it is given up. */
  readonly successUrl: string;
  readonly cancelUrl: string;
}

export interface PortalInput {
  readonly subjectId: string;
  /** Where Stripe leads back to. */
  readonly returnUrl: string;
}

/** Where to lead a person. */
export interface PageLink {
  readonly url: string;
}

/** The job that ends the open pages of who has subscribed. */
export const expirePagesJob = "payments.pages.expire";

export interface Pages {
  checkout(input: CheckoutInput): Promise<PageLink>;
  portal(input: PortalInput): Promise<PageLink>;
  /** Of two pages for one subject, only the newest can be paid: nobody subscribes twice in two tabs. */
  expireOpen(customer: string): Promise<void>;
}

export function createPages(options: {
  readonly database: Database;
  readonly jobs: Jobs;
  readonly stripe: Stripe;
  readonly store: CheckoutStore;
  readonly calls: Calls;
  readonly customers: Customers;
  readonly plans: PlanStore;
  readonly subscriptions: SubscriptionStore;
}): Pages {
  const { database, jobs, stripe, store, calls, customers, plans, subscriptions } = options;

  async function expireOpen(customer: string): Promise<void> {
    const list = stripe.checkout.sessions.list({ customer, status: "open", limit: 100 });
    for (const { id } of (await ask(list)).data) await expire(id);
  }

  async function expire(id: string): Promise<void> {
    await calls.perform({ operation: "checkout.expire", params: { id }, subjectId: null, purpose: `checkout:${id}` });
  }

  jobs.handle<{ subjectId: string }>(expirePagesJob, async ({ subjectId }) => {
    for (const { id } of await store.listOpen(database, subjectId)) await expire(id);
  });

  return {
    expireOpen,
    async checkout({ subjectId, tier, interval = "month", successUrl, cancelUrl }) {
      const { stripePriceId } = planAtStripe(tier, await plans.find(database, tier, interval));
      if (await subscriptions.findLiving(database, subjectId)) throw paymentsErrors.subscription_exists();
      const usage = await plans.usagePrices(database, tier, interval);
      checkUrl(successUrl);
      checkUrl(cancelUrl);
      const { stripeCustomerId: customer } = await customers.ensure({ subjectId });
      await expireOpen(customer);
      const metadata = { [subjectMark]: subjectId };
      const made = await calls.perform({
        operation: "checkout.create",
        subjectId,
        params: {
          mode: "subscription",
          customer,
          client_reference_id: subjectId,
          line_items: itemsOf({ stripePriceId, usage }),
          success_url: successUrl,
          cancel_url: cancelUrl,
          metadata: { ...metadata, [tierMark]: tier },
          subscription_data: { metadata: { ...metadata, [pageMark]: "checkout" } },
        },
      });
      return linkOf(made);
    },

    async portal({ subjectId, returnUrl }) {
      checkUrl(returnUrl);
      const { stripeCustomerId: customer } = await customers.ensure({ subjectId });
      const params = { customer, return_url: returnUrl };
      return linkOf(await calls.perform({ operation: "portal.create", params, subjectId }));
    },
  };
}

function linkOf(made: { readonly joined: boolean; readonly url?: string | null }): PageLink {
  if (!made.url) throw paymentsErrors.stripe_unavailable({ detail: "Stripe made no page." });
  return { url: made.url };
}

/** Stripe itself takes http only for tests; anything else is not where a browser is to be led. */
function checkUrl(url: string): void {
  const parsed = URL.parse(url);
  const safe = parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.username === "" && parsed.password === "";
  if (!safe || url.length > 2_000) {
    throw paymentsErrors.invalid_return_url({ detail: "An address to return to begins with https:// or http://." });
  }
}
