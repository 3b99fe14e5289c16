import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { createInvoice } from "../invoices/invoices.ts";
import { itemAmount, prorationLine, recurringLine } from "../invoices/lines.ts";
import { wireDecimal } from "../prices/decimals.ts";
import { change, need, type Scope } from "../scope.ts";
import { type MetadataChange, mergeMetadata } from "../server/parameters.ts";
import { idOf } from "../store/kinds.ts";
import { periodEnd } from "./billing-period.ts";
import { changedItems, type ItemInput, intervalOf, itemList } from "./items.ts";
import { restOf } from "./proration.ts";
import { checkMethod, collectNow, onCustomersClock, type PaymentBehavior, periodOf } from "./subscriptions.ts";

export type ProrationBehavior = "always_invoice" | "create_prorations" | "none";

export interface UpdateInput {
  items?: readonly ItemInput[] | undefined;
  billing_cycle_anchor?: "now" | "unchanged" | undefined;
  cancel_at_period_end?: boolean | undefined;
  default_payment_method?: string | null | undefined;
  description?: string | null | undefined;
  metadata?: MetadataChange | undefined;
  payment_behavior?: PaymentBehavior | undefined;
  proration_behavior?: ProrationBehavior | undefined;
  proration_date?: number | undefined;
}

/** Changes a subscription and bills the difference as asked for. */
export function updateSubscription(requestScope: Scope, id: string, input: UpdateInput): Stripe.Subscription {
  const before = need(requestScope, "subscription", id);
  const scope = onCustomersClock(requestScope, idOf(before.customer) ?? "");
  const { metadata, ...others } = input;
  const onlyMetadata = Object.values(others).every((value) => value === undefined);
  if ((before.status === "canceled" || before.status === "incomplete_expired") && onlyMetadata) {
    const merged = mergeMetadata(before.metadata, metadata);
    return change(scope, "subscription", before, { metadata: merged }, "customer.subscription.updated");
  }
  if (before.status === "canceled" || before.status === "incomplete_expired") {
    throw invalidRequest("A canceled subscription can only update its cancellation_details and metadata.", {
      code: "resource_missing",
    });
  }
  if (before.schedule !== null && input.items !== undefined) {
    throw invalidRequest(
      `The subscription is managed by the subscription schedule \`${idOf(before.schedule)}\`, and updating its items directly is not allowed. Update or release the schedule instead.`,
    );
  }
  const method = input.default_payment_method;
  if (method !== undefined && method !== null) checkMethod(scope, idOf(before.customer) ?? "", method);
  const { subscription, draft } = applyChange(scope, before, input);
  if (draft !== null) collectNow(scope, draft, input.payment_behavior ?? "allow_incomplete");
  return need(scope, "subscription", subscription.id);
}

/** Everything of an update but the collecting, which a preview leaves out. */
export function applyChange(
  scope: Scope,
  before: Stripe.Subscription,
  input: UpdateInput,
): { subscription: Stripe.Subscription; draft: Stripe.Invoice | null } {
  const period = periodOf(before);
  const items =
    input.items === undefined
      ? before.items.data
      : changedItems(scope, before.id, before.items.data, input.items, period);
  const free = (of: readonly Stripe.SubscriptionItem[]) => of.every((item) => itemAmount(scope, item) === 0n);
  // Source: https://docs.stripe.com/api/subscriptions/update ("Switching prices does not normally change the billing date … unless")
  const resets =
    input.billing_cycle_anchor === "now" || !sameInterval(before, items) || (free(before.items.data) && !free(items));
  const [first] = items;
  const next =
    resets && first !== undefined
      ? { start: scope.now, end: periodEnd(scope.now, intervalOf(first), scope.now) }
      : period;
  const moved = items.map((item) => ({ ...item, current_period_start: next.start, current_period_end: next.end }));
  const patch: Partial<Stripe.Subscription> = {
    items: itemList(before.id, moved),
    metadata: mergeMetadata(before.metadata, input.metadata),
  };
  if (resets) {
    patch.billing_cycle_anchor = scope.now;
    scope.timers.set({
      object: before.id,
      task: "subscription.cycle",
      due: next.end,
      testClock: idOf(before.test_clock),
    });
  }
  if (input.description !== undefined) patch.description = input.description;
  if (input.default_payment_method !== undefined) patch.default_payment_method = input.default_payment_method;
  if (input.cancel_at_period_end !== undefined && input.cancel_at_period_end !== before.cancel_at_period_end) {
    patch.cancel_at_period_end = input.cancel_at_period_end;
    patch.cancel_at = input.cancel_at_period_end ? next.end : null;
    patch.canceled_at = input.cancel_at_period_end ? scope.now : null;
    patch.cancellation_details = {
      comment: null,
      feedback: null,
      feedback_option: null,
      reason: input.cancel_at_period_end ? "cancellation_requested" : null,
    };
  } else if (resets && before.cancel_at_period_end) patch.cancel_at = next.end;
  const after = change(scope, "subscription", before, patch, "customer.subscription.updated");
  const behavior = input.proration_behavior ?? "create_prorations";
  const at = input.proration_date ?? scope.now;
  if (at < period.start || at > period.end)
    throw invalidRequest("Cannot specify `proration_date` outside of the subscription's current period.", {
      param: "proration_date",
    });
  if (input.items !== undefined || resets) {
    if (behavior !== "none") prorate(scope, before, after, { at, resets });
    if (behavior === "always_invoice" || resets) return billNow(scope, before, after, { at, resets });
  }
  return { subscription: after, draft: null };
}

function sameInterval(before: Stripe.Subscription, items: readonly Stripe.SubscriptionItem[]): boolean {
  const was = before.items.data[0]?.price.recurring;
  const is = items[0]?.price.recurring;
  return was?.interval === is?.interval && was?.interval_count === is?.interval_count;
}

/** Puts money back for the rest of the old items, and asks for the rest of the new ones, on the next invoice. */
function prorate(
  scope: Scope,
  before: Stripe.Subscription,
  after: Stripe.Subscription,
  { at, resets }: { at: number; resets: boolean },
): void {
  const period = periodOf(before);
  // At the very end of a period there is nothing left to share out.
  if (at >= period.end) return;
  const rest = { start: at, end: period.end };
  for (const old of before.items.data) {
    const now = after.items.data.find((item) => item.id === old.id);
    if (!resets && now !== undefined && now.price.id === old.price.id && now.quantity === old.quantity) continue;
    addProration(scope, after, old, "unused", -restOf(itemAmount(scope, old), at, period), rest);
  }
  // A period that starts anew is billed whole, see billNow.
  if (resets) return;
  for (const item of after.items.data) {
    const old = before.items.data.find((one) => one.id === item.id);
    if (old !== undefined && item.price.id === old.price.id && item.quantity === old.quantity) continue;
    addProration(scope, after, item, "remaining", restOf(itemAmount(scope, item), at, period), rest);
  }
}

function addProration(
  scope: Scope,
  subscription: Stripe.Subscription,
  item: Stripe.SubscriptionItem,
  kind: "unused" | "remaining",
  amount: number,
  period: { start: number; end: number },
): void {
  const line = prorationLine(scope, item, kind, amount, period);
  const invoiceItem = scope.objects.insert("invoiceitem", {
    id: createIdentifier("ii"),
    object: "invoiceitem",
    amount,
    currency: line.currency,
    customer: idOf(subscription.customer) ?? "",
    customer_account: null,
    date: scope.now,
    description: line.description,
    discountable: false,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    parent: {
      type: "subscription_details",
      subscription_details: { subscription: subscription.id, subscription_item: item.id },
    },
    period,
    pricing: line.pricing,
    proration: true,
    proration_details: { credited_items: null, discount_amounts: [] },
    quantity: item.quantity ?? 1,
    quantity_decimal: wireDecimal(String(item.quantity ?? 1)),
    tax_rates: [],
    test_clock: idOf(subscription.test_clock),
  });
  scope.emit("invoiceitem.created", invoiceItem);
}

function billNow(
  scope: Scope,
  before: Stripe.Subscription,
  after: Stripe.Subscription,
  { at, resets }: { at: number; resets: boolean },
): { subscription: Stripe.Subscription; draft: Stripe.Invoice } {
  const lines = resets ? after.items.data.map((item) => recurringLine(scope, item, periodOf(after))) : [];
  const draft = createInvoice(scope, {
    customer: idOf(after.customer) ?? "",
    subscription: after,
    prorationDate: at,
    reason: "subscription_update",
    currency: after.currency,
    lines,
    period: { start: periodOf(before).start, end: scope.now },
    autoAdvance: true,
  });
  const subscription = change(
    scope,
    "subscription",
    need(scope, "subscription", after.id),
    { latest_invoice: draft.id },
    null,
  );
  return { subscription, draft };
}
