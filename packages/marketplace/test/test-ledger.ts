/** A money ledger for tests: double entry in memory, which joins no transaction but refuses what does not add up. */
import type { Handle, Tx } from "@revops/database";
import { sql } from "drizzle-orm";
import type { LedgerPort, Posting } from "../src/index.ts";

export interface TestLedger extends LedgerPort {
  balance(account: string, currency?: string): Promise<number>;
  /** Every posting of the reference, by kind. */
  kinds(): Promise<string[]>;
}

/** A real, durable one in a table of its own, so that a rollback takes the posting with it. */
export async function openTestLedger(database: Handle): Promise<TestLedger> {
  await database.rows(sql`create table test_postings (id text primary key, kind text not null, body text not null)`);
  const all = async () => {
    const rows = await database.rows<{ body: string }>(sql`select body as "body" from test_postings`);
    return rows.map(({ body }) => JSON.parse(body) as Posting);
  };
  return {
    async post(posting: Posting, tx: Tx) {
      const sum = posting.entries.reduce((total, { amount }) => total + amount, 0);
      if (sum !== 0) throw new Error(`unbalanced_posting: ${posting.id} is off by ${sum}`);
      const rows = await tx.rows(sql`insert into test_postings (id, kind, body)
        values (${posting.id}, ${posting.kind}, ${JSON.stringify(posting)}) on conflict do nothing returning id`);
      return rows.length === 1;
    },
    async balance(account, currency = "usd") {
      const entries = (await all()).filter((each) => each.currency === currency).flatMap(({ entries }) => entries);
      return entries.filter((entry) => entry.account === account).reduce((sum, { amount }) => sum + amount, 0);
    },
    async kinds() {
      return (await all()).map(({ kind }) => kind);
    },
  };
}
