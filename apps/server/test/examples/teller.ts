/** Tells the document's examples to a running server, one operation at a time, and holds each answer against its example. */
import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { normalized } from "./normalized.ts";

// biome-ignore lint/suspicious/noExplicitAny: a black-box test reads answers as a stranger would.
export type Answer = any;

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly example?: string | number;
  readonly schema?: { readonly example?: string | number };
}

interface Content {
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly $ref: string }>>;
}

export interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Content>> }>>;
  readonly security: readonly Readonly<Record<string, unknown>>[];
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly examples: Readonly<Record<string, { readonly value: object }>> };
}

/** How an operation is told where its example names what differs from server to server. */
export interface Telling {
  readonly as?: Readonly<Record<string, string>>;
  /** In place of the example's values, which are ids of nothing. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** The code of the problem that this server answers with, in place of the example's answer. */
  readonly problem?: string;
}

export interface Teller {
  /** @param name `post /auth/keys` @returns the body of the answer, and what came with it */
  tell(name: string, telling?: Telling): Promise<{ body: Answer; response: Response }>;
  /** Asks with a key that is none, and holds the refusal against its example. @returns how many operations were asked */
  refuseAll(): Promise<number>;
  /** Operations that were not told yet. */
  untold(): string[];
}

export function createTeller(url: string, document: Document): Teller {
  const operations = new Map<string, Operation>(
    Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => [`${method} ${path}`, operation] as const),
    ),
  );
  const untold = new Set<string>(operations.keys());

  async function tell(name: string, { as = {}, params, query, body, headers = {}, problem }: Telling = {}) {
    const operation = operations.get(name);
    if (!operation) throw new Error(`The document has no ${name}`);
    // Told again, it is told with other values than the example's.
    const isExample = untold.delete(name);
    const [method = "", path = ""] = name.split(" ");
    const { parameters = [] } = operation;
    const exampleOf = ({ example, schema }: Parameter) => String(example ?? schema?.example);
    const filled = parameters
      .filter((parameter) => parameter.in === "path")
      .reduce((at, parameter) => {
        const value = params?.[parameter.name] ?? exampleOf(parameter);
        expect(value, `${name} has an example of ${parameter.name}`).not.toBe("undefined");
        return at.replace(`{${parameter.name}}`, encodeURIComponent(value));
      }, path);
    const search = new URLSearchParams(query);
    for (const parameter of parameters.filter((each) => each.in === "query" && each.example !== undefined)) {
      if (!search.has(parameter.name)) search.set(parameter.name, exampleOf(parameter));
    }
    const keyed = parameters.some((parameter) => parameter.name === "Idempotency-Key");
    const once = keyed ? { "idempotency-key": randomUUID() } : {};
    const ask = () =>
      fetch(`${url}/api/v1${filled}${search.size > 0 ? `?${search}` : ""}`, {
        method: method.toUpperCase(),
        redirect: "manual",
        ...contentOf(name, operation, body, { ...as, ...headers, ...once }),
      });
    const response = await ask();
    const text = await response.text();
    if (keyed && response.ok) {
      const again = await ask();
      expect(again.headers.get("idempotent-replayed"), name).toBe("true");
      expect([again.status, await again.text()], name).toEqual([response.status, text]);
    }
    const isJson = /^application\/(problem\+)?json/.test(response.headers.get("content-type") ?? "");
    const answer: Answer = isJson ? JSON.parse(text) : text;
    if (problem !== undefined) assertProblem(document, operation, problem, answer);
    else if (isExample) assertTold(name, operation, response.status, answer);
    else expect(response.ok, `${name}: ${text.slice(0, 1_000)}`).toBe(true);
    return { body: answer, response };
  }

  async function refuseAll(): Promise<number> {
    const guarded = [...operations].filter(([, { security }]) => security.length > 0);
    for (const [name, { responses }] of guarded) {
      const [method = "", path = ""] = name.split(" ");
      const headers = { "x-api-key": "rvk_nobody" };
      const response = await fetch(`${url}/api/v1${path}`, { method: method.toUpperCase(), headers });
      const answer: Answer = JSON.parse(await response.text());
      expect(responses[401], name).toBeDefined();
      assertExample(document, "invalid_api_key", answer);
    }
    return guarded.length;
  }

  return { tell, refuseAll, untold: () => [...untold] };
}

function contentOf(name: string, { requestBody }: Operation, change: object | undefined, headers: object): RequestInit {
  const [type, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  if (!type || !content) return { headers: { ...headers } };
  const { example } = content;
  // Where all members may be left out, an example may leave them out.
  if (example === undefined && change === undefined) return { headers: { ...headers } };
  expect(example, `${name} has an example of its body`).toBeDefined();
  if (change instanceof Uint8Array) return { headers: { ...headers }, body: Buffer.from(change) };
  const body = { ...(example as object), ...change };
  if (type === "application/json") {
    return { headers: { ...headers, "content-type": type }, body: JSON.stringify(body) };
  }
  const form = new FormData();
  const { artifact, ...fields } = body as Record<string, string>;
  for (const [member, value] of Object.entries(fields)) form.set(member, String(value));
  form.set("artifact", new Blob([String(artifact)]), "artifact.tgz");
  return { headers: { ...headers }, body: form };
}

function assertProblem(document: Document, { responses }: Operation, code: string, answer: Answer): void {
  const examples = responses[answer.status]?.content?.["application/problem+json"]?.examples;
  expect(examples, JSON.stringify(answer)).toHaveProperty(code, { $ref: `#/components/examples/${code}` });
  assertExample(document, code, answer);
}

function assertExample({ components }: Document, code: string, answer: Answer): void {
  const vary = { detail: expect.any(String), instance: expect.any(String), requestId: expect.any(String) };
  expect(answer).toMatchObject({ ...components.examples[code]?.value, ...vary });
}

function assertTold(name: string, { responses }: Operation, status: number, answer: unknown): void {
  const where = `${name}: ${JSON.stringify(answer)?.slice(0, 1_000)}`;
  const [success = ""] = Object.keys(responses).filter((each) => /^[23]/.test(each));
  expect(String(status), where).toMatch(/^[23]/);
  expect(Object.keys(responses), where).toContain(String(status));
  const json = responses[status]?.content?.["application/json"];
  if (!json) return;
  expect(json.example, `${name} has an example of its answer (${success})`).toBeDefined();
  expect.soft(shownPart(normalized(answer), normalized(json.example)), name).toEqual(normalized(json.example));
}

/** Of a list that is longer than the example's, as many items. */
function shownPart(answer: unknown, example: unknown): unknown {
  if (Array.isArray(answer) && Array.isArray(example) && example.length > 0) {
    return answer.slice(0, example.length).map((item, n) => shownPart(item, example[n]));
  }
  if (!isObject(answer) || !isObject(example)) return answer;
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, shownPart(value, example[name])]));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
