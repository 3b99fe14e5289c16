import type { MigrationSet } from "@revops/database";

/** The tables of this package, for `migrate`. */
export const apiMigrations: MigrationSet = { name: "api", directory: new URL("../migrations/", import.meta.url) };
