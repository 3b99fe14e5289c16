/** `consume` beside one UPDATE for each call, each a durable transaction of its own; and `check` from memory. */
import Sqlite from "better-sqlite3";
import pg from "pg";
import { type Measured, measureCalls, medianOf, show } from "./latency.ts";
import { type Place, pathOf } from "./place.ts";
import { openSubjects, subjectsOf } from "./record.ts";
import { subjectOf, type Workload } from "./workload.ts";

export const consumers = 64;
const checks = 1_000_000;

/** One row for each subject, updated by a call of its own. */
async function openUpdates(place: Place, subjects: number) {
  const url = await place.open();
  if (place.dialect === "sqlite") {
    const connection = new Sqlite(pathOf(url));
    connection.pragma("journal_mode = WAL");
    connection.pragma("synchronous = FULL");
    connection.exec("create table plain_counters (key integer primary key, used integer not null) strict");
    const insert = connection.prepare("insert into plain_counters values (?, 0)");
    connection.transaction(() => {
      for (let n = 0; n < subjects; n++) insert.run(n);
    })();
    const update = connection.prepare("update plain_counters set used = used + 1 where key = ?");
    return { update: async (key: number) => void update.run(key), close: async () => void connection.close() };
  }
  const pool = new pg.Pool({ connectionString: url, max: consumers });
  await pool.query("create table plain_counters (key integer primary key, used bigint not null)");
  await pool.query("insert into plain_counters select n, 0 from generate_series(0, $1::integer - 1) as n", [subjects]);
  const text = "update plain_counters set used = used + 1 where key = $1";
  return {
    update: async (key: number) => void (await pool.query({ name: "update_one", text, values: [key] })),
    close: () => pool.end(),
  };
}

export async function compareConsume(place: Place, title: string, workload: Workload, rounds: number): Promise<void> {
  const { events, subjects } = workload;
  const plain = await openUpdates(place, subjects);
  const ours = await openSubjects(await place.open(), subjectsOf(workload));
  const runs: { own: Measured[]; one: Measured[] } = { own: [], one: [] };
  for (let round = 0; round <= rounds; round++) {
    const one = await measureCalls(consumers, Math.min(events, 5_000), (n) => plain.update(n % subjects));
    const own = await measureCalls(consumers, events, (n) =>
      ours.saas.quotas.consume({ subjectId: subjectOf(workload, n), feature: "api_call" }),
    );
    if (round === 0) continue;
    runs.one.push(one);
    runs.own.push(own);
  }
  const [own, one] = [medianOf(runs.own), medianOf(runs.one)];
  show(`one UPDATE per call, ${title}`, one);
  show(`consume, ${title}`, own, `: ${(own.perSecond / one.perSecond).toFixed(1)} × one UPDATE per call`);
  await plain.close();
  await ours.close();
}

export async function measureCheck(place: Place): Promise<void> {
  const ours = await openSubjects(await place.open(), ["usr_0"]);
  const check = { subjectId: "usr_0", feature: "api_call", maxAgeMs: 600_000 } as const;
  await ours.saas.quotas.check(check);
  const runs: Measured[] = [];
  for (let round = 0; round < 3; round++) {
    runs.push(await measureCalls(1, checks, () => ours.saas.quotas.check(check)));
  }
  show("check from memory, one after the other", medianOf(runs));
  await ours.close();
}
