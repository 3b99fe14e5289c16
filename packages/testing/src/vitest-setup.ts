import type { TestProject } from "vitest/node";
import { startPostgres } from "./postgres/postgres.ts";
import type {} from "./vitest.ts";

/**
 * A vitest `globalSetup`: the PostgreSQL server for `forEachDatabase`. The one that `DATABASE_URL` names if that is a
 * `postgres://` address of a user who may create databases, otherwise one started for this run and removed after it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env["DATABASE_URL"];
  if (given !== undefined && /^postgres(ql)?:\/\//.test(given)) {
    project.provide("revopsPostgresUrl", given);
    return async () => {};
  }
  const server = await startPostgres();
  project.provide("revopsPostgresUrl", server.adminUrl);
  return server.stop;
}
