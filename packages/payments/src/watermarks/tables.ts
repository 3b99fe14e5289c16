import type { Columns } from "@revops/database";

export const watermarkTables = (c: Columns) => ({
  /** Up to when Stripe's lists were read. */
  watermarks: c.table("payments_watermarks", { name: c.text().primaryKey(), at: c.time().notNull() }),
});
