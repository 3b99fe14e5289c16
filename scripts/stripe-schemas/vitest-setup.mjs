// A vitest `globalSetup`: every Stripe call that any test makes is seen, and its parameters validate against schemas generated
// from the SDK's own types. Prints how many, and fails the run when one does not.
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { sdkVersion } from "./calls.mjs";
import { createCheck } from "./validate.mjs";

const root = join(import.meta.dirname, "../..");
/** Read by scripts/test.mjs, to be the last line of `npm test`. */
export const summaryFile = join(root, "node_modules/.cache/revops/stripe-calls.txt");

export default async function setup() {
  rmSync(summaryFile, { force: true });
  const folder = mkdtempSync(join(tmpdir(), "revops-stripe-calls-"));
  process.env.REVOPS_STRIPE_CALLS = folder;
  const recorder = pathToFileURL(join(import.meta.dirname, "record.mjs")).href;
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ""} --import ${recorder}`.trim();
  return async () => {
    try {
      await report(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

async function report(folder) {
  const lines = readdirSync(folder).flatMap((file) =>
    readFileSync(join(folder, file), "utf8").split("\n").filter(Boolean),
  );
  if (lines.length === 0) return;
  const check = createCheck(await schemas());
  const wrong = new Map();
  let valid = 0;
  let refused = 0;
  let unserved = 0;
  for (const line of lines) {
    const call = JSON.parse(line);
    // What the emulator refuses for its parameters is a test of that refusal.
    if (call.unserved) unserved += 1;
    else if (call.refused) refused += 1;
    else {
      const problem = check(call);
      if (problem === undefined) valid += 1;
      else wrong.set(problem, (wrong.get(problem) ?? 0) + 1);
    }
  }
  const taken = lines.length - refused - unserved;
  const percent = taken === 0 ? 100 : Math.floor((1_000 * valid) / taken) / 10;
  const summary = `Stripe calls in tests: ${lines.length} seen, ${refused} refused for their parameters, ${unserved} to addresses that are not served, ${percent} % of the other ${taken} valid by the types of stripe ${sdkVersion}`;
  mkdirSync(dirname(summaryFile), { recursive: true });
  writeFileSync(summaryFile, summary);
  console.log(`\n${summary}`);
  if (wrong.size === 0) return;
  const list = [...wrong].map(([problem, times]) => `  ${problem}${times === 1 ? "" : ` (${times} times)`}`);
  process.exitCode = 1;
  throw new Error(`Stripe calls whose parameters the SDK's types do not allow:\n${list.join("\n")}`);
}

/** Generated in seconds when the SDK or the emulator's routes changed, and kept beside the dependencies. */
async function schemas() {
  const { routes } = await import("../../packages/stripe-emulator/src/emulator/routes.ts");
  const { keyOf } = await import("./calls.mjs");
  const keys = [...new Set(routes.map(({ method, path }) => keyOf(method, path)))].sort();
  const generator = readFileSync(join(import.meta.dirname, "generate.mjs"));
  const name = createHash("sha256")
    .update(generator)
    .update([sdkVersion, ...keys].join("\n"))
    .digest("hex")
    .slice(0, 16);
  const file = join(root, `node_modules/.cache/revops/stripe-schemas-${name}.json`);
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    const { generateSchemas } = await import("./generate.mjs");
    const schema = generateSchemas(keys);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(schema));
    return schema;
  }
}
