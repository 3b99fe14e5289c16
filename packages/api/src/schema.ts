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
      /** Names the work for whoever does it, so that a try after a crash goes on with the same. */
      work: c.text(),
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
  /** Where customers want to be told. */
  webhookEndpoints: c.table(
    "api_webhook_endpoints",
    {
      id: c.text().primaryKey(),
      subjectId: c.text().notNull(),
      url: c.text().notNull(),
      description: c.text(),
      events: c.json<string[]>().notNull(),
      enabled: c.flag().notNull(),
      /** Sealed, not hashed: each message is signed with it. */
      secret: c.bytes().notNull(),
      /** The one before, which signs too until then. */
      previousSecret: c.bytes(),
      previousSecretUntil: c.time(),
      createdAt: c.time().notNull(),
      /** The last message that arrived, or when the endpoint was turned on. */
      healthyAt: c.time().notNull(),
      /** By the machine's clock: one process at a time sends to an endpoint, so that messages arrive in order. */
      leasedUntil: c.bigint().notNull(),
      leaseToken: c.text(),
    },
    (table) => [c.index("api_webhook_endpoints_subject_id").on(table.subjectId, table.id)],
  ),
  /** The number of each customer's last message. Its row is locked until the commit, so numbers are in the order of commits. */
  webhookSequences: c.table("api_webhook_sequences", {
    subjectId: c.text().primaryKey(),
    last: c.bigint().notNull(),
  }),
  /** What was said, once for all endpoints of a customer. */
  webhookMessages: c.table(
    "api_webhook_messages",
    {
      id: c.text().primaryKey(),
      subjectId: c.text().notNull(),
      type: c.text().notNull(),
      sequence: c.bigint().notNull(),
      /** The very bytes that are signed. */
      body: c.text().notNull(),
      createdAt: c.time().notNull(),
    },
    (table) => [
      c.uniqueIndex("api_webhook_messages_sequence_unique").on(table.subjectId, table.sequence),
      c.index("api_webhook_messages_created_at").on(table.createdAt),
    ],
  ),
  webhookDeliveries: c.table(
    "api_webhook_deliveries",
    {
      id: c.text().primaryKey(),
      endpointId: c.text().notNull(),
      messageId: c.text().notNull(),
      sequence: c.bigint().notNull(),
      state: c.text().$type<"pending" | "delivered" | "failed">().notNull(),
      attempts: c.integer().notNull(),
      nextAttemptAt: c.time(),
      createdAt: c.time().notNull(),
    },
    (table) => [
      c.index("api_webhook_deliveries_endpoint_id").on(table.endpointId, table.id),
      c.index("api_webhook_deliveries_next").on(table.endpointId, table.state, table.sequence),
      c.index("api_webhook_deliveries_message_id").on(table.messageId),
    ],
  ),
  /** Append-only: every try. */
  webhookAttempts: c.table(
    "api_webhook_attempts",
    {
      id: c.text().primaryKey(),
      deliveryId: c.text().notNull(),
      at: c.time().notNull(),
      status: c.integer(),
      error: c.text(),
      durationMs: c.integer().notNull(),
    },
    (table) => [c.index("api_webhook_attempts_delivery_id").on(table.deliveryId, table.id)],
  ),
}));
