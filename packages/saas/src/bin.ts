#!/usr/bin/env node
/** Proves the balances from the command line: the exit code is 0 only when nothing differs. */
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { openDatabase } from "@revops/database";
import { audit } from "./ledger/audit.ts";
import type { Difference } from "./ledger/difference.ts";
import type { Plans } from "./plans/plans.ts";
import { standardPlans } from "./plans/standard.ts";

const usage = `Usage: revops-usage verify --database <url> [options]
  --database <url>   file:<path> or postgres://user:password@host/database
  --plans <file>     a module that exports your plans as "plans" or by default; else the ones as shipped
  --subject <id>     only this subject's balances
  --json             one difference a line, as JSON
  --help`;

function lineOf(difference: Difference): string {
  const { kind, ...rest } = difference;
  const members = Object.entries(rest).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `${kind}: ${members.join(" ")}`;
}

async function loadPlans(file: string | undefined): Promise<Plans> {
  if (file === undefined) return standardPlans;
  const loaded = (await import(pathToFileURL(file).href)) as { readonly plans?: Plans; readonly default?: Plans };
  const plans = loaded.plans ?? loaded.default;
  if (typeof plans?.feature !== "function") throw new Error(`${file} exports no plans.`);
  return plans;
}

async function verify(url: string, plans: Plans, subjectId: string | undefined, json: boolean): Promise<void> {
  const database = openDatabase({ url });
  try {
    const differences = await audit(database, plans, subjectId);
    for (const difference of differences) console.error(json ? JSON.stringify(difference) : lineOf(difference));
    console.log(
      differences.length === 0
        ? "no differences: every balance, hour, day and group is what its ledger and its events say"
        : `${differences.length} differences`,
    );
    if (differences.length > 0) process.exitCode = 1;
  } finally {
    await database.close();
  }
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      database: { type: "string" },
      plans: { type: "string" },
      subject: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) console.log(usage);
  else if (positionals.join(" ") !== "verify") throw new Error("The one command is verify.");
  else if (values.database === undefined) throw new Error("--database names the database to read.");
  else await verify(values.database, await loadPlans(values.plans), values.subject, values.json);
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\nSee revops-usage --help.`);
  process.exitCode = 2;
}
