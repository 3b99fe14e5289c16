/** A stored order, and what of it is the buyer's purchase. */
import type { LicenseTerms } from "../licenses/terms.ts";
import type { BillingInterval } from "../listings/listing.ts";
import type { marketplaceTables } from "../schema.ts";
import type { Purchase } from "./purchase.ts";

/** A purchase with what its buyer is not shown. */
export interface Order {
  readonly purchase: Purchase;
  readonly buyerId: string;
  readonly publisherId: string;
  readonly paymentId: string | null;
  readonly licenseTerms: LicenseTerms;
  readonly interval: BillingInterval | null;
  readonly anchor: Date | null;
  readonly periodEnd: Date | null;
  /** How many periods were paid after the first. */
  readonly renewals: number;
  readonly renewalTries: number;
  readonly cancelAtPeriodEnd: boolean;
}

type Row = ReturnType<typeof marketplaceTables>["orders"]["$inferSelect"];

export function toOrder(row: Row, licenseKey: string | null = null): Order {
  const { id, listingId, status, price, commission, createdAt, buyerId, publisherId, paymentId, interval } = row;
  const back = row.refundedAmount ?? 0;
  const refunded = price !== null && back > 0 ? { amount: back, currency: price.currency } : null;
  const cancelAtPeriodEnd = row.cancelAtPeriodEnd ?? false;
  const subscription = interval && {
    interval,
    start: row.periodStart,
    end: row.periodEnd,
    cancelAtPeriodEnd,
    pastDue: (row.renewalTries ?? 0) > 0,
  };
  const about = { id, packageId: listingId, status, price, commission, refunded, subscription, licenseKey, createdAt };
  return {
    purchase: about,
    buyerId,
    publisherId,
    paymentId,
    licenseTerms: row.licenseTerms ?? {},
    interval,
    anchor: row.anchor,
    periodEnd: row.periodEnd,
    renewals: row.renewals ?? 0,
    renewalTries: row.renewalTries ?? 0,
    cancelAtPeriodEnd,
  };
}
