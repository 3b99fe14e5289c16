/** Giving a buyer a licence, and taking it back: each in the transaction of the order that it follows. */
import { createId } from "@revops/core";
import type { Tx } from "@revops/database";
import { findListing } from "../listings/store.ts";
import type { Order } from "../orders/order.ts";
import { majorAfter } from "../versions/precedence.ts";
import { insertLicense } from "./store.ts";
import type { LicenseTerms } from "./terms.ts";

/** Gives the buyer of an order a licence, in the transaction that pays the order; answers with its key. */
export async function issueLicense(
  tx: Tx,
  { order, key, now, expiresAt }: { order: Order; key: string; now: Date; expiresAt: Date | null },
): Promise<string> {
  const { id: orderId, packageId: listingId } = order.purchase;
  return insertLicense(tx, {
    id: createId("lic", now),
    orderId,
    listingId,
    subjectId: order.buyerId,
    key,
    issuedAt: now,
    terms: await resolved(tx, listingId, order.licenseTerms),
    expiresAt,
  });
}

/** "This major version" becomes the version that it ends before, as of now. */
async function resolved(tx: Tx, listingId: string, terms: LicenseTerms): Promise<LicenseTerms> {
  if (terms.versions !== "major") return terms;
  const latest = (await findListing(tx, listingId))?.latestVersion ?? null;
  return { ...terms, versions: latest === null ? "all" : { below: majorAfter(latest) } };
}
