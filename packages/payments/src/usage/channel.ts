/** How a line of a statement reaches Stripe. Pure. */
import type { Money } from "@revops/core";
import type { UsageCharge } from "../plans/plan.ts";
import type { Channel } from "./bill.ts";
import { priceOfUse } from "./price-of-use.ts";
import type { StoredLine } from "./store.ts";

/** Where the subscription of a closed cycle stands at Stripe. */
export interface Standing {
  readonly ended: boolean;
  /** null: there is none, so nothing was charged in advance. */
  readonly subscription: string | null;
  /** Features whose use is a line of the invoice of the closed period, which can still change, and at what price. */
  readonly metered: ReadonlyMap<string, UsageCharge>;
  /** That invoice, or null: there is none (a cycle that a change of plan cut short), or it is final already. */
  readonly draft: string | null;
  /**
   * By feature, in minor units: what that invoice, final or not, charges where no use is reported to it. As a rule nothing; of a
   * price in steps the first one's flat amount.
   */
  readonly unused: ReadonlyMap<string, number>;
}

/** No invoice of the closed period takes anything any more, nor charges for no use. */
export const nowhere: Pick<Standing, "metered" | "draft" | "unused"> = {
  metered: new Map(),
  draft: null,
  unused: new Map(),
};

/**
 * A meter event is priced by the invoice of its period and by no other, so it is sent only while that one is a draft that has
 * a line for it, at a price that comes to what we rated: another one was agreed upon with the customer, or is of another version
 * of the plans. What comes too late, or has no such price at Stripe, is charged at the amount that we rated. So is what no
 * quantity has the price of: a standing count's price for a part of its period.
 */
export function channelOf(line: Pick<StoredLine, "kind" | "feature" | "charged" | "amount">, at: Standing): Channel {
  if (line.kind === "base" && at.subscription !== null) return "subscription";
  const price = at.draft === null || line.feature === null ? undefined : at.metered.get(line.feature);
  if (price && line.charged !== null && priceOfUse(price, line.charged) === line.amount.amount) return "meter";
  if (owedOf(line, at).amount === 0) return "nothing";
  return at.ended && at.draft === null ? "invoice" : "item";
}

/** What of a line that goes by its amount is left to charge beside the invoice of the period; negative is given back. */
export function owedOf({ feature, amount }: Pick<StoredLine, "feature" | "amount">, { unused }: Standing): Money {
  const charged = feature === null ? 0 : (unused.get(feature) ?? 0);
  return { ...amount, amount: amount.amount - charged };
}
