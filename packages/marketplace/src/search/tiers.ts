/** The tiers of PostgreSQL's index (tsvector.ts): where they begin, and who is in the wrong one. */
import type { Database, Handle, Tx } from "@revops/database";
import { asc, desc, lte, sql } from "drizzle-orm";
import { marketplaceTables } from "../schema.ts";

/** Entries in the first tier: a common word has its first page there, a walk of a few hundred. */
const firstTierSize = 1_024;
/** The last one of those that are in the table of leaders too. A migration has the number as well. */
export const leadingTiers = 1;
/** Lexemes begin with one letter for it. */
const mostTiers = 20;
/** Entries that are noted in one statement to be written again. */
const notedAtOnce = 1_000;

const { searchTiers } = marketplaceTables("postgres");

export async function tierOf(tx: Tx, position: number): Promise<number> {
  const [row] = await tx.db
    .select({ tier: searchTiers.tier })
    .from(searchTiers)
    .where(lte(searchTiers.position, position))
    .orderBy(desc(searchTiers.tier))
    .limit(1);
  return row?.tier ?? 0;
}

/** How many of the most popular entries are before each tier: `[0, 1024, 2048, 4096 …]`, the last tier with the rest. */
export function tierStarts(entries: number, first = firstTierSize): number[] {
  const starts = [0];
  for (let start = first; start < entries && starts.length < mostTiers; start *= 2) starts.push(start);
  return starts;
}

/** Measures the tiers anew when they no longer fit the catalogue, and notes entries that are in the wrong one. */
export async function maintainTiers(database: Database, pieces: number, first = firstTierSize): Promise<number> {
  // Once: it counts all entries, and the pieces add none.
  await measure(database, first);
  let done = 0;
  while (done < pieces && (await noteSome(database))) done++;
  return done;
}

async function noteSome(database: Database): Promise<boolean> {
  const noted = await database.rows(sql`
    insert into marketplace_search_backlog (listing_id)
    select e.listing_id from marketplace_search_entries e
    where e.tier <> (select max(t.tier) from marketplace_search_tiers t where t.position <= e.position)
      and not exists (select 1 from marketplace_search_backlog b where b.listing_id = e.listing_id)
    limit ${notedAtOnce} on conflict do nothing returning listing_id`);
  return noted.length > 0;
}

async function measure(database: Database, first: number): Promise<void> {
  const [counted] = await database.rows<{ entries: string }>(
    sql`select count(*) as entries from marketplace_search_entries`,
  );
  const starts = tierStarts(Number(counted?.entries ?? 0), first);
  const tiers = await database.db.select().from(searchTiers).orderBy(asc(searchTiers.tier));
  if (starts.length <= tiers.length && (await fits(database, tiers[1]?.position, first))) return;
  const positions = await Promise.all(starts.map((start) => positionAt(database, start)));
  await database.transaction(async (tx) => {
    // Tiers are never fewer: entries may still be in one that is over.
    const over = tiers.slice(positions.length).map(() => Number.MAX_SAFE_INTEGER);
    for (const [tier, position] of [...positions, ...over].entries()) {
      await tx.db
        .insert(searchTiers)
        .values({ tier, position })
        .onConflictDoUpdate({ target: searchTiers.tier, set: { position } });
    }
    // The planner takes a table that it knows nothing of for a large one.
    await tx.rows(sql`analyze marketplace_search_tiers`);
  });
}

/** Whether the first tier has between half and twice what it should. */
async function fits(handle: Handle, end: number | undefined, first: number): Promise<boolean> {
  if (end === undefined) return true;
  const [counted] = await handle.rows<{ entries: string }>(sql`
    select count(*) as entries from (select 1 from marketplace_search_entries where position < ${end} limit ${2 * first + 1}) e`);
  const entries = Number(counted?.entries ?? 0);
  return entries >= first / 2 && entries <= first * 2;
}

async function positionAt(handle: Handle, place: number): Promise<number> {
  if (place === 0) return 0;
  const [row] = await handle.rows<{ position: string }>(
    sql`select position from marketplace_search_entries order by position offset ${place} limit 1`,
  );
  return Number(row?.position ?? 0);
}
