import type { MigrationSet } from "@revops/database";

/** The tables of the queue, for `migrate()`. */
export const jobsMigrations: MigrationSet = { name: "jobs", directory: new URL("../migrations/", import.meta.url) };
