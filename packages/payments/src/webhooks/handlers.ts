/** What each event makes us look at. The payload is a hint: the object is asked for anew. A line here is a handler. */
import type { MirrorKind, MirrorTarget } from "../mirrors/mirrors.ts";

type EventObject = Readonly<Record<string, unknown>>;

/** What is looked at, and which member of the event's object has its id: the first that has one. */
interface Handler {
  readonly kind: MirrorKind;
  readonly names: readonly string[];
}

const member = (kind: MirrorKind, ...names: readonly string[]): Handler => ({ kind, names });

const intent = member("payment_intent", "id");
const intentOfCharge = member("payment_intent", "payment_intent");
const method = member("payment_method", "id");
const customer = member("customer", "id");
const subscription = member("subscription", "id");
const subscriptionOfSchedule = member("subscription", "subscription", "released_subscription");
const invoice = member("invoice", "id");
const checkout = member("checkout_session", "id");
const setupIntent = member("setup_intent", "id");
const dispute = member("dispute", "id");
const transfer = member("transfer", "id");
const account = member("account", "id");

/** https://docs.stripe.com/api/events/types */
const handlers: Readonly<Record<string, Handler>> = {
  "payment_intent.created": intent,
  "payment_intent.processing": intent,
  "payment_intent.requires_action": intent,
  "payment_intent.succeeded": intent,
  "payment_intent.payment_failed": intent,
  "payment_intent.canceled": intent,
  "payment_intent.amount_capturable_updated": intent,
  "payment_intent.partially_funded": intent,
  "charge.succeeded": intentOfCharge,
  "charge.pending": intentOfCharge,
  "charge.captured": intentOfCharge,
  "charge.expired": intentOfCharge,
  "charge.updated": intentOfCharge,
  "charge.failed": intentOfCharge,
  "charge.refunded": intentOfCharge,
  "charge.refund.updated": intentOfCharge,
  "refund.created": intentOfCharge,
  "refund.updated": intentOfCharge,
  "refund.failed": intentOfCharge,
  "charge.dispute.created": dispute,
  "charge.dispute.updated": dispute,
  "charge.dispute.closed": dispute,
  "charge.dispute.funds_withdrawn": dispute,
  "charge.dispute.funds_reinstated": dispute,
  "setup_intent.created": setupIntent,
  "setup_intent.requires_action": setupIntent,
  "setup_intent.succeeded": setupIntent,
  "setup_intent.setup_failed": setupIntent,
  "setup_intent.canceled": setupIntent,
  "transfer.created": transfer,
  "transfer.updated": transfer,
  "transfer.reversed": transfer,
  "account.updated": account,
  "checkout.session.completed": checkout,
  "checkout.session.expired": checkout,
  "checkout.session.async_payment_succeeded": checkout,
  "checkout.session.async_payment_failed": checkout,
  "customer.created": customer,
  "customer.updated": customer,
  "customer.deleted": customer,
  "payment_method.attached": method,
  "payment_method.updated": method,
  "payment_method.automatically_updated": method,
  "payment_method.detached": method,
  "customer.subscription.created": subscription,
  "customer.subscription.updated": subscription,
  "customer.subscription.deleted": subscription,
  "customer.subscription.paused": subscription,
  "customer.subscription.resumed": subscription,
  "customer.subscription.trial_will_end": subscription,
  "customer.subscription.pending_update_applied": subscription,
  "customer.subscription.pending_update_expired": subscription,
  "subscription_schedule.created": subscriptionOfSchedule,
  "subscription_schedule.updated": subscriptionOfSchedule,
  "subscription_schedule.released": subscriptionOfSchedule,
  "subscription_schedule.canceled": subscriptionOfSchedule,
  "subscription_schedule.completed": subscriptionOfSchedule,
  "subscription_schedule.aborted": subscriptionOfSchedule,
  "invoice.created": invoice,
  "invoice.finalized": invoice,
  "invoice.updated": invoice,
  "invoice.paid": invoice,
  "invoice.payment_succeeded": invoice,
  "invoice.payment_failed": invoice,
  "invoice.payment_action_required": invoice,
  "invoice.overdue": invoice,
  "invoice.sent": invoice,
  "invoice.finalization_failed": invoice,
  "invoice.overpaid": invoice,
  "invoice.voided": invoice,
  "invoice.marked_uncollectible": invoice,
  "invoice.deleted": invoice,
};

/** Null for a type that we have no use for, and for an object without the id that is looked for. */
export function targetOf(type: string, object: EventObject): MirrorTarget | null {
  for (const name of handlerOf(type)?.names ?? []) {
    const id = object[name];
    if (typeof id === "string" && id !== "") return targetOfId(type, id);
  }
  return null;
}

/** The same, of an event whose object's id is known. */
export function targetOfId(type: string, id: string | null): MirrorTarget | null {
  const handler = handlerOf(type);
  return handler === undefined || id === null ? null : { kind: handler.kind, id };
}

function handlerOf(type: string): Handler | undefined {
  return Object.hasOwn(handlers, type) ? handlers[type] : undefined;
}
