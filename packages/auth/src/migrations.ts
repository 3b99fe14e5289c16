import type { MigrationSet } from "@revops/database";

/** Pass it to `migrate` of @revops/database before the first use. */
export const authMigrations: MigrationSet = { name: "auth", directory: new URL("../migrations/", import.meta.url) };
