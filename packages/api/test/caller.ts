/** Speaks HTTP to the API and holds each answer against the document: one that the document does not allow fails the test. */
import type { OpenApiDocument } from "@revops/api";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect } from "vitest";

export type RawBody = string | Uint8Array<ArrayBuffer> | URLSearchParams | FormData;

export interface Call {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is. */
  readonly raw?: RawBody;
}

export interface Called {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads answers as a stranger would; the document's schema was checked.
  readonly body: any;
  readonly bytes: Buffer;
}

/** @param path below the base path, with its query */
export type Caller = (method: string, path: string, call?: Call) => Promise<Called>;

export function createCaller(url: string, document: OpenApiDocument): Caller {
  const assertDocumented = createCheck(document);
  return async (method, path, { headers = {}, body, raw } = {}) => {
    const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(url + path, {
      method,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(content === undefined ? {} : { body: content }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const isJson = /json/.test(response.headers.get("content-type") ?? "") && bytes.length > 0;
    const called = {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(bytes.toString()) : undefined,
      bytes,
    };
    assertDocumented(method, path, called);
    return called;
  };
}

function createCheck(document: OpenApiDocument): (method: string, path: string, called: Called) => void {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, "api");
  const templates = Object.keys(document.paths ?? {}).map((template) => ({
    template,
    pattern: new RegExp(`^${template.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`),
  }));

  function assertFits(pointer: string, value: unknown): void {
    const validate = ajv.getSchema(`api#${pointer}`);
    if (!validate) throw new Error(`The document has no ${pointer}`);
    expect(validate(value), `${pointer}: ${JSON.stringify(value)} ${ajv.errorsText(validate.errors)}`).toBe(true);
  }

  return (method, path, { status, headers, body }) => {
    const where = `${method} ${path} ${status} ${JSON.stringify(body)?.slice(0, 500)}`;
    expect(headers.get("x-request-id"), where).toBeTruthy();
    // An answer to HEAD has no body to look at.
    const bodiless = method === "HEAD";
    if (status >= 400 && !bodiless) {
      expect(headers.get("content-type"), where).toBe("application/problem+json");
      assertFits("/components/schemas/Problem", body);
      expect(body, where).toMatchObject({ status, requestId: expect.any(String), instance: expect.any(String) });
    }
    const template = templates.find(({ pattern }) => pattern.test(path.split("?", 1)[0] ?? ""))?.template;
    const operation = template && document.paths?.[template]?.[method === "HEAD" ? "get" : asMethod(method)];
    // What is not there, or not with this method, is not in the document: 404 and 405.
    if (!operation) return;
    const documented = operation.responses?.[`${status}`];
    expect(documented, `undocumented: ${where}`).toBeTruthy();
    if (bodiless) return;
    if (status >= 400) {
      expect(documented && "description" in documented && documented.description, where).toContain(`\`${body.code}\``);
    } else if (body !== undefined) {
      const pointer = `/paths/${template.replaceAll("/", "~1")}/${method.toLowerCase()}/responses/${status}`;
      assertFits(`${pointer}/content/application~1json/schema`, body);
    }
  };
}

type Method = "get" | "post" | "put" | "patch" | "delete";
const methods: readonly Method[] = ["get", "post", "put", "patch", "delete"];
const asMethod = (method: string): Method => methods.find((known) => known === method.toLowerCase()) ?? "get";
