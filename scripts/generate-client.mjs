/**
 * Writes what `@revops/client` knows of the API, from the document that the routes themselves make.
 *
 *   node --conditions=source scripts/generate-client.mjs            writes it
 *   node --conditions=source scripts/generate-client.mjs --check    fails when the client and the routes differ
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const folder = new URL("../packages/client/src/generated/", import.meta.url);

const document = await apiDocument();
const files = {
  "schema.ts": `/** Generated from the OpenAPI document: \`node --conditions=source scripts/generate-client.mjs\`. */\n${await types(document)}`,
  "operations.ts": operations(document),
};
const differing = Object.entries(files).filter(([name, text]) => text !== contentOf(name));
if (values.check) {
  for (const [name] of differing) console.error(`packages/client/src/generated/${name} is not what the routes say`);
  if (differing.length > 0) process.exitCode = 1;
} else {
  for (const [name, text] of differing) {
    writeFileSync(new URL(name, folder), text);
    console.log(`packages/client/src/generated/${name}`);
  }
}

/** The document of an API over packages that nothing is asked of. */
async function apiDocument() {
  const source = (name) => import(new URL(`../packages/${name}/src/index.ts`, import.meta.url).href);
  const [{ openDatabase }, { createAuth }, { createJobs }] = await Promise.all(
    ["database", "auth", "jobs"].map(source),
  );
  const [
    { createSaas },
    { createPayments },
    { createMarketplace, fileArtifactStore },
    { createApi, createOutgoingWebhooks },
  ] = await Promise.all(["saas", "payments", "marketplace", "api"].map(source));
  const database = openDatabase({ url: ":memory:" });
  const secret = "no secret at all: nothing is served or kept";
  const jobs = createJobs({ database });
  const never = () => Promise.reject(new Error("Nothing is asked of it."));
  const { document } = createApi({
    database,
    auth: createAuth({ database, tokens: { secret } }),
    saas: createSaas({ database }),
    payments: createPayments({ database, jobs, stripe: { secretKey: "sk_test_none", webhookSecret: "whsec_none" } }),
    marketplace: createMarketplace({
      ...{ database, secret, charge: never },
      artifacts: fileArtifactStore({ directory: tmpdir() }),
    }),
    webhooks: createOutgoingWebhooks({ database, jobs, secret }),
    secret,
  });
  await database.close();
  return document;
}

/** openapi-typescript needs the compiler's API, which the TypeScript of the other packages no longer has. */
async function types(document) {
  const require = createRequire(new URL("../packages/client/package.json", import.meta.url));
  const { default: openapiTS, astToString } = require("openapi-typescript");
  return astToString(
    await openapiTS(withoutOpenCodes(document), { alphabetize: true, defaultNonNullable: false, silent: true }),
  );
}

/**
 * The narrowing of a problem's `code` says that other members may follow, as the problem itself does: said twice, each would
 * be an index signature of three lines, a thousand times.
 */
function withoutOpenCodes(document) {
  const copy = structuredClone(document);
  for (const item of Object.values(copy.paths)) {
    for (const { responses } of Object.values(item)) {
      for (const { content } of Object.values(responses)) {
        const [, narrowing] = content?.["application/problem+json"]?.schema.allOf ?? [];
        if (narrowing) delete narrowing.additionalProperties;
      }
    }
  }
  return copy;
}

/** Which operations take an `Idempotency-Key`: those that may be sent twice. */
function operations(document) {
  const idempotent = Object.entries(document.paths)
    .flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([, { parameters = [] }]) => parameters.some(({ name }) => name === "Idempotency-Key"))
        .map(([method]) => `${method.toUpperCase()} ${path}`),
    )
    .sort();
  return `/** Generated from the OpenAPI document: \`node --conditions=source scripts/generate-client.mjs\`. */

/** Operations that take an \`Idempotency-Key\`, and so may be sent again when an answer was lost. */
export const idempotentOperations: ReadonlySet<string> = new Set([
${idempotent.map((each) => `  ${JSON.stringify(each)},\n`).join("")}]);
`;
}

function contentOf(name) {
  try {
    return readFileSync(new URL(name, folder), "utf8");
  } catch {
    return undefined;
  }
}
