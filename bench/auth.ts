/**
 * Credentials verified per second, beside the limit of what they stand on and beside others that do the same work.
 *
 *   node --conditions=source bench/auth.ts [--count 10000] [--rounds 5] [--directory .] [--only keys,tokens,logins,enumeration,better-auth]
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createTestDatabase, startPostgres } from "@revops/testing";
import { measureBetterAuth } from "./auth/better-auth.ts";
import { measureEnumeration } from "./auth/enumeration.ts";
import { measureKeys } from "./auth/keys.ts";
import { measureLogins } from "./auth/logins.ts";
import { measureTokens } from "./auth/tokens.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "10000" },
    rounds: { type: "string", default: "5" },
    directory: { type: "string", default: tmpdir() },
    only: { type: "string" },
  },
});
const count = Number(values.count);
const rounds = Number(values.rounds);
const wanted = (name: string) => values.only === undefined || values.only.split(",").includes(name);

console.log(`${count} credentials a round, median of ${rounds} rounds; Node ${process.version}`);
const folder = await mkdtemp(join(values.directory, "revops-bench-"));
try {
  if (wanted("keys")) await measureKeys(join(folder, "keys.db"), count, rounds);
  if (wanted("tokens")) await measureTokens(count, rounds);
  if (wanted("logins")) await onBoth("logins", measureLogins);
  if (wanted("enumeration")) await onBoth("enumeration", measureEnumeration);
  const files = { ours: join(folder, "ours.db"), theirs: join(folder, "theirs.db") };
  if (wanted("better-auth")) await measureBetterAuth(files, count, rounds);
} finally {
  await rm(folder, { recursive: true });
}

/** The reference server on each database, in an empty folder. */
async function onBoth(
  title: string,
  measure: (folder: string, url: string, name: string, rounds: number) => Promise<void>,
) {
  const own = join(folder, title);
  await mkdir(join(own, "postgres"), { recursive: true });
  await measure(own, `file:${join(own, "data", "revops.db")}`, "SQLite", rounds);
  const postgres = process.env["DATABASE_URL"] === undefined ? await startPostgres() : undefined;
  const adminUrl = postgres?.adminUrl ?? process.env["DATABASE_URL"] ?? "";
  const database = await createTestDatabase({ dialect: "postgres", adminUrl });
  await measure(join(own, "postgres"), database.url, "PostgreSQL", rounds);
  await database.remove();
  await postgres?.stop();
}
