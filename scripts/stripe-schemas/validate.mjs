// Checks recorded calls against the schemas of the SDK's own parameters.
import { Ajv } from "ajv";
import { keyOf } from "./calls.mjs";

/** Where names are the caller's own, digits are names and not indexes of a list. */
const OWN_NAMES = ["metadata", "payload"];

/** Forms know no lists of hashes: `items[0][price]` may arrive as a hash with the indexes as names. */
function withLists(value, name = "") {
  if (Array.isArray(value)) return value.map((one) => withLists(one));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length > 0 && !OWN_NAMES.includes(name) && entries.every(([key]) => /^\d+$/.test(key)))
    return entries.map(([, one]) => withLists(one));
  return Object.fromEntries(entries.map(([key, one]) => [key, withLists(one, key)]));
}

/**
 * The schema as it holds for what comes over the wire: a decimal is text, and of a list of documented words only those are
 * right, although the SDK's type lets any other through for the sake of older SDKs.
 */
function forTheWire(schema) {
  const definitions = { ...schema.definitions, Decimal: { type: "string", pattern: String.raw`^-?\d+(\.\d+)?$` } };
  const strict = (node) => {
    if (Array.isArray(node)) return node.map(strict);
    if (typeof node !== "object" || node === null) return node;
    const copy = Object.fromEntries(Object.entries(node).map(([key, one]) => [key, strict(one)]));
    if (Array.isArray(copy.anyOf)) {
      const closed = copy.anyOf.filter((one) => one.$ref !== "#/definitions/OtherString");
      if (closed.some((one) => "enum" in one || "const" in one)) copy.anyOf = closed;
    }
    return copy;
  };
  return { ...schema, definitions: strict(definitions) };
}

/** Of a choice every branch complains: the one that came furthest meant it, and an unknown name says most. */
function tellingError(errors) {
  const words = ["additionalProperties", "required", "enum", "const", "pattern"];
  const worth = ({ instancePath, keyword }) => [instancePath.split("/").length, -(words.indexOf(keyword) + 1 || 99)];
  return errors.toSorted((a, b) => {
    const [[deepA, wordA], [deepB, wordB]] = [worth(a), worth(b)];
    return deepB - deepA || wordB - wordA;
  })[0];
}

/**
 * @param {object} schema a property for each call
 * @returns {(call: { method: string, route: string, values: object }) => string | undefined} what is wrong with it
 */
export function createCheck(schema) {
  const ajv = new Ajv({ coerceTypes: true, strict: false, allErrors: true });
  ajv.addSchema(forTheWire(schema), "calls");
  const validators = new Map();
  return ({ method, route, values }) => {
    const key = keyOf(method, route);
    if (!(key in schema.properties)) return `${key}: the SDK has no such call`;
    let validate = validators.get(key);
    if (validate === undefined) {
      validate = ajv.compile({
        $ref: `calls#/properties/${key.replaceAll("~", "~0").replaceAll("/", "~1").replaceAll(" ", "%20")}`,
      });
      validators.set(key, validate);
    }
    if (validate(withLists(structuredClone(values)))) return undefined;
    const error = tellingError(validate.errors);
    return `${key}: ${error.instancePath || "parameters"} ${error.message} ${JSON.stringify(error.params)}`;
  };
}
