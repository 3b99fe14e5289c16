import type Stripe from "stripe";
import { createDiscounts, type DiscountInput, endDiscount } from "../coupons/discounts.ts";
import { invalidRequest } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { createInvoice } from "../invoices/invoices.ts";
import { isMetered, itemAmount, type Period, prorationLine, recurringLine } from "../invoices/lines.ts";
import { wireDecimal } from "../prices/decimals.ts";
import { change, need, type Scope } from "../scope.ts";
import { type MetadataChange, mergeMetadata } from "../server/parameters.ts";
import { idOf } from "../store/kinds.ts";
import { periodEnd } from "./billing-period.ts";
import type { CancellationDetails } from "./cancel.ts";
import { addInvoiceItems, type ExtraInput } from "./extras.ts";
import { changedItems, type ItemInput, intervalOf, itemList } from "./items.ts";
import { billedAmount, netAmount } from "./net-amount.ts";
import { type PauseInput, pausePatch } from "./pause.ts";
import { restOf } from "./proration.ts";
import {
  checkMethod,
  collectNow,
  linkInvoice,
  type MissingMethod,
  onCustomersClock,
  type PaymentBehavior,
  periodOf,
  planCancellation,
} from "./subscriptions.ts";
import { planTrialEnd, trialEndOf } from "./trial.ts";

export type ProrationBehavior = "always_invoice" | "create_prorations" | "none";

export interface UpdateInput {
  items?: readonly ItemInput[] | undefined;
  add_invoice_items?: readonly ExtraInput[] | undefined;
  billing_cycle_anchor?: "now" | "unchanged" | undefined;
  /** Unix seconds; null takes it back. */
  cancel_at?: number | null | undefined;
  cancel_at_period_end?: boolean | undefined;
  cancellation_details?: CancellationDetails | undefined;
  default_payment_method?: string | null | undefined;
  description?: string | null | undefined;
  discounts?: readonly DiscountInput[] | null | undefined;
  metadata?: MetadataChange | undefined;
  pause_collection?: PauseInput | null | undefined;
  payment_settings?: { save_default_payment_method?: "off" | "on_subscription" | undefined } | undefined;
  trial_end?: number | "now" | undefined;
  trial_settings?: { end_behavior: { missing_payment_method: MissingMethod } } | undefined;
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
  const trial = trialChange(scope, before, input);
  const resets = trial.ends || (trial.end === null && startsAnew(scope, before, items, input));
  const next = nextPeriod(scope, period, items, { resets, trialEnd: trial.end });
  const moved = items.map((item) => ({ ...item, current_period_start: next.start, current_period_end: next.end }));
  const patch: Partial<Stripe.Subscription> = {
    items: itemList(before.id, moved),
    metadata: mergeMetadata(before.metadata, input.metadata),
    ...trial.patch,
    ...cancellationPatch(scope, before, input, next.end),
    ...(input.pause_collection === undefined ? {} : pausePatch(scope, before, input.pause_collection)),
    ...settingsPatch(before, input),
  };
  if (resets) patch.billing_cycle_anchor = scope.now;
  if (input.discounts !== undefined) patch.discounts = replaceDiscounts(scope, before, input.discounts ?? []);
  const after = change(scope, "subscription", before, patch, "customer.subscription.updated");
  if (resets || next.end !== period.end) {
    const testClock = idOf(before.test_clock);
    scope.timers.set({ object: before.id, task: "subscription.cycle", due: next.end, testClock });
  }
  if (trial.ends) scope.timers.clear(before.id, "subscription.trial-will-end");
  if (trial.end !== null) planTrialEnd(scope, after);
  planCancellation(scope, after);
  addInvoiceItems(scope, after, input.add_invoice_items ?? []);
  return bill(scope, before, after, input, { resets, entersTrial: trial.end !== null });
}

/** What a change of the trial does: it ends now, ends at another time, or begins. */
function trialChange(scope: Scope, before: Stripe.Subscription, { trial_end }: UpdateInput) {
  const none = { ends: false, end: null, patch: {} };
  if (trial_end === undefined) return none;
  if (trial_end === "now") {
    if (before.status !== "trialing") return none;
    return { ends: true, end: null, patch: { status: "active" as const, trial_end: scope.now } };
  }
  const end = trialEndOf(scope, { trial_end });
  const patch: Partial<Stripe.Subscription> = {
    status: "trialing",
    trial_start: before.trial_start ?? scope.now,
    trial_end: end,
    ...(end === null ? {} : { billing_cycle_anchor: end }),
  };
  return { ends: false, end, patch };
}

/** Whether billing begins anew now. Source: https://docs.stripe.com/api/subscriptions/update ("Switching prices does not normally change the billing date … unless") */
function startsAnew(
  scope: Scope,
  before: Stripe.Subscription,
  items: readonly Stripe.SubscriptionItem[],
  input: UpdateInput,
): boolean {
  if (input.billing_cycle_anchor === "now") return true;
  // In a trial nothing is billed yet: the first bill comes at its end, whatever it will be for.
  if (before.status === "trialing") return false;
  const free = (of: readonly Stripe.SubscriptionItem[]) =>
    of.every((item) => !isMetered(item) && itemAmount(scope, item) === 0n);
  return !sameInterval(before, items) || (free(before.items.data) && !free(items));
}

function nextPeriod(
  scope: Scope,
  period: Period,
  [first]: readonly Stripe.SubscriptionItem[],
  { resets, trialEnd }: { resets: boolean; trialEnd: number | null },
): Period {
  if (trialEnd !== null) return { start: period.start, end: trialEnd };
  if (!resets || first === undefined) return period;
  return { start: scope.now, end: periodEnd(scope.now, intervalOf(first), scope.now) };
}

/** When a subscription shall end, and since when that is known. */
function cancellationPatch(
  scope: Scope,
  before: Stripe.Subscription,
  input: UpdateInput,
  periodEndsAt: number,
): Partial<Stripe.Subscription> {
  const { cancel_at, cancel_at_period_end, cancellation_details } = input;
  if (cancel_at !== undefined && cancel_at !== null && cancel_at_period_end === true)
    throw invalidRequest("You may only specify one of these parameters: cancel_at, cancel_at_period_end.", {
      param: "cancel_at",
    });
  const details = (reason: "cancellation_requested" | null) => ({
    comment: cancellation_details?.comment ?? null,
    feedback: cancellation_details?.feedback ?? null,
    feedback_option: null,
    reason,
  });
  if (cancel_at !== undefined) {
    if (cancel_at !== null && cancel_at <= scope.now)
      throw invalidRequest("The cancel_at must be in the future.", { param: "cancel_at" });
    return {
      cancel_at,
      cancel_at_period_end: false,
      canceled_at: cancel_at === null ? null : (before.canceled_at ?? scope.now),
      cancellation_details: details(cancel_at === null ? null : "cancellation_requested"),
    };
  }
  if (cancel_at_period_end !== undefined && cancel_at_period_end !== before.cancel_at_period_end) {
    return {
      cancel_at_period_end,
      cancel_at: cancel_at_period_end ? periodEndsAt : null,
      canceled_at: cancel_at_period_end ? scope.now : null,
      cancellation_details: details(cancel_at_period_end ? "cancellation_requested" : null),
    };
  }
  const patch: Partial<Stripe.Subscription> = before.cancel_at_period_end ? { cancel_at: periodEndsAt } : {};
  if (cancellation_details !== undefined)
    patch.cancellation_details = details(before.cancel_at === null ? null : "cancellation_requested");
  return patch;
}

function settingsPatch(before: Stripe.Subscription, input: UpdateInput): Partial<Stripe.Subscription> {
  const patch: Partial<Stripe.Subscription> = {};
  if (input.description !== undefined) patch.description = input.description;
  if (input.default_payment_method !== undefined) patch.default_payment_method = input.default_payment_method;
  const save = input.payment_settings?.save_default_payment_method;
  if (save !== undefined)
    patch.payment_settings = {
      payment_method_options: null,
      payment_method_types: null,
      ...before.payment_settings,
      save_default_payment_method: save,
    };
  const missing = input.trial_settings?.end_behavior.missing_payment_method;
  if (missing !== undefined)
    patch.trial_settings = { end_behavior: { billing_cycle_anchor: "trial_end", missing_payment_method: missing } };
  return patch;
}

/** The discounts a subscription has from now on; those that are not named again end. */
function replaceDiscounts(scope: Scope, before: Stripe.Subscription, inputs: readonly DiscountInput[]): string[] {
  const created = createDiscounts(scope, inputs, {
    customer: idOf(before.customer),
    subscription: before.id,
    currency: before.currency,
    amount: before.items.data.reduce((sum, item) => sum + Number(itemAmount(scope, item)), 0),
  });
  const ids = created.map((discount) => discount.id);
  for (const reference of before.discounts) {
    const old = scope.objects.find("discount", idOf(reference) ?? "");
    if (old !== undefined && !ids.includes(old.id)) endDiscount(scope, old);
  }
  return ids;
}

/** Prorates and bills a change as asked for. */
function bill(
  scope: Scope,
  before: Stripe.Subscription,
  after: Stripe.Subscription,
  input: UpdateInput,
  { resets, entersTrial }: { resets: boolean; entersTrial: boolean },
): { subscription: Stripe.Subscription; draft: Stripe.Invoice | null } {
  const period = periodOf(before);
  const behavior = input.proration_behavior ?? "create_prorations";
  const at = input.proration_date ?? scope.now;
  if (at < period.start || at > period.end)
    throw invalidRequest("Cannot specify `proration_date` outside of the subscription's current period.", {
      param: "proration_date",
    });
  if (input.items !== undefined || resets || entersTrial) {
    // Of a trial nothing was paid, so nothing is to be given back or asked for.
    if (behavior !== "none" && before.status !== "trialing")
      prorate(scope, before, after, { at, resets: resets || entersTrial });
    if ((behavior === "always_invoice" && !entersTrial) || resets) return billNow(scope, before, after, { at, resets });
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
    if (isMetered(old)) continue;
    addProration(scope, after, old, "unused", -restOf(billedAmount(scope, before, old), at, period), rest);
  }
  // A period that starts anew is billed whole, see billNow.
  if (resets) return;
  for (const item of after.items.data) {
    const old = before.items.data.find((one) => one.id === item.id);
    if (old !== undefined && item.price.id === old.price.id && item.quantity === old.quantity) continue;
    if (isMetered(item)) continue;
    addProration(scope, after, item, "remaining", restOf(netAmount(scope, after, item), at, period), rest);
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
  return { subscription: linkInvoice(scope, after.id, draft), draft };
}

/** Gives back what is left of the period that was paid for, on the next invoice. For a cancellation in the middle. */
export function creditRest(scope: Scope, subscription: Stripe.Subscription): void {
  const period = periodOf(subscription);
  if (subscription.status === "trialing" || scope.now >= period.end) return;
  for (const item of subscription.items.data) {
    if (isMetered(item)) continue;
    const amount = -restOf(billedAmount(scope, subscription, item), scope.now, period);
    addProration(scope, subscription, item, "unused", amount, { start: scope.now, end: period.end });
  }
}
