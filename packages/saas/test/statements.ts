/** What must hold of every statement, whatever happened: nothing counted twice, nothing lost. */
import type { Database } from "@revops/database";
import { sql } from "drizzle-orm";
import { expect } from "vitest";
import type { ClosedCycle, Saas, StatementLine } from "../src/index.ts";
import { priceOf, priceOfPart, unitsOf } from "./recompute.ts";

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
    for (const feature of saas.plans.features) {
      if (feature.kind === "allocated") await checkStanding(database, saas, closed, feature);
    }
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
  const terms = await termsOf(saas, { subjectId, end });
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

/** By the terms of its last instant. */
async function termsOf(saas: CheckedSaas, { subjectId, end }: Pick<ClosedCycle, "subjectId" | "end">) {
  const history = await saas.entitlements.history(subjectId);
  const terms = history.find(({ since }) => since < end) ?? history.at(-1);
  if (!terms) throw new Error("A subject that has a cycle has terms.");
  return terms;
}

/**
 * Each line of a standing count is the most that was held of it in the cycle, and costs that part of its price for a period
 * which the cycle is of the period: no more for being cut in two.
 */
async function checkStanding(
  database: Database,
  saas: CheckedSaas,
  closed: readonly ClosedCycle[],
  { id, decimals, meter }: Saas["plans"]["features"][number],
): Promise<void> {
  let held = 0n;
  for (const cycle of closed) {
    const what = `${cycle.subjectId} ${cycle.tier} ${cycle.start.toISOString()} ${id}`;
    const entries = await database.rows<{ quantity: string | number }>(sql`
      select l.quantity from saas_ledger l join saas_cycle_usage u
        on u.counter_key = l.counter_key and l.entry between u.first_entry and u.last_entry
      join saas_counters c on c.key = l.counter_key
      where u.cycle_id = ${cycle.id} and c.feature = ${id} and c.subject_id = ${cycle.subjectId} order by l.entry`);
    let most = held;
    for (const { quantity } of entries) {
      held += BigInt(quantity);
      if (held > most) most = held;
    }
    const line = lastLinesOf(closed, cycle).find((one) => one.id === `usage:${id}`);
    expect(Number(line?.quantity ?? 0), what).toBe(Number(most) / 10 ** decimals);
    const { plan, status } = await termsOf(saas, cycle);
    const rule = plan.rules[id];
    const { charge } = rule ?? {};
    if (!rule || !charge || charge.model === "flat" || meter?.aggregation === "time_weighted_sum") continue;
    if (charge.model === "per_seat" && charge.basis === "prorated") continue;
    const [from, to] = await leftOf(database, cycle);
    const price = status === "trialing" ? 0 : priceOfPart(rule, most, decimals, from, to);
    expect(line?.amount.amount ?? 0, what).toBe(price);
  }
}

/** How much of the period that its price is for was left when a cycle's part of it began, and when that or the cycle ended, in seconds. */
async function leftOf(database: Database, { id, start: begun, end: over }: ClosedCycle) {
  type Basis = Record<"period" | "part", readonly [start: string, end: string]>;
  const [row] = await database.rows<{ basis: string | Basis }>(sql`select basis from saas_cycles where id = ${id}`);
  if (!row) throw new Error("A closed cycle is kept.");
  const { period, part }: Basis = typeof row.basis === "string" ? JSON.parse(row.basis) : row.basis;
  const seconds = (at: string) => BigInt(Math.floor(Date.parse(at) / 1_000));
  const [start, end] = [seconds(period[0]), seconds(period[1])];
  const left = (at: string) => [end - seconds(at), end - start] as const;
  const isPaidFor = Date.parse(part[0]) < Date.parse(part[1]);
  const until = Math.min(Date.parse(part[1]), over.getTime());
  return [left(isPaidFor ? part[0] : begun.toISOString()), left(new Date(until).toISOString())] as const;
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
