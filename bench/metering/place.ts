/** The databases that are measured on: files, or databases of a server that flushes each commit to the same disk. */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { migrate, openDatabase } from "@revops/database";
import { saasMigrations } from "@revops/saas";
import { createTestDatabase, type Dialect, startPostgres } from "@revops/testing";

export interface Place {
  readonly dialect: Dialect;
  /** For files that belong to a measurement. */
  readonly folder: string;
  /** A migrated database of its own. */
  open(): Promise<string>;
  close(): Promise<void>;
}

/** @param directory on the disk that is to be measured; DATABASE_URL names a PostgreSQL to use instead of one of our own */
export async function openPlace(dialect: Dialect, directory: string): Promise<Place> {
  const folder = await mkdtemp(join(directory, "revops-bench-"));
  const given = process.env["DATABASE_URL"];
  const server =
    dialect === "postgres" && given === undefined ? await startPostgres({ durable: true, directory }) : undefined;
  const adminUrl = given ?? server?.adminUrl ?? "";
  let files = 0;
  return {
    dialect,
    folder,
    async open() {
      const url =
        dialect === "sqlite"
          ? `file:${join(folder, `measured${files++}.db`)}`
          : (await createTestDatabase({ dialect, adminUrl })).url;
      const database = openDatabase({ url });
      await migrate(database, [saasMigrations]);
      await database.close();
      return url;
    },
    async close() {
      await server?.stop();
      await rm(folder, { recursive: true });
    },
  };
}

export const pathOf = (url: string): string => url.slice("file:".length);
