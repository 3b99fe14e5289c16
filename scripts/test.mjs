// `npm test`: everything that must hold, on a fresh clone. Arguments go on to vitest: `npm test -- --project saas`.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { coverageTable } from "./coverage.mjs";
import { install } from "./install.mjs";
import { step } from "./progress.mjs";
import { endOnSignals, run } from "./run.mjs";
import { root } from "./stamp.mjs";
import { toolchain } from "./toolchain.mjs";

endOnSignals();
const logs = mkdtempSync(join(tmpdir(), "revops-test-logs-"));
const reports = mkdtempSync(join(tmpdir(), "revops-test-"));
const failedSteps = [];
let counts = { passed: 0, failed: 0, skipped: [] };
try {
  const tools = await step("toolchain", () => toolchain(console.log));
  await step(
    "install",
    () => install(tools),
    (note) => note,
  );
  // What the tests log is gathered there: see vitest.logs.ts.
  const env = { ...tools.env, REVOPS_TEST_LOGS: logs };
  const tool = (...command) => run(tools.pnpm, ["exec", ...command], { cwd: root, env });
  const script = (...command) => run(tools.node, ["--conditions=source", ...command], { cwd: root, env: tools.env });

  await attempt("lint", () => tool("biome", "check", "."));
  await attempt("types", () => tool("tsc", "-p", "tsconfig.json", "--noEmit"));
  await attempt("nothing unused", () => tool("knip", "--no-config-hints"));
  await attempt("boundaries", () => script("scripts/check-boundaries.mjs"), lastLine);
  await attempt("migrations", () => script("scripts/generate-migrations.mjs", "--check"));
  await attempt("changesets", () => script("scripts/check-changesets.mjs"), lastLine);
  await attempt("client", () => script("scripts/generate-client.mjs", "--check"));
  await attempt("tests on SQLite and PostgreSQL", () =>
    tool(
      ...["vitest", "run", "--config", "vitest.workspace.ts", "--reporter=default", "--reporter=json"],
      ...[`--outputFile.json=${join(reports, "tests.json")}`, "--coverage.enabled", "--coverage.reporter=json-summary"],
      ...[`--coverage.reportsDirectory=${join(reports, "coverage")}`, ...process.argv.slice(2)],
    ),
  );
  const chosen = process.argv.length > 2 ? ["--some"] : [];
  await attempt(
    "no secret in what the tests logged",
    () => script("scripts/check-logs.mjs", logs, ...chosen),
    lastLine,
  );
  counts = testCounts(join(reports, "tests.json"));
  const coverage = readJson(join(reports, "coverage", "coverage-summary.json"));
  if (coverage) console.log(`\n${coverageTable(coverage, root)}`);
} catch (error) {
  if (error.output) console.error(error.output.trim());
  console.error(`✗ ${error.message}`);
  failedSteps.push(error.message);
} finally {
  for (const folder of [reports, logs]) rmSync(folder, { recursive: true, force: true });
}

console.log("");
const stripeCalls = readText(join(root, "node_modules/.cache/revops/stripe-calls.txt"));
if (stripeCalls) console.log(stripeCalls);
for (const name of counts.skipped) console.log(`SKIPPED: ${name}`);
for (const name of failedSteps) console.log(`FAILED: ${name}`);
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped.length} skipped`);
process.exitCode = failedSteps.length > 0 || counts.failed > 0 || counts.passed === 0 ? 1 : 0;

/** A step that fails shows what it printed and lets the others go on. */
async function attempt(name, work, note) {
  try {
    await step(name, work, note);
  } catch (error) {
    console.error((error.output ?? error.stack).trim());
    failedSteps.push(name);
  }
}

function lastLine(output) {
  return output.trim().split("\n").at(-1);
}

function readText(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function testCounts(file) {
  const results = readJson(file)?.testResults ?? [];
  const tests = results.flatMap((each) => each.assertionResults.map((test) => ({ ...test, file: each.name })));
  const of = (...states) => tests.filter(({ status }) => states.includes(status));
  // A file that cannot be loaded has no test that could fail.
  const broken = results.filter((each) => each.status === "failed" && each.assertionResults.length === 0);
  return {
    passed: of("passed").length,
    failed: of("failed").length + broken.length,
    skipped: of("skipped", "pending", "todo", "disabled").map(
      (test) => `${test.file.slice(root.length)}: ${test.fullName}`,
    ),
  };
}
