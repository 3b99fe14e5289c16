/** Requests for every route of the document: valid ones, nearly valid ones, and ones that nobody would send. */
import type { OpenApiDocument } from "@revops/api";
import fc from "fast-check";
import { naughtyTexts, placeholder, type Schema, valuesOf } from "./values.ts";

/** Who asks: each service has these people. */
export const askers = ["session", "key", "admin", "organization", "nobody", "impostor"] as const;
export type Asker = (typeof askers)[number];

/** A request as all services get it: with placeholders in the place of their ids. */
export interface FuzzRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly asker: Asker;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly form?: Readonly<Record<string, string>>;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: Schema;
}

/** What would end the people of the test, or take its time for nothing that is of interest here. */
const left = ["delete /auth/me"];

export function requestsOf(document: OpenApiDocument): fc.Arbitrary<FuzzRequest> {
  const values = valuesOf(document);
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => !left.includes(`${method} ${path}`))
      .map(([method, operation]) => ({ path, method, operation })),
  );

  const mostly = (schema: Schema) =>
    fc.oneof({ weight: 5, arbitrary: values.fitting(schema) }, { weight: 4, arbitrary: values.broken(schema) });
  const id = (path: string) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constant(placeholder(path.split("/{", 1)[0] ?? "")) },
      { weight: 2, arbitrary: fc.constantFrom("pkg_1", "usr_nobody", "latest", "1.0.0", placeholder("user")) },
      { weight: 1, arbitrary: fc.constantFrom(...naughtyTexts) },
    );

  const all = operations.map(({ path, method, operation }) => {
    const parameters: Parameter[] = operation.parameters ?? [];
    const query = parameters.filter((each) => each.in === "query");
    const content = operation.requestBody?.content ?? {};
    const json = content["application/json"]?.schema;
    const form = content["multipart/form-data"]?.schema;
    return fc
      .record({
        ids: fc.array(id(path), { minLength: 4, maxLength: 4 }),
        asker: fc.oneof(
          { weight: 5, arbitrary: fc.constantFrom("session", "admin") },
          { weight: 4, arbitrary: fc.constantFrom(...askers) },
        ),
        query: fc.record(Object.fromEntries(query.map(({ name, schema }) => [name, mostly(schema)])), {
          requiredKeys: [],
        }),
        odd: fc.constantFrom("", "", "", "", "", "", "&x=1", "&limit=1&limit=2", "&%ff"),
        idempotencyKey: fc.constantFrom(undefined, undefined, "one", "two", "ü", "x".repeat(256)),
        body: json === undefined ? fc.constantFrom(undefined, undefined, {}, { x: 1 }) : mostly(json),
        version: fc.constantFrom("1.0.0", "1.1.0", "v1", "\u0000"),
        method: fc.oneof(
          { weight: 30, arbitrary: fc.constant(method) },
          { weight: 1, arbitrary: fc.constantFrom("get", "head", "put", "delete") },
        ),
      })
      .map((given): FuzzRequest => {
        const names = [...path.matchAll(/\{\w+\}/g)].map(([name]) => name);
        const filled = names.reduce((at, name, n) => at.replace(name, inPath(String(given.ids[n]))), path);
        const search = Object.entries(given.query).map(([name, value]) => `${name}=${inPath(String(value))}`);
        const sent = left.includes(`${given.method} ${path}`) ? method : given.method;
        const withBody = sent !== "get" && sent !== "head";
        return {
          method: sent.toUpperCase(),
          path: `${filled}?${search.join("&")}${given.odd}`,
          asker: given.asker,
          headers: given.idempotencyKey === undefined ? {} : headerOf(given.idempotencyKey),
          ...(withBody && form === undefined && given.body !== undefined ? { body: given.body } : {}),
          ...(withBody && form !== undefined ? { form: { version: given.version } } : {}),
        };
      });
  });
  return fc.oneof(...all);
}

const headerOf = (key: string) => ({ "idempotency-key": key });

/** What no client can write as UTF-8 is sent as its bytes would be; a placeholder is filled in later. */
function inPath(text: string): string {
  if (/^@.*@$/.test(text)) return text;
  return text.isWellFormed() ? encodeURIComponent(text) : "%ED%A0%80";
}
