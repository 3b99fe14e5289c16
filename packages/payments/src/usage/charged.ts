/** What Stripe's invoices charge for a cycle, line by line. */
import type { Database } from "@revops/database";
import type Stripe from "stripe";
import type { CallStore } from "../calls/store.ts";
import { idOf, toUnix } from "../gateway/objects.ts";
import { ask, readOrNull } from "../gateway/refusal.ts";
import { lineMark } from "../invoices/issue.ts";
import { linesOf } from "../invoices/lines.ts";
import { tierMark } from "../plans/names.ts";
import type { SubscriptionStore } from "../subscriptions/store.ts";
import type { UsageBill } from "./bill.ts";
import type { Charged } from "./compare.ts";
import type { Standings, UsageLine } from "./standing.ts";
import type { StoredLine } from "./store.ts";

export type ReadCharged = (bill: UsageBill, lines: readonly StoredLine[]) => Promise<Charged>;

/** The longest period, and a day: the tier's price was on an invoice at its period's start. */
const lookBackSeconds = 367 * 86_400;

export function createReadCharged(options: {
  readonly database: Database;
  readonly stripe: Stripe;
  readonly callStore: CallStore;
  readonly subscriptions: SubscriptionStore;
  readonly standings: Standings;
}): ReadCharged {
  const { database, stripe, callStore, subscriptions, standings } = options;

  async function invoiceOf(id: string | null): Promise<Stripe.Invoice | null> {
    return id === null ? null : await readOrNull(stripe.invoices.retrieve(id));
  }

  /** An item may be on any later invoice, or wait for one. */
  async function itemAmount({ callId }: StoredLine): Promise<number | null> {
    const id = callId && (await callStore.resultOf(database, callId));
    if (!id) return null;
    const item = await readOrNull(stripe.invoiceItems.retrieve(id));
    // Somebody took it off.
    if (item === null) return 0;
    const invoice = await invoiceOf(idOf(item.invoice));
    return invoice && isFinal(invoice) ? owed(invoice, item.amount) : null;
  }

  /** The tier's price for the time that the cycle is in, less what was given back of it. */
  async function baseAmount({
    subjectId,
    tier,
    periodStart: start,
    periodEnd: end,
  }: UsageBill): Promise<number | null> {
    const known = await subscriptions.findDuring(database, subjectId, { start, end });
    if (!known) return 0;
    const begin = toUnix(start);
    const list = stripe.invoices.list({
      ...{ subscription: known.stripeSubscriptionId, limit: 100 },
      created: { gte: begin - lookBackSeconds, lte: toUnix(end) + 86_400 },
    });
    const tiers = new Map<string, string | undefined>();
    const found: { invoice: Stripe.Invoice; line: Stripe.InvoiceLineItem }[] = [];
    for (const invoice of await ask(list.autoPagingToArray({ limit: 10_000 }))) {
      for (const line of await linesOf(stripe, invoice)) {
        const price = idOf(line.pricing?.price_details?.price);
        if (price === null) continue;
        if (!tiers.has(price)) tiers.set(price, (await ask(stripe.prices.retrieve(price))).metadata[tierMark]);
        if (tiers.get(price) === tier) found.push({ invoice, line });
      }
    }
    // We hear of a change a moment after Stripe makes it, so the cycle begins in its line's period, not always with it.
    const own = found.find(
      ({ line: { period, amount } }) => amount >= 0 && period.start <= begin && begin < period.end,
    );
    const lines = found.filter(({ line }) => line.period.end === own?.line.period.end);
    if (lines.some(({ invoice }) => !isFinal(invoice))) return null;
    return lines.reduce((sum, { invoice, line }) => sum + owed(invoice, line.amount), 0);
  }

  return async (bill, lines) => {
    const amounts = new Map<string, number | null>();
    const own = lines.filter(({ channel }) => channel === "invoice");
    const told = await invoiceOf(bill.stripeInvoiceId);
    const ownInvoice = own.length > 0 ? told : null;
    // Of a cycle that was told too late for it, it charges all the same what its prices come to for no use.
    const invoice = own.length > 0 || told === null ? await standings.invoiceOf(bill) : told;
    const usage = invoice ? await standings.usageLines(invoice, bill.periodEnd) : [];
    const settled = invoice === null || isFinal(invoice);
    const ownLines = ownInvoice && isFinal(ownInvoice) ? await linesOf(stripe, ownInvoice) : [];
    /** Of what goes by its amount, it charges for no use at the prices of the cycle's tier. */
    const isUseOf = ({ feature, channel }: StoredLine, used: UsageLine) =>
      used.feature === feature && (channel === "meter" || used.tier === bill.tier);
    const sumOf = (used: readonly UsageLine[]) =>
      used.reduce((sum, { line }) => sum + (invoice ? owed(invoice, line.amount) : 0), 0);
    /** With what the invoice of the period charges for the use of a line. */
    const withUse = (line: StoredLine, amount: number | null) => {
      if (line.feature === null || amount === null) return amount;
      return settled ? amount + sumOf(usage.filter((used) => isUseOf(line, used))) : null;
    };
    for (const line of lines) {
      switch (line.channel) {
        case "item":
          amounts.set(line.id, withUse(line, await itemAmount(line)));
          break;
        case "invoice": {
          const index = String(own.indexOf(line));
          const charged = ownLines.filter(({ metadata }) => metadata[lineMark] === index);
          const isCharged = ownInvoice !== null && isFinal(ownInvoice);
          const amount = charged.reduce((sum, one) => sum + (ownInvoice ? owed(ownInvoice, one.amount) : 0), 0);
          amounts.set(line.id, withUse(line, isCharged ? amount : null));
          break;
        }
        case "subscription":
          amounts.set(line.id, await baseAmount(bill));
          break;
        default:
          // By the meter, or nothing beside what the invoice of the period charges.
          amounts.set(line.id, withUse(line, 0));
      }
    }
    const strangers = settled ? usage.filter((used) => !lines.some((line) => isUseOf(line, used))) : [];
    const foreign = [...Map.groupBy(strangers, ({ feature }) => feature)]
      .map(([feature, used]) => ({
        id: `stripe:${feature}`,
        description: used[0]?.line.description ?? feature,
        feature,
        amount: sumOf(used),
      }))
      .filter(({ amount }) => amount !== 0);
    return { isFinal: settled, amounts, foreign };
  };
}

function isFinal({ status }: Stripe.Invoice): boolean {
  return status !== null && status !== "draft";
}

/** Of what was taken back nothing is owed. */
function owed({ status }: Stripe.Invoice, amount: number): number {
  return status === "void" ? 0 : amount;
}
