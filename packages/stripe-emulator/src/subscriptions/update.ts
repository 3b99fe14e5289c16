import type Stripe from "stripe";
import { createDiscounts, type DiscountInput, endDiscount } from "../coupons/discounts.ts";
import { invalidRequest } from "../errors.ts";
import { isMetered, itemAmount, type Period } from "../invoices/lines.ts";
import { change, need, type Scope } from "../scope.ts";
import { mergeMetadata } from "../server/parameters.ts";
import { idOf } from "../store/kinds.ts";
import { billChange } from "./bill-change.ts";
import { periodEnd } from "./billing-period.ts";
import { addInvoiceItems } from "./extras.ts";
import { changedItems, intervalOf, itemList } from "./items.ts";
import { pausePatch } from "./pause.ts";
import { cancellationPatch } from "./planned-cancellation.ts";
import { checkMethod, collectNow, onCustomersClock, periodOf, planCancellation } from "./subscriptions.ts";
import { planTrialEnd, trialEndOf } from "./trial.ts";
import type { UpdateInput } from "./update-input.ts";

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
  return billChange(scope, before, after, input, { resets, entersTrial: trial.end !== null });
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

function sameInterval(before: Stripe.Subscription, items: readonly Stripe.SubscriptionItem[]): boolean {
  const was = before.items.data[0]?.price.recurring;
  const is = items[0]?.price.recurring;
  return was?.interval === is?.interval && was?.interval_count === is?.interval_count;
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
