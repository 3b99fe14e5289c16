/** What keeps searches complete and fast, in bounded pieces that a job does one after the other. */
import type { Database, Tx } from "@revops/database";
import { type SQL, sql } from "drizzle-orm";
import { lockListing } from "../listings/store.ts";
import { searchIndexes } from "./search-index.ts";
import { removeEntry, rewriteEntry } from "./store.ts";

/** Entries that are written in one transaction: some ten milliseconds. */
const entriesAtOnce = 20;
/** Transactions in one round, so that a server that ends need not wait for all. */
const piecesAtOnce = 50;

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
        if (some < entriesAtOnce) break;
      }
      return written;
    },

    async maintainIndex() {
      for (let piece = 0; piece < piecesAtOnce; piece++) {
        if (!(await searchIndexes[database.dialect].maintain(database))) return;
      }
    },
  };
}

async function writeSome(tx: Tx): Promise<number> {
  const rows = await tx.rows<{ id: string }>(sql`
    delete from marketplace_search_backlog where listing_id in (
      select listing_id from marketplace_search_backlog order by listing_id limit ${entriesAtOnce} ${skippingLocked(tx)})
    returning listing_id as "id"`);
  // In one order, so that two instances wait for each other instead of locking each other out.
  for (const { id } of rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const listing = await lockListing(tx, id);
    if (listing?.status === "published") await rewriteEntry(tx, listing);
    else await removeEntry(tx, id);
  }
  return rows.length;
}

/** Two instances take different ones. SQLite lets one in at a time. */
const skippingLocked = (tx: Tx): SQL => (tx.dialect === "postgres" ? sql`for update skip locked` : sql``);
