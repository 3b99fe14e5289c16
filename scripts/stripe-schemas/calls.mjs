// What the SDK can call, read from the SDK itself: "post /v1/customers/:" and the name of its parameters' type.
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";

/** The SDK that the emulator and its tests use. */
export const sdkRoot = realpathSync(join(import.meta.dirname, "../../packages/stripe-emulator/node_modules/stripe"));
export const sdkVersion = JSON.parse(readFileSync(join(sdkRoot, "package.json"), "utf8")).version;

/** Paths with any name for what is variable: `/v1/customers/:id` and `/v1/customers/${id}` are both `/v1/customers/:`. */
export const keyOf = (method, path) => `${method.toLowerCase()} ${path.replaceAll(/:\w+|\$\{[^}]*\}/g, ":")}`;

/** @returns {Map<string, string>} the type by its key; an SDK method without parameters of its own has none */
export function callsOfSdk() {
  const calls = new Map();
  for (const file of filesBelow(join(sdkRoot, "esm/resources"))) {
    const types = parameterTypes(readFileSync(file.replace(/\.js$/, ".d.ts"), "utf8"));
    const source = readFileSync(file, "utf8");
    for (const method of source.matchAll(/^ {4}(\w+)\([^)]*\) \{\n(.*?)^ {4}\}/gms)) {
      const [, name, body] = method;
      for (const [, verb, quoted] of body.matchAll(/_makeRequest\('(GET|POST|DELETE)', ([`'][^`']*[`'])/g)) {
        const path = quoted.slice(1, -1);
        const type = types.get(name);
        if (path.startsWith("/v1/") && type !== undefined) calls.set(keyOf(verb, path), type);
      }
    }
  }
  return calls;
}

/** The name of the `params` type of each method of a resource class. */
function parameterTypes(declarations) {
  const types = new Map();
  for (const [, name, type] of declarations.matchAll(/^ {4}(\w+)\([^)]*?params\??: ([\w.]+), options/gm))
    types.set(name, type);
  return types;
}

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".js") && !entry.parentPath.includes("V2"))
    .map((entry) => join(entry.parentPath, entry.name));
}
