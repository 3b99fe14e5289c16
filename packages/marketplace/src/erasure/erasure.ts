/** What becomes of a subject's dealings when the subject is no more. Orders stay, and so does what is owed: books are kept. */
import type { Database, Tx } from "@revops/database";
import { removeCertificatesOf } from "../courses/store.ts";
import { forgetDevicesOf } from "../licenses/store.ts";
import type { Shelf } from "../listings/shelf.ts";
import { forgetPublisherName, lockListing, selectListingsOf } from "../listings/store.ts";
import { cancelAllOf } from "../orders/renewal-store.ts";

export type Forget = (subjectId: string, tx?: Tx) => Promise<void>;

const batch = 100;

export function createForget({ database, shelf }: { database: Database; shelf: Shelf }): Forget {
  return (subjectId, tx) =>
    database.transaction(async (tx) => {
      // Nobody is there any more to cancel what they pay for, nor to give what they are paid for.
      await cancelAllOf(tx, subjectId);
      await takeOffSale(tx, subjectId);
      await removeCertificatesOf(tx, subjectId);
      await forgetDevicesOf(tx, subjectId);
    }, tx);

  async function takeOffSale(tx: Tx, publisherId: string): Promise<void> {
    for (let after: string | undefined, more = true; more; ) {
      const some = await selectListingsOf(tx, { publisherId, limit: batch, after });
      for (const { id } of some) {
        const listing = await lockListing(tx, id);
        const isOut = listing?.status === "published" || listing?.status === "in_review";
        if (listing && isOut) await shelf.take(tx, listing, "withdrawn");
      }
      after = some.at(-1)?.id;
      more = some.length === batch;
    }
    await forgetPublisherName(tx, publisherId);
  }
}
