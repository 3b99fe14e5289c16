// Makes a JSON Schema of the parameters of calls from the SDK's own types.
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGenerator } from "ts-json-schema-generator";
import { callsOfSdk, sdkRoot } from "./calls.mjs";

/**
 * @param {readonly string[]} keys the calls, see keyOf; those the SDK has not are left out
 * @returns {object} the schema: a property for each call, with its parameters below
 */
export function generateSchemas(keys) {
  const calls = callsOfSdk();
  const known = keys.filter((key) => calls.has(key));
  const folder = mkdtempSync(join(tmpdir(), "revops-stripe-schemas-"));
  try {
    symlinkSync(sdkRoot, join(folder, "stripe"));
    const properties = known.map((key) => `  ${JSON.stringify(key)}: Stripe.${calls.get(key)};`);
    writeFileSync(
      join(folder, "calls.ts"),
      `import type { Stripe } from "./stripe/esm/stripe.core.js";\nexport interface Calls {\n${properties.join("\n")}\n}\n`,
    );
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: { strict: true, skipLibCheck: true, module: "nodenext", target: "es2022", types: [] },
        files: ["calls.ts"],
      }),
    );
    const generator = createGenerator({
      path: join(folder, "calls.ts"),
      tsconfig: join(folder, "tsconfig.json"),
      type: "Calls",
      skipTypeCheck: true,
      additionalProperties: false,
      jsDoc: "none",
      topRef: false,
    });
    return generator.createSchema("Calls");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
