import type { MigrationSet } from "@revops/database";

/** The tables of this package, for `migrate()`. */
export const paymentsMigrations: MigrationSet = {
  name: "payments",
  directory: new URL("../migrations/", import.meta.url),
};
