/** Values for a schema of the document: ones that fit, and ones that nearly do. */
import type { OpenApiDocument } from "@revops/api";
import fc from "fast-check";

/** The part of JSON Schema 2020-12 that the document is written in. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
}

/** Stands for something that each service has under an id of its own. */
export const placeholder = (name: string) => `@${name}@`;

/** Text that has broken somebody's server. */
export const naughtyTexts = [
  "\u0000",
  "\ud800",
  "",
  " ",
  "'; drop table auth_users; --",
  "__proto__",
  "constructor",
  "%00",
  "../../etc/passwd",
  "\u202enull",
  "🦀".repeat(60),
  "x".repeat(300),
  "-1",
  "1e400",
  "NaN",
  "2026-02-30T00:00:00Z",
  "+275760-09-13T00:00:00.001Z",
];

const naughtyValues: readonly unknown[] = [
  ...naughtyTexts,
  null,
  true,
  0,
  -1,
  1.5,
  Number.MAX_SAFE_INTEGER,
  1e308,
  [],
  {},
  [[[[]]]],
  { $ne: null },
  ["x", "x"],
];

/** Members whose schema says less than what the packages behind them take. */
const known: Readonly<Record<string, readonly unknown[]>> = {
  email: ["ada@example.com", "nobody@example.com", "new@example.com"],
  password: ["correct horse battery", "a wrong password"],
  currentPassword: ["a wrong password"],
  newPassword: ["another horse battery"],
  paymentMethodId: ["pm_card_visa", "pm_card_chargeDeclined", "pm_none"],
  operation: ["api_call", "template_install"],
  feature: ["api_call", "storage", "template_install"],
  tier: ["free", "pro", "enterprise", "none"],
  currency: ["usd", "jpy"],
  subjectId: [placeholder("user"), placeholder("other"), "usr_nobody"],
  userId: [placeholder("user"), placeholder("other"), "usr_nobody"],
  scopes: [["billing:read"], ["*"], ["none"]],
  version: ["1.0.0", "2.0.0-rc.1", "not a version"],
  slug: ["a-slug", "another-slug"],
  eventTypes: [["invoice.paid"], ["none"]],
};

export function valuesOf(document: OpenApiDocument) {
  function resolve(schema: Schema): Schema {
    if (schema.$ref === undefined) return schema;
    const name = schema.$ref.split("/").at(-1) ?? "";
    // The document's own schemas are what `Schema` describes.
    return resolve((document.components?.schemas?.[name] ?? {}) as Schema);
  }

  function fitting(given: Schema, name = ""): fc.Arbitrary<unknown> {
    const schema = resolve(given);
    const own = known[name];
    if (own) return fc.constantFrom(...own);
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum) return fc.constantFrom(...schema.enum);
    const branches = schema.anyOf ?? schema.oneOf;
    if (branches) return fc.oneof(...branches.map((branch) => fitting(branch, name)));
    const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? []);
    if (types.length === 0) return fc.constantFrom(...naughtyValues);
    return fc.oneof(...types.map((type) => ofType(type, schema)));
  }

  function ofType(type: string, schema: Schema): fc.Arbitrary<unknown> {
    switch (type) {
      case "null":
        return fc.constant(null);
      case "boolean":
        return fc.boolean();
      case "integer":
      case "number":
        return fc.integer({
          min: Math.max(schema.minimum ?? 0, -1_000),
          max: Math.min(schema.maximum ?? 1_000, 10_000),
        });
      case "array":
        return fc.array(fitting(schema.items ?? {}), {
          minLength: schema.minItems ?? 0,
          maxLength: (schema.minItems ?? 0) + 2,
        });
      case "object":
        return objects(schema);
      default:
        return texts(schema);
    }
  }

  function objects({ properties = {}, required = [], additionalProperties }: Schema): fc.Arbitrary<unknown> {
    const members = Object.fromEntries(
      Object.entries(properties).map(([name, member]) => [name, fitting(member, name)]),
    );
    const named = fc.record(members, { requiredKeys: [...required] });
    if (typeof additionalProperties !== "object") return named;
    return fc.dictionary(fc.constantFrom("requests", "minute", "a b"), fitting(additionalProperties), { maxKeys: 2 });
  }

  function texts({ format, pattern }: Schema): fc.Arbitrary<unknown> {
    if (format === "uri") return fc.constantFrom("http://127.0.0.1:9/hook", "https://localhost/hook");
    if (format === "date-time") return fc.constantFrom("2030-01-01T00:00:00Z", "2020-01-01T00:00:00.000+02:00");
    if (format === "email") return fc.constantFrom(...(known["email"] ?? []));
    if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern), { size: "small" });
    return fc.oneof(
      fc.string({ minLength: 1, maxLength: 20 }),
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 10 }),
    );
  }

  /** One thing is wrong: a member too many, one too few, or one that is another than it should be, at any depth. */
  function broken(schema: Schema): fc.Arbitrary<unknown> {
    return fc
      .tuple(
        fitting(schema),
        fc.nat(1_000),
        fc.constantFrom("drop", "add", "replace", "replace"),
        fc.constantFrom(...naughtyValues),
      )
      .map(([value, where, how, naughty]) => {
        const copy: unknown = structuredClone(value);
        const holders = containersOf(copy);
        const holder = holders[where % Math.max(1, holders.length)];
        if (!holder) return naughty;
        const names = Object.keys(holder);
        const name = names[where % Math.max(1, names.length)] ?? "0";
        if (how === "drop") delete holder[name];
        else holder[how === "add" ? "role" : name] = naughty;
        return copy;
      });
  }

  return { fitting, broken, resolve };
}

function containersOf(value: unknown): Record<string, unknown>[] {
  if (typeof value !== "object" || value === null) return [];
  // Lists are objects with numbers for names.
  return [value as Record<string, unknown>, ...Object.values(value).flatMap(containersOf)];
}
