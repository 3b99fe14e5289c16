/** Reading a package's migrations from its folder. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { Dialect } from "../database.ts";

/** The migrations that a package ships: `<directory>/sqlite/0001_….sql` and `<directory>/postgres/0001_….sql`. */
export interface MigrationSet {
  /** The package's table prefix: `auth`, `saas` … */
  readonly name: string;
  /** The folder, as `new URL("../migrations/", import.meta.url)`. */
  readonly directory: URL;
}

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the text, so that a change of an applied migration is noticed. */
  readonly checksum: string;
}

/** Reads the migrations for a dialect, lowest version first. */
export async function readMigrations(set: MigrationSet, dialect: Dialect): Promise<Migration[]> {
  const folder = new URL(`${dialect}/`, set.directory);
  const names = (await readdir(folder)).filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), "utf8");
      // Line ends are folded: a checkout on Windows must not look like a changed migration.
      const checksum = createHash("sha256").update(sql.replaceAll("\r\n", "\n")).digest("hex");
      return { version: Number(name.slice(0, 4)), name, sql, checksum };
    }),
  );
}
