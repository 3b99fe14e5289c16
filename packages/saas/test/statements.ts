/** What must hold of every statement, whatever happened: nothing counted twice, nothing lost. */
import type { Database } from "@revops/database";
import { sql } from "drizzle-orm";
import { expect } from "vitest";
import type { ClosedCycle, Saas, StatementLine } from "../src/index.ts";
import { priceOf, unitsOf } from "./recompute.ts";

type CheckedSaas = Pick<Saas, "cycles" | "ledger" | "usage" | "plans" | "entitlements">;

/** For when all cycles that anything was used in are closed, and closed again after the last late event. */
export async function checkStatements(
  database: Database,
  saas: CheckedSaas,
  subjects: readonly string[],
): Promise<{ cycles: number; adjustments: number }> {
  expect(await saas.ledger.verify()).toEqual([]);
  expect(await uncounted(database)).toEqual([]);
  let [cycles, adjustments] = [0, 0];
  for (const subjectId of subjects) {
    const closed = await cyclesOf(saas, subjectId);
    cycles += closed.length;
    adjustments += checkMoney(closed);
    for (const [index, { start }] of closed.entries()) if (index > 0) expect(start).toEqual(closed[index - 1]?.end);
    for (const cycle of closed) await checkQuantities(database, saas, cycle, lastLinesOf(closed, cycle));
  }
  return { cycles, adjustments };
}

/** Balances whose entries statements do not count, each once. */
async function uncounted(database: Database) {
  return database.rows(sql`
    select c.subject_id, c.feature, c.used, c.entries, sum(u.quantity) as stated, max(u.last_entry) as last_entry
    from saas_counters c left join saas_cycle_usage u on u.counter_key = c.key
    group by c.key, c.subject_id, c.feature, c.used, c.entries
    having coalesce(sum(u.quantity), 0) <> c.used or coalesce(max(u.last_entry), 0) <> c.entries
      or coalesce(sum(u.last_entry - u.first_entry + 1), 0) <> c.entries`);
}

async function cyclesOf(saas: Pick<Saas, "cycles">, subjectId: string): Promise<ClosedCycle[]> {
  const { data } = await saas.cycles.list(subjectId, { limit: 100 });
  return data.toReversed();
}

/** The total is the sum of the lines; each cycle's charges, adjustments included, end at what it last came to. */
function checkMoney(closed: readonly ClosedCycle[]): number {
  const charged = new Map<string, number>();
  const last = new Map<string, number>();
  let adjustments = 0;
  const add = (id: string, amount: number) => charged.set(id, (charged.get(id) ?? 0) + amount);
  for (const { id, statement } of closed) {
    expect(statement.total.amount).toBe(statement.lines.reduce((sum, { amount }) => sum + amount.amount, 0));
    last.set(id, 0);
    add(id, 0);
    for (const { amount, restates } of statement.lines) {
      add(restates?.cycleId ?? id, amount.amount);
      if (restates === null) last.set(id, (last.get(id) ?? 0) + amount.amount);
      else {
        adjustments += 1;
        expect(restates.before.amount).toBe(last.get(restates.cycleId));
        expect(restates.after.amount).toBe(restates.lines.reduce((sum, line) => sum + line.amount.amount, 0));
        last.set(restates.cycleId, restates.after.amount);
      }
    }
  }
  expect(charged).toEqual(last);
  return adjustments;
}

/** A cycle's lines as they were stated last. */
function lastLinesOf(closed: readonly ClosedCycle[], { id, statement }: ClosedCycle): readonly StatementLine[] {
  const restated = closed.flatMap((cycle) =>
    cycle.statement.lines.flatMap(({ restates }) => (restates?.cycleId === id ? [restates.lines] : [])),
  );
  return restated.at(-1) ?? statement.lines;
}

/** Each metered line is what its events, listed now, add up to and cost, by the terms of the cycle's last instant. */
async function checkQuantities(
  database: Database,
  saas: CheckedSaas,
  { subjectId, start, end }: ClosedCycle,
  lines: readonly StatementLine[],
): Promise<void> {
  const history = await saas.entitlements.history(subjectId);
  const terms = history.find(({ since }) => since < end) ?? history.at(-1);
  if (!terms) throw new Error("A subject that has a cycle has terms.");
  for (const feature of saas.plans.features) {
    if (feature.kind !== "metered") continue;
    const line = lines.find(({ id }) => id === `usage:${feature.id}`);
    const all = { feature: feature.id, periodStart: start, firstEntry: 1, lastEntry: Number.MAX_SAFE_INTEGER };
    const units = await unitsOf(saas, subjectId, all);
    const rule = terms.plan.rules[feature.id];
    if (!rule || rule.charge?.model === "flat") continue;
    const what = `${subjectId} ${terms.tier} ${start.toISOString()} ${feature.id}`;
    const paid = await paidByCredits(database, subjectId, feature.id, start);
    const price = terms.status === "trialing" ? 0 : priceOf(rule, units - paid, feature.decimals);
    expect(line?.amount.amount ?? 0, what).toBe(price);
  }
}

/** From the ledgers of the credits. */
async function paidByCredits(database: Database, subjectId: string, feature: string, start: Date): Promise<bigint> {
  const [row] = await database.rows<{ units: string | number | null }>(sql`
    select sum(g.units) as units from saas_grant_entries g join saas_counters c on c.key = g.counter_key
    where c.subject_id = ${subjectId} and c.feature = ${feature}
      and c.period_start = ${database.dialect === "sqlite" ? start.getTime() : start}`);
  return BigInt(row?.units ?? 0);
}

/** What all statements together say was used of a metered feature, in its unit. */
export async function statedUse(saas: Pick<Saas, "cycles">, subjectId: string, feature: string): Promise<number> {
  const closed = await cyclesOf(saas, subjectId);
  const lines = closed.flatMap((cycle) => lastLinesOf(closed, cycle));
  const own = lines.filter(({ id }) => id === `usage:${feature}`);
  return own.reduce((sum, { quantity }) => sum + Number(quantity), 0);
}
