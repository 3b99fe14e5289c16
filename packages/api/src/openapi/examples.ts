/** Puts examples into the document: those of routes and schemas, and what each problem looks like. */
import { authErrors } from "@revops/auth";
import { decimalErrors, type ErrorContext, moneyErrors, periodErrors, type RevopsError } from "@revops/core";
import { databaseErrors } from "@revops/database";
import { jobsErrors } from "@revops/jobs";
import { marketplaceErrors } from "@revops/marketplace";
import { paymentsErrors } from "@revops/payments";
import { saasErrors } from "@revops/saas";
import { problemType } from "../edge/write.ts";
import { apiErrors } from "../problems/errors.ts";
import { problemOf } from "../problems/problem.ts";
import type { ProblemCode } from "../problems/statuses.ts";
import type { Route, RouteExample } from "../routes/route.ts";
import { exampleId, exampleTime } from "../schemas/examples.ts";
import { documentedPath, type OpenApiDocument } from "./documented.ts";
import { problemsOf } from "./route-errors.ts";

/** The part of JSON Schema from which an example can be put together. */
interface Schema {
  readonly $ref?: string;
  readonly example?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly type?: unknown;
  readonly format?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

interface Content {
  readonly schema?: Schema;
  example?: unknown;
  examples?: Record<string, { $ref: string }>;
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly schema: Schema; example?: unknown }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Content>> }>>;
}

/** Adds them in place. */
export function addExamples(document: OpenApiDocument, routes: readonly Route[]): void {
  const shown = new Set<ProblemCode>();
  for (const { spec } of routes) {
    // The document was made from the same routes; its own types allow for more than we write.
    const operation = document.paths?.[documentedPath(spec.path)]?.[spec.method] as Operation | undefined;
    if (!operation) continue;
    addToOperation(document, operation, spec.example ?? {});
    for (const [status, codes] of problemsOf(spec)) {
      const content = operation.responses[status]?.content?.[problemType];
      const [first] = codes;
      if (!content || first === undefined) continue;
      // What is this route's own is what a reader came for; where there is nothing, one of what all routes may say.
      const own = codes.filter((code) => spec.errors?.includes(code));
      const named = own.length > 0 ? own : [first];
      for (const code of named) shown.add(code);
      content.examples = Object.fromEntries(named.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
    }
  }
  for (const item of Object.values(document.webhooks ?? {})) {
    const content = (item as { post?: Operation }).post?.requestBody?.content["application/json"];
    const value = content?.schema && composed(document, content.schema);
    if (content && isWhole(value)) content.example = value;
  }
  const problems = [...shown].sort().map((code) => [code, problemExample(code)] as const);
  document.components = { ...document.components, examples: Object.fromEntries(problems) };
}

function addToOperation(document: OpenApiDocument, operation: Operation, example: RouteExample): void {
  for (const parameter of operation.parameters ?? []) {
    const value = example.params?.[parameter.name] ?? example.query?.[parameter.name];
    if (value !== undefined) parameter.example = value;
  }
  for (const content of Object.values(operation.requestBody?.content ?? {})) {
    if (example.body !== undefined) content.example = example.body;
  }
  for (const [status, { content = {} }] of Object.entries(operation.responses)) {
    const json = content["application/json"];
    if (!json?.schema || Number(status) >= 400) continue;
    const value = differing(composed(document, json.schema), example.response);
    if (isWhole(value)) json.example = value;
  }
}

/** Stands where a schema says nothing: what a route must say itself. */
const missing = Symbol("missing");

/** What a schema says an answer looks like. */
function composed(document: OpenApiDocument, schema: Schema): unknown {
  if (schema.example !== undefined) return schema.example;
  if (schema.$ref !== undefined) {
    const named = document.components?.schemas?.[schema.$ref.split("/").at(-1) ?? ""];
    return named ? composed(document, named as Schema) : missing;
  }
  if (schema.const !== undefined) return schema.const;
  const [branch] = schema.anyOf ?? schema.oneOf ?? [];
  if (branch) return composed(document, branch);
  if (schema.items) return [composed(document, schema.items)];
  if (schema.properties) return members(document, schema);
  return schema.format === "date-time" ? exampleTime : missing;
}

function members(document: OpenApiDocument, { properties = {}, required = [] }: Schema): unknown {
  // The end of a list is told by null, which is as good an example as a cursor.
  const memberOf = (name: string) => (name === "nextCursor" ? null : composed(document, properties[name] ?? {}));
  return Object.fromEntries(required.map((name) => [name, memberOf(name)]));
}

/** `base` with the members of `change` in place of its own, also in the items of lists of one length; else the change. */
function differing(base: unknown, change: unknown): unknown {
  if (change === undefined) return base;
  if (Array.isArray(base) && Array.isArray(change) && base.length === change.length) {
    return change.map((item, n) => differing(base[n], item));
  }
  if (!isObject(base) || !isObject(change)) return change;
  const changed = Object.entries(change).map(([name, value]) => [name, differing(base[name], value)]);
  return { ...base, ...Object.fromEntries(changed) };
}

function isWhole(value: unknown): boolean {
  if (value === missing) return false;
  return typeof value !== "object" || value === null || Object.values(value).every(isWhole);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const tables: Readonly<Record<ProblemCode, (context?: ErrorContext) => RevopsError<ProblemCode>>> = {
  ...moneyErrors,
  ...decimalErrors,
  ...periodErrors,
  ...databaseErrors,
  ...jobsErrors,
  ...authErrors,
  ...saasErrors,
  ...paymentsErrors,
  ...marketplaceErrors,
  ...apiErrors,
};

/** As it is answered where nothing more is known than the code. */
function problemExample(code: ProblemCode) {
  const value = problemOf(tables[code](), { instance: "/api/v1/…", requestId: exampleId("req") });
  return { summary: value.title, value };
}
