/** @revops/database: one handle over SQLite and PostgreSQL. A diff of this file is a diff of the public API. */
export { type Columns, defineTables, type Tables } from "./columns/columns.ts";
export type { Connection, PostgresClient, SqliteConnection } from "./connection.ts";
export { type ConstraintViolation, constraintViolation } from "./constraints.ts";
export type {
  Database,
  Dialect,
  Handle,
  Lookup,
  LookupQuery,
  PointReader,
  Queries,
  Tx,
  WriteParameter,
  WriterThread,
  WriteStep,
} from "./database.ts";
export { type DatabaseErrorCode, databaseErrors } from "./errors.ts";
export { type MigrationSet, migrate } from "./migrations/migrate.ts";
export { type DatabaseOptions, openDatabase } from "./open.ts";
export { isOutage } from "./outage.ts";
export { enlistPostgres, overPool } from "./postgres/postgres.ts";
export { type Prepared, prepared } from "./prepared.ts";
export { repeated, repeating, wasRolledBackForOthers } from "./repeating.ts";
