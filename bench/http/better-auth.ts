/**
 * The same application on better-auth's API keys: it counts a key's requests and what remains of its quota durably, one
 * update each; then the same indexed read, the same headers, and a line in the log.
 */
import Sqlite from "better-sqlite3";
import express from "express";
import helmet from "helmet";
import pg from "pg";
import { pino } from "pino";
import { openBetterAuthKeys } from "../auth/better-auth-keys.ts";
import { serve } from "./serve.ts";

interface Wanted {
  readonly databaseUrl: string;
  readonly bodies: Record<string, object>;
  readonly keyCount: number;
}

const { databaseUrl, bodies, keyCount }: Wanted = JSON.parse(process.argv[2] ?? "");
const quota = 100_000;

const { database, findListing } = await openStore();
const { keys, verify } = await openBetterAuthKeys(database, keyCount, { perDay: quota, remaining: quota });
console.log(`keys ${JSON.stringify(keys)}`);

const logger = pino({ base: null });
const app = express();
app.use(helmet());
app.use((request, response, next) => {
  const startedAt = performance.now();
  response.once("close", () => {
    const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
    logger.info({ method: request.method, path: request.path, status: response.statusCode, durationMs }, "request");
  });
  next();
});
app.get("/api/v1/marketplace/packages/:id", async (request, response) => {
  if (!(await verify(`${request.headers["x-api-key"]}`))) response.status(401).end();
  else response.json(await findListing(request.params.id));
});
serve(app);

async function openStore() {
  const rows = Object.entries(bodies).map(([id, body]) => [id, JSON.stringify(body)] as const);
  const table = "create table listings (id text primary key, body text not null)";
  if (databaseUrl.startsWith("file:")) {
    const sqlite = new Sqlite(databaseUrl.slice("file:".length));
    sqlite.pragma("journal_mode = WAL");
    sqlite.pragma("synchronous = FULL");
    sqlite.exec(table);
    for (const row of rows) sqlite.prepare("insert into listings values (?, ?)").run(...row);
    const select = sqlite.prepare<[string], { body: string }>("select body from listings where id = ?");
    return { database: sqlite, findListing: async (id: string) => JSON.parse(select.get(id)?.body ?? "null") };
  }
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  await pool.query(table);
  for (const row of rows) await pool.query("insert into listings values ($1, $2)", [...row]);
  const text = "select body from listings where id = $1";
  return {
    database: pool,
    async findListing(id: string) {
      const { rows } = await pool.query({ name: "listing", text, values: [id] });
      return JSON.parse(rows[0].body);
    },
  };
}
