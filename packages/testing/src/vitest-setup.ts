import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import type { TestProject } from "vitest/node";
import { removeTemplates } from "./databases/templates.ts";
import { dataFolder } from "./folders/folders.ts";
import { startPostgres } from "./postgres/postgres.ts";
import type {} from "./vitest.ts";

/**
 * A vitest `globalSetup`: the PostgreSQL server for `forEachDatabase`. The one that `DATABASE_URL` names if that is a
 * `postgres://` address of a user who may create databases, otherwise one started for this run and removed after it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env["DATABASE_URL"];
  const server =
    given !== undefined && /^postgres(ql)?:\/\//.test(given)
      ? { adminUrl: given, stop: async () => {} }
      : await startPostgres();
  const folder = await dataFolder("revops-templates-");
  const templates = { folder, prefix: `revops_template_${randomBytes(4).toString("hex")}_` };
  project.provide("revopsPostgresUrl", server.adminUrl);
  project.provide("revopsTemplates", templates);
  // Who edits a migration while the tests are watched wants the new one.
  project.onTestsRerun(() => removeTemplates(server.adminUrl, templates));
  return async () => {
    await removeTemplates(server.adminUrl, templates);
    await rm(folder, { recursive: true });
    await server.stop();
  };
}
