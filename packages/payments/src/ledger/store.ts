/** The SQL of the ledger. Postings and entries are inserted, never updated or deleted. */
import { createId, type Page, pageOf } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { prepared } from "@revops/database";
import { and, asc, desc, eq, gt, inArray, lt, sql } from "drizzle-orm";
import { paymentsTables } from "../schema.ts";
import type { LedgerDifference } from "./difference.ts";
import type { LedgerEntry } from "./entry.ts";
import type { Posting } from "./posting.ts";
import { stripeBalance, stripeFees } from "./transactions.ts";

export type LedgerStore = ReturnType<typeof createLedgerStore>;

/** What a posting does to Stripe's balance, and the fees of it. */
export interface StripeSides {
  readonly id: string;
  readonly currency: string;
  readonly balance: number;
  readonly fees: number;
}

const foldAtOnce = 1_000;

export function createLedgerStore({ dialect }: Pick<Database, "dialect">) {
  const { ledgerPostings: postings, ledgerEntries: entries, ...tables } = paymentsTables(dialect);
  const { ledgerBalances: balances, ledgerUnfolded: unfolded } = tables;
  const skipLocked = dialect === "postgres" ? sql`for update skip locked` : sql``;
  const balance = sql`select cast(
      coalesce((select amount from payments_ledger_balances
        where account = ${sql.placeholder("account")} and currency = ${sql.placeholder("currency")}), 0)
      + coalesce((select sum(amount) from payments_ledger_unfolded
        where account = ${sql.placeholder("account")} and currency = ${sql.placeholder("currency")}), 0)
    as bigint) as amount`;
  const byId = prepared("payments_find_posting", (db) =>
    db
      .select({ id: postings.id })
      .from(postings)
      .where(eq(postings.id, sql.placeholder("id"))),
  );

  return {
    /** Whether it was new. */
    async insert(tx: Tx, { entries: lines, ...posting }: Posting, recordedAt: Date): Promise<boolean> {
      const inserted = await tx.db
        .insert(postings)
        .values({ ...posting, recordedAt })
        .onConflictDoNothing()
        .returning({ id: postings.id });
      if (inserted.length === 0) return false;
      const rows = lines
        .filter(({ amount }) => amount !== 0)
        .map(({ account, amount }) => {
          return { id: createId("ent", recordedAt), account, amount, currency: posting.currency };
        });
      if (rows.length === 0) return true;
      await tx.db.insert(entries).values(rows.map((row) => ({ ...row, postingId: posting.id })));
      await tx.db.insert(unfolded).values(rows.map(({ id, ...row }) => ({ ...row, entryId: id })));
      return true;
    },

    async has(handle: Handle, id: string): Promise<boolean> {
      return (await byId(handle, { id })).length > 0;
    },

    /** The ids among these that are posted. */
    async posted(handle: Handle, ids: readonly string[]): Promise<Set<string>> {
      if (ids.length === 0) return new Set();
      const rows = await handle.db
        .select({ id: postings.id })
        .from(postings)
        .where(inArray(postings.id, [...ids]));
      return new Set(rows.map(({ id }) => id));
    },

    /** In one statement, so that a fold that is committed meanwhile is seen whole or not at all. */
    async balance(handle: Handle, account: string, currency: string): Promise<number> {
      const [row] = await handle.rows<{ amount: number | string }>(balance, { account, currency });
      return Number(row?.amount ?? 0);
    },

    /** Newest first. */
    async list(
      handle: Handle,
      wanted: { account: string; currency?: string | undefined; limit: number; cursor?: string | undefined },
    ): Promise<Page<LedgerEntry>> {
      const { account, currency, limit, cursor } = wanted;
      const rows = await handle.db
        .select({
          id: entries.id,
          postingId: entries.postingId,
          kind: postings.kind,
          reference: postings.reference,
          account: entries.account,
          currency: entries.currency,
          amount: entries.amount,
          at: postings.at,
        })
        .from(entries)
        .innerJoin(postings, eq(postings.id, entries.postingId))
        .where(
          and(
            eq(entries.account, account),
            currency === undefined ? undefined : eq(entries.currency, currency),
            cursor === undefined ? undefined : lt(entries.id, cursor),
          ),
        )
        .orderBy(desc(entries.id))
        .limit(limit + 1);
      return pageOf(rows, limit, ({ id }) => id);
    },

    /** Moves entries into their balances; answers with how many. Safe to do by many at once. */
    async fold(tx: Tx): Promise<number> {
      const taken = await tx.rows<{ account: string; currency: string; amount: number | string }>(sql`
        delete from ${unfolded} where entry_id in (
          select entry_id from ${unfolded} order by entry_id limit ${foldAtOnce} ${skipLocked})
        returning account, currency, amount`);
      const sums = new Map<string, { account: string; currency: string; amount: number }>();
      for (const { account, currency, amount } of taken) {
        const key = `${currency} ${account}`;
        const sum = sums.get(key) ?? { account, currency, amount: 0 };
        sums.set(key, { ...sum, amount: sum.amount + Number(amount) });
      }
      // In one order for all, so that two folds never wait for each other.
      const rows = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
      for (const row of rows) {
        await tx.db
          .insert(balances)
          .values(row)
          .onConflictDoUpdate({
            target: [balances.account, balances.currency],
            set: { amount: sql`${balances.amount} + ${row.amount}` },
          });
      }
      return taken.length;
    },

    async currenciesOf(handle: Handle, account: string): Promise<string[]> {
      const rows = await handle.db
        .selectDistinct({ currency: entries.currency })
        .from(entries)
        .where(eq(entries.account, account));
      return rows.map(({ currency }) => currency);
    },

    /** What postings do to Stripe's balance and fees, by their ids. */
    async sidesOf(handle: Handle, ids: readonly string[]): Promise<Map<string, StripeSides>> {
      const sides = new Map<string, StripeSides>();
      if (ids.length === 0) return sides;
      const rows = await handle.db
        .select({
          id: postings.id,
          currency: postings.currency,
          account: entries.account,
          amount: entries.amount,
        })
        .from(postings)
        .leftJoin(entries, eq(entries.postingId, postings.id))
        .where(inArray(postings.id, [...ids]));
      for (const { id, currency, account, amount } of rows) {
        const { balance: net, fees } = sides.get(id) ?? { balance: 0, fees: 0 };
        sides.set(id, {
          id,
          currency,
          balance: net + (account === stripeBalance ? (amount ?? 0) : 0),
          fees: fees + (account === stripeFees ? (amount ?? 0) : 0),
        });
      }
      return sides;
    },

    /** The postings of Stripe's balance transactions, page by page. */
    async *stripePostings(handle: Handle): AsyncGenerator<StripeSides> {
      // The sign after ":" is ";".
      for (let after = "txn:"; ; ) {
        const page = await handle.db
          .select({ id: postings.id })
          .from(postings)
          .where(and(gt(postings.id, after), lt(postings.id, "txn;")))
          .orderBy(asc(postings.id))
          .limit(foldAtOnce);
        const ids = page.map(({ id }) => id).filter((id) => !id.endsWith(":exchange"));
        yield* (await this.sidesOf(handle, ids)).values();
        const last = page.at(-1);
        if (!last || page.length < foldAtOnce) return;
        after = last.id;
      }
    },

    async count(handle: Handle): Promise<number> {
      return handle.db.$count(postings);
    },

    /** What the books do not explain. Reads everything, each kind in one snapshot. */
    async differences(handle: Handle): Promise<LedgerDifference[]> {
      const unbalanced = await handle.rows<AuditRow>(sql`
        select e.posting_id as name, p.currency as currency, 0 as expected, cast(sum(e.amount) as bigint) as actual
        from payments_ledger_entries e left join payments_ledger_postings p on p.id = e.posting_id
        group by e.posting_id, p.currency
        having sum(e.amount) <> 0 or p.currency is null or min(e.currency) <> p.currency or max(e.currency) <> p.currency
        order by e.posting_id`);
      const wrong = await handle.rows<AuditRow>(sql`
        select account as name, currency, cast(sum(entered) as bigint) as expected, cast(sum(kept) as bigint) as actual
        from (
          select account, currency, amount as entered, 0 as kept from payments_ledger_entries
          union all select account, currency, 0, amount from payments_ledger_balances
          union all select account, currency, 0, amount from payments_ledger_unfolded
        ) as lines
        group by account, currency having sum(entered) <> sum(kept) order by account, currency`);
      return [...unbalanced.map(toDifference("unbalanced_posting")), ...wrong.map(toDifference("balance_differs"))];
    },
  };
}

interface AuditRow {
  readonly name: string;
  readonly currency: string | null;
  readonly expected: number | string;
  readonly actual: number | string;
}

/** `sum` comes as text from PostgreSQL. */
const toDifference =
  (kind: LedgerDifference["kind"]) =>
  ({ name, currency, expected, actual }: AuditRow): LedgerDifference => ({
    kind,
    subject: name,
    currency: currency ?? "",
    expected: Number(expected),
    actual: Number(actual),
  });
