/**
 * Writes each package's migrations for both databases from its `src/schema.ts`.
 *
 *   node --conditions=source scripts/generate-migrations.mjs            writes what is missing
 *   node --conditions=source scripts/generate-migrations.mjs --check    fails when a schema and its migrations differ
 *   … --name add_refunds                                                the name of the new files ("init" for the first)
 *
 * A snapshot of the schema is kept beside the SQL (`meta/snapshot.json`), so that the next run writes the difference only.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";

// drizzle-kit's API is CommonJS that loads the dialects lazily.
const kit = createRequire(import.meta.url)("drizzle-kit/api");
const root = new URL("../packages/", import.meta.url);
const { values } = parseArgs({ options: { check: { type: "boolean", default: false }, name: { type: "string" } } });

const dialects = {
  sqlite: {
    snapshot: kit.generateSQLiteDrizzleJson,
    empty: () => kit.generateSQLiteDrizzleJson({}),
    diff: kit.generateSQLiteMigration,
  },
  postgres: {
    snapshot: kit.generateDrizzleJson,
    empty: () => kit.generateDrizzleJson({}),
    diff: kit.generateMigration,
  },
};

let differing = 0;
for (const name of readdirSync(root)) {
  const schemaFile = new URL(`${name}/src/schema.ts`, root);
  if (!existsSync(schemaFile)) continue;
  const tablesOf = Object.values(await import(schemaFile.href)).find((value) => typeof value === "function");
  if (!tablesOf) throw new Error(`packages/${name}/src/schema.ts exports no defineTables(…)`);
  for (const dialect of Object.keys(dialects)) await generate(name, dialect, tablesOf(dialect));
}
if (differing > 0) {
  console.error("Run: node --conditions=source scripts/generate-migrations.mjs --name <what_changed>");
  process.exitCode = 1;
}

async function generate(name, dialect, tables) {
  const tool = dialects[dialect];
  const folder = new URL(`${name}/migrations/${dialect}/`, root);
  assertNumbered(name, dialect, folder);
  const snapshotFile = new URL("meta/snapshot.json", folder);
  const before = existsSync(snapshotFile) ? JSON.parse(readFileSync(snapshotFile, "utf8")) : await tool.empty();
  const after = await snapshotOf(tool, tables, before.id);
  const statements = await tool.diff(before, after);
  if (statements.length === 0) return;
  if (values.check) {
    differing++;
    console.error(`packages/${name}: the ${dialect} migrations do not make the schema of src/schema.ts`);
    return;
  }
  mkdirSync(new URL("meta/", folder), { recursive: true });
  const version = readdirSync(folder).filter((file) => file.endsWith(".sql")).length + 1;
  const file = `${String(version).padStart(4, "0")}_${values.name ?? (version === 1 ? "init" : "change")}.sql`;
  writeFileSync(new URL(file, folder), `${statements.map((sql) => tidy(sql, dialect)).join("\n")}\n`);
  writeFileSync(snapshotFile, `${JSON.stringify(after, null, 2)}\n`);
  console.log(`packages/${name}/migrations/${dialect}/${file}`);
}

/** From 1 on, each number once: of two branches that each made the next one, the later takes another. */
function assertNumbered(name, dialect, folder) {
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".sql")) : [];
  for (const [index, file] of files.toSorted().entries()) {
    if (Number(file.slice(0, 4)) === index + 1) continue;
    throw new Error(`packages/${name}/migrations/${dialect}/${file}: number ${index + 1} is expected here`);
  }
}

/** The arguments differ: PostgreSQL's takes schema names before the casing. */
function snapshotOf(tool, tables, previousId) {
  return tool === dialects.postgres
    ? tool.snapshot(tables, previousId, undefined, "snake_case")
    : tool.snapshot(tables, previousId, "snake_case");
}

/** SQLite takes 1.5 into an INTEGER column unless the table is STRICT, which drizzle-kit cannot say. */
function tidy(sql, dialect) {
  const text = sql.replaceAll("`", '"').trim();
  return dialect === "sqlite" && text.startsWith("CREATE TABLE") ? text.replace(/\);$/, ") STRICT;") : text;
}
