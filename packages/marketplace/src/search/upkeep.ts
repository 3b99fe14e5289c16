/** What keeps searches complete and fast, in bounded pieces that a job does one after the other. */
import type { Database, Tx } from "@revops/database";
import { type SQL, sql } from "drizzle-orm";
import { lockListing } from "../listings/store.ts";
import { entryForm } from "./entry.ts";
import { searchIndexes } from "./search-index.ts";
import { removeEntry, rewriteEntry } from "./store.ts";

/** Entries that are written in one transaction: some ten milliseconds. */
const entriesAtOnce = 20;
/** Transactions in one round, so that a server that ends need not wait for all. */
const piecesAtOnce = 50;
/** What the pieces of one round write. */
const notedAtOnce = entriesAtOnce * piecesAtOnce;

export interface SearchUpkeep {
  /**
   * Writes entries that are to be written again: those of listings that have become more popular, and after an update
   * those of all. Gives how many it wrote, 1,000 at most.
   */
  writeEntries(): Promise<number>;
  /** Merges what has grown in the index, or moves the limits between its parts. */
  maintainIndex(): Promise<void>;
}

export function createSearchUpkeep({ database }: { database: Database }): SearchUpkeep {
  return {
    async writeEntries() {
      let written = 0;
      // A look without a transaction: mostly there is nothing to do, and SQLite has one write lock.
      const waiting = await database.rows(sql`select listing_id from marketplace_search_backlog limit 1`);
      if (waiting.length === 0) return written;
      for (let piece = 0; piece < piecesAtOnce; piece++) {
        const some = await database.transaction(writeSome);
        written += some;
        if (some < entriesAtOnce) {
          await database.transaction(forgetGone);
          break;
        }
      }
      return written;
    },

    async maintainIndex() {
      await noteEarlier(database);
      await searchIndexes[database.dialect].maintain(database, piecesAtOnce);
    },
  };
}

async function writeSome(tx: Tx): Promise<number> {
  // The listing before its row here, as a download takes them: the other way round, each would wait for the other.
  const waiting = await tx.rows<{ id: string }>(sql`
    select b.listing_id as "id" from marketplace_search_backlog b join marketplace_listings l on l.id = b.listing_id
    order by b.listing_id limit ${entriesAtOnce} ${lockingListings(tx)}`);
  let written = 0;
  for (const { id } of waiting) {
    const listing = await lockListing(tx, id);
    const [taken] = await tx.rows(
      sql`delete from marketplace_search_backlog where listing_id = ${id} returning listing_id`,
    );
    // Another instance wrote it after we looked and before we had the listing.
    if (!taken) continue;
    if (listing?.status === "published") await rewriteEntry(tx, listing);
    else await removeEntry(tx, id);
    written++;
  }
  return written;
}

/** An instance of an earlier version that is still running writes entries in their earlier form. */
async function noteEarlier(database: Database): Promise<void> {
  await database.rows(sql`
    insert into marketplace_search_backlog (listing_id)
    select e.listing_id from marketplace_search_entries e where e.form < ${entryForm} limit ${notedAtOnce}
    on conflict do nothing`);
}

/** What waits for listings that are not there: nothing here deletes one, but rows that nobody takes would stay for ever. */
async function forgetGone(tx: Tx): Promise<void> {
  const gone = await tx.rows<{ id: string }>(sql`
    delete from marketplace_search_backlog
    where not exists (select 1 from marketplace_listings l where l.id = marketplace_search_backlog.listing_id)
    returning listing_id as "id"`);
  for (const { id } of gone) await removeEntry(tx, id);
}

/** As {@link lockListing} locks; those that are held are left for later. SQLite lets one in at a time. */
const lockingListings = (tx: Tx): SQL => (tx.dialect === "postgres" ? sql`for no key update of l skip locked` : sql``);
