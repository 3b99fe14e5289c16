/** Tells Stripe of a closed cycle, line by line, each once whatever crashes in between. */
import { isRevopsError } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { Calls } from "../calls/calls.ts";
import type { CallStore } from "../calls/store.ts";
import { subjectMark } from "../customers/read-customer.ts";
import type { CustomerStore } from "../customers/store.ts";
import { paymentsErrors } from "../errors.ts";
import { toUnix } from "../gateway/objects.ts";
import type { InvoiceWriter } from "../invoices/issue.ts";
import { meterEventName } from "../plans/names.ts";
import type { UsageBill } from "./bill.ts";
import { channelOf, nowhere, owedOf } from "./channel.ts";
import type { BillingTarget, Standings } from "./standing.ts";
import type { StoredLine, UsageBillStore } from "./store.ts";

/** Metadata of an item that says which line of which cycle it is. */
const cycleMark = "revops_cycle";
const cycleLineMark = "revops_cycle_line";

/** What its own invoice is called, see {@link InvoiceWriter}. */
const referenceOf = (cycleId: string): string => `usage:${cycleId}`;

/** Thrown inside a transaction to take it back: the line has a call already. */
const overtaken = new Error("Stripe is told of this line by another call.");

const maxRounds = 5;

export type SendBill = (bill: UsageBill) => Promise<"sent" | "renewing" | "unbilled">;

export function createSendBill(options: {
  readonly database: Database;
  readonly store: UsageBillStore;
  readonly calls: Calls;
  readonly callStore: CallStore;
  readonly writer: InvoiceWriter;
  readonly standings: Standings;
  readonly customers: CustomerStore;
}): SendBill {
  const { database, store, calls, callStore, writer, standings, customers } = options;

  /** Makes the one call of a line; false when one that was open already was finished instead. @throws what Stripe says */
  async function call(bill: UsageBill, line: StoredLine, target: BillingTarget): Promise<boolean> {
    const { cycleId, subjectId, periodStart, periodEnd } = bill;
    const common = { subjectId, purpose: purposeOf(bill, line) };
    const claim = async (tx: Tx, callId: string) => {
      if (!(await store.claim(tx, cycleId, line, callId))) throw overtaken;
    };
    if (line.channel === "meter" && line.feature !== null) {
      const params = {
        event_name: meterEventName(line.feature),
        identifier: `${cycleId}:${line.feature}`,
        // The last second of the closed period: never in the future, and counted by this period's invoice.
        timestamp: toUnix(periodEnd) - 1,
        payload: { stripe_customer_id: target.customer, value: line.charged ?? "0" },
      };
      return !(await calls.perform({ ...common, operation: "meter_event.create", params }, claim)).joined;
    }
    const params = {
      customer: target.customer,
      ...(target.draft === null ? onNext(target) : { invoice: target.draft }),
      ...owedOf(line, target),
      description: line.description,
      period: { start: toUnix(periodStart), end: toUnix(periodEnd) },
      metadata: { [subjectMark]: subjectId, [cycleMark]: cycleId, [cycleLineMark]: line.id },
    };
    return !(await calls.perform({ ...common, operation: "invoice_item.create", params }, claim)).joined;
  }

  /** Whether Stripe has been told of the line. When not, look again: it may be, or is told in another way. */
  async function tell(bill: UsageBill, line: StoredLine, target: BillingTarget): Promise<boolean> {
    const { callId } = line;
    if (!needsCall(line)) return true;
    if (callId === null) {
      return call(bill, line, target).catch((error: unknown) => {
        // After a refusal another way is looked for.
        if (error === overtaken || isRevopsError(error, "stripe_rejected")) return false;
        throw error;
      });
    }
    await calls.finish(purposeOf(bill, line));
    const state = await callStore.stateOf(database, callId);
    if (state === "done") return true;
    if (state === "open") throw paymentsErrors.stripe_unavailable({ detail: "Stripe has not answered yet." });
    await database.transaction((tx) => store.release(tx, bill.cycleId, line.id, callId));
    return false;
  }

  /** An invoice of its own, for what is left when the subscription is over. */
  async function issue(
    { cycleId, subjectId }: UsageBill,
    lines: readonly StoredLine[],
    target: BillingTarget,
  ): Promise<string> {
    const shown = lines.map((line) => ({ description: line.description, amount: owedOf(line, target) }));
    const made = await writer.create({ subjectId, reference: referenceOf(cycleId), lines: shown });
    const { id: invoiceId } = made;
    const of = { subjectId, invoiceId };
    const open = made.status === "draft" ? await writer.change(of, "invoice.finalize", { auto_advance: true }) : made;
    if (open.status === "open") {
      await writer.change(of, "invoice.pay", { off_session: true }).catch((error: unknown) => {
        // A decline: Stripe tries again, as it does with any invoice that it advances.
        if (!isRevopsError(error) || error.code === "stripe_unavailable") throw error;
      });
    }
    return open.stripeInvoiceId;
  }

  /** Where the cycle's use is, or would be if there was any: what is compared later. */
  async function onInvoice(tx: Tx, { cycleId }: UsageBill, stripeInvoiceId: string): Promise<void> {
    await store.move(tx, cycleId, ["sending"], { state: "sending", stripeInvoiceId });
  }

  /** Use without a subscription is charged to the subject's own card; null where there is none. */
  async function cardOf(bill: UsageBill): Promise<BillingTarget | null> {
    const known = await customers.find(database, bill.subjectId);
    // An invoice that was begun is finished, whatever became of the card.
    const begun = (await store.linesOf(database, bill)).some(({ channel }) => channel === "invoice");
    if (!known || !(begun || known.defaultPaymentMethodId !== null)) return null;
    return { customer: known.stripeCustomerId, subscription: null, ended: true, ...nowhere };
  }

  return async (bill) => {
    for (let round = 1; round <= maxRounds; round++) {
      const target = (await standings.of(bill)) ?? (await cardOf(bill));
      if (target === null) return "unbilled";
      if (target === "renewing") return "renewing";
      const undecided = (await store.linesOf(database, bill)).filter(isUndecided);
      const channels = new Map(undecided.map((line) => [line.id, channelOf(line, target)] as const));
      await database.transaction(async (tx) => {
        await store.choose(tx, bill.cycleId, channels);
        if (target.draft !== null) await onInvoice(tx, bill, target.draft);
      });
      const lines = await store.linesOf(database, bill);
      let told = true;
      for (const line of lines) told = (await tell(bill, line, target)) && told;
      // A line that is decided anew may belong on the cycle's own invoice, which takes none once it is final.
      if (!told) continue;
      const own = lines.filter(({ channel }) => channel === "invoice");
      if (own.length > 0) {
        const invoice = await issue(bill, own, target);
        await database.transaction((tx) => onInvoice(tx, bill, invoice));
      }
      return "sent";
    }
    throw paymentsErrors.stripe_rejected({ detail: "Stripe refuses the use of a closed cycle." });
  };
}

function onNext({ subscription }: BillingTarget): { readonly subscription?: string } {
  return subscription === null ? {} : { subscription };
}

const purposeOf = ({ cycleId }: UsageBill, { id }: StoredLine): string => `usage:${cycleId}:${id}`;

/** While nothing was sent, a way that has closed meanwhile (the draft is final) is left for another. */
function isUndecided({ channel, callId }: StoredLine): boolean {
  return channel === null || (callId === null && (channel === "meter" || channel === "item"));
}

function needsCall({ channel, charged }: StoredLine): boolean {
  if (channel === "item") return true;
  // An event of nothing changes nothing.
  return channel === "meter" && /[1-9]/.test(charged ?? "");
}
