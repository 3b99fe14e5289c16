/** `POST /billing/usage` in batches of 100 at the reference server, a process of its own, beside the raw limit. */
import { openDatabase } from "@revops/database";
import { sql } from "drizzle-orm";
import { median } from "../auth/compare.ts";
import { fill } from "../http/fill.ts";
import { startProcess } from "../http/start.ts";
import type { HttpLoad } from "./http-load.ts";
import { type Measured, medianOf, percentOf, show, thousands } from "./latency.ts";
import type { Place } from "./place.ts";
import { runScript } from "./process.ts";
import { openRaw, timeRaw } from "./record.ts";
import type { Workload } from "./workload.ts";

const batch = 100;
const connections = 16;

export async function compareHttp(place: Place, title: string, workload: Workload, rounds: number): Promise<void> {
  const raw = await openRaw(place, workload);
  const databaseUrl = await place.open();
  const keys = await openKeys(databaseUrl, place.folder, workload.subjects);
  const server = await startProcess({
    script: "../../apps/server/src/main.ts",
    name: `server-${workload.subjects}`,
    folder: place.folder,
    env: {
      NODE_ENV: "development",
      DATABASE_URL: databaseUrl,
      PORT: "0",
      STRIPE_EMULATOR_PORT: "0",
      RATE_LIMIT_PER_MINUTE: "0",
      LOG_LEVEL: "info",
    },
  });
  const runs: Measured[] = [];
  const limits: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const limit = await timeRaw(raw, workload, `${round}`);
    const requests = Math.ceil(workload.events / batch);
    const request: HttpLoad = { url: server.url, run: `${round}`, keys, requests, batch, connections };
    const own = await runScript<Measured>(new URL("./http-load.ts", import.meta.url), request);
    if (round === 0) continue;
    limits.push(limit);
    runs.push({ ...own, perSecond: own.perSecond * batch });
  }
  const own = medianOf(runs);
  const limit = median(limits);
  show(`HTTP, batches of ${batch}, ${title}`, own, `: ${percentOf(own.perSecond, limit)} of ${thousands(limit)} raw`);
  await server.stop();
  await raw.close();
}

/** API keys of as many subjects whose use is unlimited. */
async function openKeys(databaseUrl: string, folder: string, subjects: number): Promise<readonly string[]> {
  const { keys } = await fill(databaseUrl, folder, 0);
  const database = openDatabase({ url: databaseUrl });
  await database.rows(sql`update saas_entitlements set tier = 'enterprise'`);
  await database.close();
  return keys.slice(0, subjects);
}
