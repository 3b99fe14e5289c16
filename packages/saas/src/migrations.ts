import type { MigrationSet } from "@revops/database";

/** Hand it to `migrate(database, [saasMigrations])`. */
export const saasMigrations: MigrationSet = { name: "saas", directory: new URL("../migrations/", import.meta.url) };
