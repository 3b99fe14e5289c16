/**
 * Requests per second of the reference server's whole path — API key, rate limit, durable quota, one indexed read,
 * validated answer, security headers, a line in the log — beside a bare Express 5 route with the same body, and beside the
 * same application on better-auth's API keys. Each server and the load have a process of their own; they take turns.
 *
 *   node --conditions=source bench/http.ts [--database sqlite|postgres] [--users 1000] [--connections 128] [--seconds 5]
 *     [--rounds 3] [--directory .] [--only ours,bare,floor,better-auth] [--profile <folder>]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openDatabase } from "@revops/database";
import { startStripeEmulator } from "@revops/stripe-emulator";
import { createTestDatabase, type Dialect, startPostgres } from "@revops/testing";
import { sql } from "drizzle-orm";
import { median } from "./auth/compare.ts";
import { type Filled, fill } from "./http/fill.ts";
import type { LoadResult } from "./http/load.ts";
import { cpuSecondsOfFamily, load, type StartedServer, startProcess } from "./http/start.ts";

const { values } = parseArgs({
  options: {
    database: { type: "string" },
    users: { type: "string", default: "1000" },
    connections: { type: "string", default: "128" },
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
    directory: { type: "string", default: tmpdir() },
    only: { type: "string", default: "ours,bare,better-auth" },
    profile: { type: "string" },
  },
});
const [users, connections, seconds, rounds] = [values.users, values.connections, values.seconds, values.rounds].map(
  Number,
);
const only = values.only.split(",");
const warmUpSeconds = 3;

interface Measured extends LoadResult {
  /** Of the server's process, for each request: what a busy machine does not change much. */
  readonly cpuMicroseconds: number;
  /** Of it, what the thread of the event loop used. */
  readonly loopMicroseconds: number;
  /** The same of the database's processes, 0 where it has none. */
  readonly databaseMicroseconds: number;
}

interface Contender {
  readonly name: string;
  readonly server: StartedServer;
  readonly keys: readonly string[];
}

const stripe = await startStripeEmulator();

async function startOurs(databaseUrl: string, folder: string): Promise<StartedServer> {
  return startProcess({
    script: "../../apps/server/src/main.ts",
    name: "ours",
    folder,
    options: values.profile === undefined ? [] : ["--import", new URL("http/profile.ts", import.meta.url).href],
    env: {
      ...(values.profile === undefined ? {} : { PROFILE_FOLDER: values.profile }),
      DATABASE_URL: databaseUrl,
      PORT: "0",
      JWT_SECRET: "a secret for measurements, of 32 bytes",
      // As in production, Stripe is somebody else: asked when the server starts, and for no request of these.
      STRIPE_SECRET_KEY: "sk_test_measured",
      STRIPE_WEBHOOK_SECRET: "whsec_of_the_measurement",
      STRIPE_API_BASE: stripe.url,
      RATE_LIMIT_PER_MINUTE: "100000",
      LOG_LEVEL: "info",
    },
  });
}

/** The answers that everybody gives, as ours gives them. */
async function bodiesOf({ url }: StartedServer, { keys, listings }: Filled): Promise<Record<string, object>> {
  const bodies: Record<string, object> = {};
  for (const id of listings) {
    const answer = await fetch(`${url}/api/v1/marketplace/packages/${id}`, { headers: { "x-api-key": keys[0] ?? "" } });
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
    bodies[id] = Object(await answer.json());
  }
  return bodies;
}

async function measure(dialect: Dialect, adminUrl: string | undefined): Promise<void> {
  const databasePid = adminUrl === undefined ? undefined : await pidOf(adminUrl);
  const databaseSeconds = async () => (databasePid === undefined ? 0 : cpuSecondsOfFamily(databasePid));
  const folder = await mkdtemp(join(values.directory, "revops-bench-"));
  const onServer = adminUrl === undefined ? {} : { adminUrl };
  const open = () => (dialect === "sqlite" ? inFolder(folder) : createTestDatabase({ dialect, ...onServer }));
  const [own, theirs] = [await open(), await open()];
  const filled = await fill(own.url, folder, users ?? 0);
  const contenders: Contender[] = [];
  const ours = await startOurs(own.url, folder);
  contenders.push({ name: "ours", server: ours, keys: filled.keys });
  const bodies = await bodiesOf(ours, filled);
  if (only.includes("bare")) {
    const server = await startProcess({ script: "bare.ts", name: "bare", folder, input: { bodies } });
    contenders.push({ name: "bare Express 5", server, keys: filled.keys });
  }
  if (only.includes("floor")) {
    const server = await startProcess({ script: "floor.ts", name: "floor", folder, input: { bodies } });
    contenders.push({ name: "bare node:http", server, keys: filled.keys });
  }
  if (only.includes("better-auth")) {
    const input = { databaseUrl: theirs.url, bodies, keyCount: 100 };
    const server = await startProcess({ script: "better-auth.ts", name: "better-auth", folder, input });
    const keys = JSON.parse(/^keys (.*)$/m.exec(server.printed)?.[1] ?? "[]");
    contenders.push({ name: "on better-auth's keys", server, keys });
  }

  const results = contenders.map((): Measured[] => []);
  for (let round = 0; round <= (rounds ?? 0); round++) {
    if (round === 1 && values.profile !== undefined) ours.profile();
    for (const [n, { server, keys }] of contenders.entries()) {
      const { listings } = filled;
      const request = { url: server.url, connections: connections ?? 0, keys, listings };
      const used = async () => [await server.cpuSeconds(), await server.loopSeconds(), await databaseSeconds()];
      const before = await used();
      const result = await load({ ...request, seconds: round === 0 ? warmUpSeconds : (seconds ?? 0) });
      if (result.requests === 0) throw new Error(`${contenders[n]?.name} answered no request in a round.`);
      const each = (await used()).map(
        (seconds, index) => ((seconds - (before[index] ?? 0)) / result.requests) * 1_000_000,
      );
      const [cpuMicroseconds = 0, loopMicroseconds = 0, databaseMicroseconds = 0] = each;
      if (round > 0) results[n]?.push({ ...result, cpuMicroseconds, loopMicroseconds, databaseMicroseconds });
    }
  }
  console.log(`${dialect}, ${(users ?? 0).toLocaleString("en-US")} users, ${connections} connections`);
  const speeds = results.map((all) => median(all.map(({ perSecond }) => perSecond)));
  for (const [n, { name }] of contenders.entries()) {
    const of = (figure: keyof Measured) => median((results[n] ?? []).map((result) => result[figure]));
    const micros = (figure: keyof Measured) => `${Math.round(of(figure))} µs`;
    const ratio = (speeds[0] ?? 0) / (speeds[n] ?? 0);
    const shown = n === 0 ? "" : `  ours: ${ratio > 3 ? `${ratio.toFixed(1)} ×` : `${Math.round(ratio * 100)} %`}`;
    const speed = Math.round(speeds[n] ?? 0).toLocaleString("en-US");
    const ofDatabase = databasePid === undefined ? "" : `, the database ${micros("databaseMicroseconds")}`;
    const processor = `${micros("cpuMicroseconds")} of processor (the event loop ${micros("loopMicroseconds")})${ofDatabase}, the load ${micros("loadMicroseconds")}`;
    console.log(
      `  ${name.padEnd(22)} ${speed.padStart(7)}/s  p50 ${of("p50")} ms, p99 ${of("p99")} ms, ${processor}${shown}`,
    );
  }
  for (const { server } of contenders) await server.stop();
  for (const { remove } of [own, theirs]) await remove();
  await rm(folder, { recursive: true });
}

/** Of the server's first process, whose children the others are. */
async function pidOf(adminUrl: string): Promise<number> {
  const database = openDatabase({ url: adminUrl });
  const [row] = await database.rows<{ pid: string }>(sql`select pg_read_file('postmaster.pid') as pid`);
  await database.close();
  return Number(row?.pid.split("\n", 1)[0]);
}

let files = 0;
async function inFolder(folder: string) {
  // Where the caller's disk is, not in memory.
  return { url: `file:${join(folder, `measured${files++}.db`)}`, remove: async () => {} };
}

if (values.database !== "postgres") await measure("sqlite", undefined);
if (values.database !== "sqlite") {
  const postgres = await startPostgres({ durable: true, directory: values.directory });
  await measure("postgres", postgres.adminUrl);
  await postgres.stop();
}
await stripe.close();
