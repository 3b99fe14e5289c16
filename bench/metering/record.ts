/** `record` beside prepared statements that insert the same rows and update the same counters, in turns. */
import { openDatabase } from "@revops/database";
import { createSaas, type Saas, standardPlans } from "@revops/saas";
import { median } from "../auth/compare.ts";
import { type Measured, measureCalls, medianOf, percentOf, show, thousands } from "./latency.ts";
import { type Place, pathOf } from "./place.ts";
import { openRawPostgres } from "./raw-postgres.ts";
import { openRawSqlite } from "./raw-sqlite.ts";
import { callers, type RawEvent, rawEvents, subjectOf, type Workload } from "./workload.ts";

export interface Raw {
  run(events: readonly RawEvent[]): Promise<void>;
  close(): Promise<void>;
}

/** The raw writer over a database of its own. */
export async function openRaw(place: Place, workload: Workload): Promise<Raw> {
  const url = await place.open();
  const keys = new Map(rawEvents(workload, "keys").map(({ counterKey }, n) => [subjectOf(workload, n), counterKey]));
  return place.dialect === "sqlite" ? openRawSqlite(pathOf(url), workload, keys) : openRawPostgres(url, workload, keys);
}

/** Subjects whose use is unlimited. */
export async function openSubjects(url: string, subjectIds: readonly string[]) {
  const database = openDatabase({ url });
  const saas = createSaas({ database, plans: standardPlans });
  await database.transaction(async (tx) => {
    for (const subjectId of subjectIds) {
      await saas.entitlements.assign({ subjectId, tier: "enterprise", status: "active" }, tx);
    }
  });
  return {
    saas,
    /** Closes, once what was measured is known to be right. */
    async close(): Promise<void> {
      const differences = await saas.ledger.verify();
      if (differences.length > 0) throw new Error(`${differences.length} balances are not what their ledger says`);
      await database.close();
    },
  };
}

export function subjectsOf(workload: Workload): string[] {
  return Array.from({ length: workload.subjects }, (_, n) => subjectOf(workload, n));
}

export async function recordAll(saas: Saas, workload: Workload, run: string): Promise<Measured> {
  return measureCalls(callers, workload.events, (n) =>
    saas.meters.record({ subjectId: subjectOf(workload, n), id: `${run}-${n}`, feature: "api_call" }),
  );
}

export async function timeRaw(raw: Raw, workload: Workload, run: string): Promise<number> {
  const events = rawEvents(workload, run);
  const started = performance.now();
  await raw.run(events);
  return workload.events / ((performance.now() - started) / 1_000);
}

export async function compareRecord(place: Place, title: string, workload: Workload, rounds: number): Promise<void> {
  const raw = await openRaw(place, workload);
  const ours = await openSubjects(await place.open(), subjectsOf(workload));
  const runs: Measured[] = [];
  const limits: number[] = [];
  // Round 0 warms up.
  for (let round = 0; round <= rounds; round++) {
    const limit = await timeRaw(raw, workload, `${round}`);
    const own = await recordAll(ours.saas, workload, `${round}`);
    if (round === 0) continue;
    limits.push(limit);
    runs.push(own);
  }
  const own = medianOf(runs);
  const limit = median(limits);
  show(`record, ${title}`, own, `: ${percentOf(own.perSecond, limit)} of ${thousands(limit)} raw`);
  await raw.close();
  await ours.close();
}
