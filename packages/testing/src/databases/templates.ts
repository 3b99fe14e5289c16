/** Databases that are made once for a run and copied for each test: migrating takes several times as long as a copy. */
import { createHash } from "node:crypto";
import { copyFile, link, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  createFile,
  createTestDatabase,
  type Dialect,
  databaseName,
  onServer,
  type TestDatabase,
} from "./databases.ts";
import { execute } from "./execute.ts";

/** What a database is like when a test gets it. */
export interface Template {
  /** Tells it from the others of the run. */
  readonly name: string;
  /** Fills an empty database, and closes its connections to it. Called once for a run and a kind of database, mostly. */
  prepare(database: TestDatabase): Promise<void>;
}

/** Where the templates of a run are kept. */
export interface TemplateStore {
  /** A folder, for SQLite. */
  readonly folder: string;
  /** What the names of its databases on the server begin with. */
  readonly prefix: string;
}

/**
 * Makes a fresh database that is like the template. The first to ask for one prepares it; any number of processes may
 * be the first at once.
 * @throws what `prepare` throws
 */
export async function createFromTemplate(
  template: Template,
  { dialect, adminUrl, store }: { readonly dialect: Dialect; readonly adminUrl: string; readonly store: TemplateStore },
): Promise<TestDatabase & { remove(): Promise<void> }> {
  const name = createHash("sha256").update(template.name).digest("hex").slice(0, 16);
  return dialect === "sqlite"
    ? copyOfFile(template, join(store.folder, `${name}.db`))
    : copyOnServer(template, `${store.prefix}${name}`, adminUrl);
}

/** Removes the templates of a run, so that they are prepared anew. */
export async function removeTemplates(adminUrl: string, { folder, prefix }: TemplateStore): Promise<void> {
  for (const name of await readdir(folder)) await rm(join(folder, name));
  const names = await execute(adminUrl, `select datname from pg_database where starts_with(datname, '${prefix}')`);
  for (const { datname } of names) await execute(adminUrl, `drop database if exists ${String(datname)} with (force)`);
}

async function copyOfFile(template: Template, path: string) {
  const copied = await createFile();
  const target = copied.url.slice("file:".length);
  try {
    await copyFile(path, target);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    await prepareOrRemove(template, copied);
    // Nobody sees half of it: it is copied beside, and gets its name at once. Whoever comes second leaves the first one's.
    const beside = `${path}.${databaseName()}`;
    await copyFile(target, beside);
    await link(beside, path).catch(unless("EEXIST"));
    await rm(beside);
  }
  return copied;
}

async function copyOnServer(template: Template, name: string, adminUrl: string) {
  const copy = databaseName();
  const make = () => execute(adminUrl, `create database ${copy} template ${name} strategy file_copy`);
  try {
    await make();
  } catch (error) {
    if (!hasCode(error, invalidCatalogName)) throw error;
    const prepared = await createTestDatabase({ dialect: "postgres", adminUrl });
    await prepareOrRemove(template, prepared);
    const own = new URL(prepared.url).pathname.slice(1);
    await execute(adminUrl, `alter database ${own} rename to ${name}`).catch(async (refused) => {
      await prepared.remove();
      unless(duplicateDatabase, uniqueViolation)(refused);
    });
    await make();
  }
  return onServer(adminUrl, copy);
}

const invalidCatalogName = "3D000";
const duplicateDatabase = "42P04";
/** The same of two that rename at one moment: each has looked before the other's name was there, and the catalog's index refuses. */
const uniqueViolation = "23505";

async function prepareOrRemove(
  { prepare }: Template,
  { remove, ...database }: TestDatabase & { remove(): Promise<void> },
) {
  try {
    await prepare(database);
  } catch (error) {
    await remove();
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function unless(...codes: string[]): (error: unknown) => void {
  return (error) => {
    if (!codes.some((code) => hasCode(error, code))) throw error;
  };
}
