import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { dataFolder } from "../folders/folders.ts";
import { execute } from "./execute.ts";

/** The two databases RevOps runs on. */
export type Dialect = "sqlite" | "postgres";

/** Where a fresh, empty database is. */
export interface TestDatabase {
  dialect: Dialect;
  /** `file:/…` for SQLite, `postgres://…` for PostgreSQL. */
  url: string;
}

export interface TestDatabaseOptions {
  dialect: Dialect;
  /** A PostgreSQL user that may create databases, e.g. `startPostgres()`'s; not needed for SQLite. */
  adminUrl?: string;
}

/**
 * Makes a fresh, empty database: a SQLite file in a temporary folder, or a `revops_test_<random>` on a PostgreSQL server.
 *
 * `remove()` deletes it, also while connections are open (PostgreSQL ends them); close yours first.
 *
 * @throws Error when `dialect` is `"postgres"` without an `adminUrl`, or the server refuses.
 * @example
 * const database = await createTestDatabase({ dialect: "postgres", adminUrl: server.adminUrl });
 * // … use database.url …
 * await database.remove();
 */
export async function createTestDatabase({
  dialect,
  adminUrl,
}: TestDatabaseOptions): Promise<TestDatabase & { remove(): Promise<void> }> {
  if (dialect === "sqlite") return createFile();
  if (adminUrl === undefined) throw new Error("createTestDatabase: a postgres database needs the adminUrl of a server");
  return createOnServer(adminUrl);
}

/** A file that is not there yet, in a folder of its own. */
export async function createFile() {
  const folder = await dataFolder("revops-test-");
  return {
    dialect: "sqlite" as const,
    url: `file:${join(folder, "test.db")}`,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function createOnServer(adminUrl: string) {
  const name = databaseName();
  // template0 is always empty, and never busy: copying template1 fails while anybody is connected to it. Copying files
  // costs half of copying through the log.
  await execute(adminUrl, `create database ${name} template template0 strategy file_copy`);
  return onServer(adminUrl, name);
}

/** The name of a database that nobody has yet. */
export function databaseName(): string {
  return `revops_test_${randomBytes(8).toString("hex")}`;
}

/** A database of a server, by its name. */
export function onServer(adminUrl: string, name: string) {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return {
    dialect: "postgres" as const,
    url: url.href,
    remove: async () => void (await execute(adminUrl, `drop database if exists ${name} with (force)`)),
  };
}
