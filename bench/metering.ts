/**
 * Metering beside the limit of the database it runs on, in turns on the same machine and disk; medians of the rounds. Durable on
 * both sides: `synchronous=FULL` on SQLite, `fsync` and `synchronous_commit` on PostgreSQL.
 *
 *   node --conditions=source bench/metering.ts [--database sqlite|postgres] [--only record,consume,check,http]
 *     [--events 50000] [--rounds 5] [--directory .]
 *   node --conditions=source bench/metering.ts --database sqlite|postgres --only scale [--stored 10000000]
 *     [--population 1000000] [--keep <file>] [--kept <file>]
 *
 * Filling takes minutes: `--keep` fills, notes where and ends, `--kept` measures on what was noted (on PostgreSQL, give both
 * the same DATABASE_URL).
 *
 * DATABASE_URL names a PostgreSQL to use; without it one is started.
 */
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { compareConsume, consumers, measureCheck } from "./metering/consume.ts";
import { compareHttp } from "./metering/http.ts";
import { openPlace } from "./metering/place.ts";
import { compareRecord } from "./metering/record.ts";
import { compareScaled, fillScaled } from "./metering/scale.ts";
import { callers } from "./metering/workload.ts";

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "50000" },
    rounds: { type: "string", default: "5" },
    directory: { type: "string", default: tmpdir() },
    database: { type: "string" },
    stored: { type: "string", default: "10000000" },
    population: { type: "string", default: "1000000" },
    keep: { type: "string" },
    kept: { type: "string" },
    only: { type: "string", default: "record,consume,check,http" },
  },
});
const rounds = Number(values.rounds);
const only = values.only.split(",");
const workloads = [
  ["one hot subject", { subjects: 1, events: Number(values.events) }],
  ["1,000 subjects", { subjects: 1_000, events: Number(values.events) }],
] as const;

console.log(
  `${values.events} events a round, ${rounds} rounds; ${callers} callers of record, ${consumers} of consume; Node ${process.version}`,
);
for (const dialect of ["sqlite", "postgres"] as const) {
  if (values.database !== undefined && values.database !== dialect) continue;
  console.log(`\n${dialect}`);
  if (values.kept !== undefined) {
    await compareScaled(JSON.parse(await readFile(values.kept, "utf8")), Number(values.events), rounds);
    continue;
  }
  const place = await openPlace(dialect, values.directory);
  for (const [title, workload] of workloads) {
    if (only.includes("record")) await compareRecord(place, title, workload, rounds);
    if (only.includes("consume")) await compareConsume(place, title, workload, rounds);
    if (only.includes("http")) await compareHttp(place, title, workload, rounds);
  }
  if (only.includes("check")) await measureCheck(place);
  if (only.includes("scale")) {
    const scale = { events: Number(values.stored), subjects: Number(values.population) };
    const scaled = await fillScaled(place, scale);
    if (values.keep !== undefined) {
      await writeFile(values.keep, JSON.stringify(scaled));
      continue;
    }
    await compareScaled(scaled, Number(values.events), rounds);
  }
  await place.close();
}
