/** What a change would charge. */
import { type Clock, money } from "@revops/core";
import type { Database } from "@revops/database";
import type Stripe from "stripe";
import type { CustomerStore } from "../customers/store.ts";
import { ask } from "../gateway/refusal.ts";
import type { SoldPlan } from "./change.ts";
import { changeOfItems, itemsOf, type ReadMeteredItems } from "./items.ts";
import type { StoredSubscription } from "./store.ts";
import type { ChangePreview, ChangePreviewLine } from "./subscription.ts";

export function createPreview(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly stripe: Stripe;
  readonly customerStore: CustomerStore;
  readonly readMetered: ReadMeteredItems;
}) {
  const { database, clock, stripe, customerStore, readMetered } = options;

  async function linesOf(
    params: Stripe.InvoiceCreatePreviewParams,
  ): Promise<Pick<ChangePreview, "amountDue" | "lines">> {
    const invoice = await ask(stripe.invoices.createPreview(params));
    // What is metered costs nothing before it is used.
    const charged = invoice.lines.data.filter(({ amount, quantity }) => amount !== 0 || quantity !== 0);
    return { amountDue: money(invoice.amount_due, invoice.currency), lines: charged.map(toLine) };
  }

  return {
    async start(subjectId: string, plan: SoldPlan): Promise<ChangePreview> {
      const { tier, name } = plan;
      const price = plan.price ?? money(0, "usd");
      const customer = (await customerStore.find(database, subjectId))?.stripeCustomerId;
      const charged = customer
        ? await linesOf({ customer, subscription_details: { items: itemsOf(plan) } })
        : { amountDue: price, lines: [{ description: name, amount: price, proration: false }] };
      return { tier, kind: "start", effectiveAt: clock.now(), ...charged };
    },

    async upgrade(living: StoredSubscription, plan: SoldPlan): Promise<ChangePreview> {
      const charged = await linesOf({
        subscription: living.stripeSubscriptionId,
        subscription_details: {
          items: changeOfItems(await readMetered(living), living.stripeItemId, plan),
          proration_behavior: "always_invoice",
        },
      });
      return { tier: plan.tier, kind: "upgrade", effectiveAt: clock.now(), ...charged };
    },

    /** What costs nothing now. */
    later(living: StoredSubscription, tier: string, kind: "downgrade" | "cancel" | "none"): ChangePreview {
      const effectiveAt = kind === "none" ? clock.now() : living.currentPeriodEnd;
      return { tier, kind, effectiveAt, amountDue: money(0, living.price.currency), lines: [] };
    },
  };
}

function toLine({ description, amount, currency, parent }: Stripe.InvoiceLineItem): ChangePreviewLine {
  return {
    description: description ?? "",
    amount: money(amount, currency),
    proration: parent?.subscription_item_details?.proration ?? parent?.invoice_item_details?.proration ?? false,
  };
}
