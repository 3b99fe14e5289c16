import { afterAll, describe, inject, onTestFinished } from "vitest";
import { createTestDatabase, type Dialect, type TestDatabase } from "./databases/databases.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Provided by `@revops/testing/vitest-setup`. */
    revopsPostgresUrl: string;
  }
}

/** Opens a fresh, empty database, removed when the test that opened it is finished. */
export type OpenDatabase = () => Promise<TestDatabase>;

const DIALECTS: readonly Dialect[] = ["sqlite", "postgres"];

/**
 * Runs the same tests on SQLite and on PostgreSQL: one `describe` for each, "on sqlite" and "on postgres".
 *
 * `open()` may be called more than once in a test, and in hooks: a database opened in `beforeAll` lives as long as the
 * `describe`. Close connections with `onTestFinished` (it runs last-in-first-out, so before the database is removed).
 * Needs `globalSetup: ["@revops/testing/vitest-setup"]` in the vitest configuration.
 *
 * @example
 * forEachDatabase("invoices", (open) => {
 *   test("a number is never given twice", async () => {
 *     const { url } = await open();
 *   });
 * });
 */
export function forEachDatabase(title: string, tests: (open: OpenDatabase, dialect: Dialect) => void): void {
  describe.for(DIALECTS)(`${title} on %s`, (dialect) => {
    const left: (() => Promise<void>)[] = [];
    afterAll(async () => {
      await Promise.all(left.map((remove) => remove()));
    });

    tests(async () => {
      const { remove, ...database } = await createTestDatabase({ dialect, adminUrl: inject("revopsPostgresUrl") });
      try {
        onTestFinished(remove);
      } catch {
        // Not inside a test: vitest refuses, the describe's end removes it.
        left.push(remove);
      }
      return database;
    }, dialect);
  });
}
