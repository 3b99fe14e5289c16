import { defineTables } from "@revops/database";

export const apiTables = defineTables((c) => ({
  /** The requests that carried an `Idempotency-Key`, each with its first answer. */
  idempotency: c.table(
    "api_idempotency",
    {
      /** The user who sent it: two users' keys never meet. */
      principal: c.text().notNull(),
      key: c.text().notNull(),
      /** SHA-256 of method, path, query and body. */
      fingerprint: c.text().notNull(),
      /** Null while the first request is running. */
      status: c.integer(),
      /** The first body, sealed: it may hold a new API key. */
      answer: c.bytes(),
      /** By the machine's clock: a virtual clock that jumps must not end a lease. */
      leasedUntil: c.bigint().notNull(),
      /** Tells the request that holds the lease from one that held it before. */
      leaseToken: c.text(),
      expiresAt: c.time().notNull(),
    },
    (table) => [
      c.primaryKey({ name: "api_idempotency_principal_key_unique", columns: [table.principal, table.key] }),
      c.index("api_idempotency_expires_at").on(table.expiresAt),
    ],
  ),
  /** Buckets that instances on PostgreSQL share; the names are those of the library that counts. Not logged: nobody's loss. */
  rateLimits: c.table("api_rate_limits", {
    key: c.text().primaryKey(),
    points: c.integer().notNull(),
    /** Milliseconds of the machine's clock. */
    expire: c.bigint(),
  }),
}));
