/** For the tests of a service: `@revops/database/testing`. */
import { type MigrationSet, migrate } from "./migrations/migrate.ts";
import { openDatabase } from "./open.ts";

/**
 * A database with these migrations, for `open()` of `@revops/testing`: it is migrated once for a run of the tests, and copied
 * for each test, which takes a fraction of the time.
 * @example const { url } = await open(migrated([jobsMigrations, authMigrations]));
 */
export function migrated(sets: readonly MigrationSet[]): {
  readonly name: string;
  prepare(database: { readonly url: string }): Promise<void>;
} {
  return {
    name: sets.map(({ directory }) => directory.href).join(" "),
    async prepare({ url }) {
      const database = openDatabase({ url });
      try {
        await migrate(database, sets);
      } finally {
        await database.close();
      }
    },
  };
}
