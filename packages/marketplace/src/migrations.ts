import type { MigrationSet } from "@revops/database";

/** The marketplace's tables, to be applied with `migrate(database, [marketplaceMigrations])`. */
export const marketplaceMigrations: MigrationSet = {
  name: "marketplace",
  directory: new URL("../migrations/", import.meta.url),
};
