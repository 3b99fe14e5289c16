/** Bringing a database's schema up to what the packages expect. */
import { type Clock, systemClock } from "@revops/core";
import { sql } from "drizzle-orm";
import type { Database, Tx } from "../database.ts";
import { databaseErrors } from "../errors.ts";
import { type Migration, type MigrationSet, readMigrations } from "./files.ts";

export type { MigrationSet } from "./files.ts";

/** Any number, as long as it stays: the key of PostgreSQL's advisory lock for migrating. */
const lockKey = 7_303_014;

interface Applied {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

/**
 * Applies what is missing, all in one transaction, and answers with the names of what it applied. Any number of
 * instances may start at once: one migrates, the others wait for it and find nothing left to do.
 *
 * @throws `migration_changed` when an applied migration's text differs from the shipped one; `schema_newer` when the
 *   database has a migration that this version does not know: start the newer version, never an older one on it
 * @example await migrate(database, [jobsMigrations, authMigrations]);
 */
export async function migrate(
  database: Database,
  sets: readonly MigrationSet[],
  { clock = systemClock }: { clock?: Clock } = {},
): Promise<string[]> {
  const shipped = await Promise.all(
    sets.map(async (set) => ({ set, migrations: await readMigrations(set, database.dialect) })),
  );
  return database.transaction(async (tx) => {
    await lock(tx);
    const applied: string[] = [];
    for (const { set, migrations } of shipped) {
      const present = await tx.rows<Applied>(
        sql`select version, name, checksum from revops_migrations where package = ${set.name} order by version`,
      );
      assertKnown(set, present, migrations);
      for (const migration of migrations.slice(present.length)) {
        await apply(tx, migration);
        await tx.rows(sql`
          insert into revops_migrations (package, version, name, checksum, applied_at)
          values (${set.name}, ${migration.version}, ${migration.name}, ${migration.checksum}, ${clock.now().toISOString()})`);
        applied.push(`${set.name}/${migration.name}`);
      }
    }
    return applied;
  });
}

/** Makes sure that one instance migrates at a time. On SQLite the transaction itself holds the write lock. */
async function lock(tx: Tx): Promise<void> {
  if (tx.connection.dialect === "postgres") await tx.rows(sql`select pg_advisory_xact_lock(${lockKey})`);
  await tx.rows(sql`
    create table if not exists revops_migrations (
      package text not null, version integer not null, name text not null, checksum text not null,
      applied_at text not null, primary key (package, version)
    )`);
}

function assertKnown(set: MigrationSet, present: readonly Applied[], shipped: readonly Migration[]): void {
  for (const [index, row] of present.entries()) {
    const migration = shipped[index];
    if (!migration) {
      throw databaseErrors.schema_newer({
        detail: `The database has ${set.name}/${row.name}, which this version does not know. Start the newer version.`,
      });
    }
    if (migration.checksum !== row.checksum) {
      throw databaseErrors.migration_changed({
        detail: `${set.name}/${row.name} was applied with another text. Restore the file and put the change into a new migration.`,
      });
    }
  }
}

async function apply(tx: Tx, migration: Migration): Promise<void> {
  // Both drivers take many statements at once only without parameters.
  if (tx.connection.dialect === "sqlite") tx.connection.sqlite.exec(migration.sql);
  else await tx.connection.postgres.query(migration.sql);
}
