import { afterAll, describe, inject, onTestFinished } from "vitest";
import { createTestDatabase, type Dialect, type TestDatabase } from "./databases/databases.ts";
import { createFromTemplate, type Template, type TemplateStore } from "./databases/templates.ts";

export type { Template } from "./databases/templates.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Provided by `@revops/testing/vitest-setup`. */
    revopsPostgresUrl: string;
    /** Provided there too. */
    revopsTemplates: TemplateStore;
  }
}

/**
 * Opens a fresh database, empty or like a template, removed when the test that opened it is finished.
 * @example
 * const migrated: Template = {
 *   name: "invoices",
 *   async prepare({ url }) {
 *     const database = openDatabase({ url });
 *     await migrate(database, [invoiceMigrations]);
 *     await database.close();
 *   },
 * };
 * const { url } = await open(migrated);
 */
export type OpenDatabase = (template?: Template) => Promise<TestDatabase>;

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
    const atEnd = (remove: () => Promise<void>) => {
      try {
        onTestFinished(remove);
      } catch {
        // Not inside a test: vitest refuses, the describe's end removes it.
        left.push(remove);
      }
    };
    tests(opener(dialect, atEnd), dialect);
  });
}

/**
 * Opens databases of one kind, for a test that is not the same on both.
 * @example
 * const { url } = await openOn("postgres")();
 */
export function openOn(dialect: Dialect): OpenDatabase {
  return opener(dialect, onTestFinished);
}

function opener(dialect: Dialect, atEnd: (remove: () => Promise<void>) => void): OpenDatabase {
  return async (template) => {
    const where = { dialect, adminUrl: inject("revopsPostgresUrl") };
    const { remove, ...database } = template
      ? await createFromTemplate(template, { ...where, store: inject("revopsTemplates") })
      : await createTestDatabase(where);
    atEnd(remove);
    return database;
  };
}
