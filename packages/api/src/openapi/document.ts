/** The OpenAPI document, read off the same declarations that run. */
import { z } from "zod";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from "zod-openapi";
import { problemType } from "../edge/write.ts";
import type { Route, RouteSpec } from "../routes/route.ts";
import { capital, documentedPath, type OpenApiDocument } from "./documented.ts";
import { addExamples } from "./examples.ts";
import { needsOf } from "./needs.ts";
import { problemSchema } from "./problem-schema.ts";
import { problemsOf } from "./route-errors.ts";
import { groupOf, tags } from "./tags.ts";
import { webhooksOf } from "./webhooks.ts";

/** @param basePath where the routes are mounted */
export function documentOf(routes: readonly Route[], basePath: string): OpenApiDocument {
  const paths: ZodOpenApiPathsObject = {};
  for (const { spec } of routes) {
    const path = documentedPath(spec.path);
    paths[path] = { ...paths[path], [spec.method]: operationOf(spec) };
  }
  const document = createDocument({
    openapi: "3.1.0",
    info: {
      title: "RevOps API",
      version: "1.0.0",
      description:
        "Accounts, API keys, plans, quotas, billing and a marketplace. Errors are problem details (RFC 9457); program against their `code`.",
      contact: { name: "RevOps" },
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: basePath }],
    tags: [...new Set(routes.map(({ spec }) => groupOf(spec)))].map((name) => ({ name, description: tags[name] })),
    paths,
    ...(routes.some(({ spec }) => spec.path === "/webhooks/endpoints") ? { webhooks: webhooksOf() } : {}),
    components: {
      schemas: { Problem: problemSchema },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "An access token, or an API key (`rvk_…`)." },
        apiKey: { type: "apiKey", in: "header", name: "X-Api-Key", description: "An API key (`rvk_…`)." },
      },
    },
  });
  addExamples(document, routes);
  return document;
}

function operationOf(spec: RouteSpec): ZodOpenApiOperationObject {
  const { method, path, summary, description, params, query } = spec;
  const header = z.object({
    ...(spec.idempotent ? { "Idempotency-Key": idempotencyKeySchema.optional() } : {}),
    ...(spec.credentials === "none" ? {} : { "X-Organization": organizationSchema.optional() }),
  });
  return {
    operationId: operationIdOf(method, path),
    tags: [groupOf(spec)],
    summary,
    description: description === undefined ? needsOf(spec) : `${description}\n\n${needsOf(spec)}`,
    ...securityOf(spec),
    requestParams: {
      ...(params === undefined ? {} : { path: params }),
      ...(query === undefined ? {} : { query }),
      ...(Object.keys(header.shape).length === 0 ? {} : { header }),
    },
    ...requestBodyOf(spec),
    responses: { ...successOf(spec), ...problemResponses(spec) },
  };
}

const idempotencyKeySchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/)
  .meta({ description: "A repeat under the same key gets the first answer again; kept for 24 hours at least." });

const organizationSchema = z.string().meta({
  description: "The organization (`org_…`) that a session acts for; an organization's API key does so by itself.",
});

/** `post /auth/keys/:id/revoke` → `postAuthKeysByIdRevoke`: derived, so that it is unique as the route is. */
function operationIdOf(method: string, path: string): string {
  const words = path.split(/[/.-]/).filter((word) => word !== "");
  const named = words.map((word) => (word.startsWith(":") ? `by${capital(word.slice(1))}` : word));
  return method + named.map(capital).join("");
}

function securityOf({ credentials, scope }: RouteSpec): Pick<ZodOpenApiOperationObject, "security"> {
  const scopes = scope === undefined ? [] : [scope];
  if (credentials === "none") return { security: [] };
  if (credentials === "session") return { security: [{ bearer: scopes }] };
  const either = [{ bearer: scopes }, { apiKey: scopes }];
  return { security: credentials === "optional" ? [{}, ...either] : either };
}

function requestBodyOf({ body, form }: RouteSpec): Pick<ZodOpenApiOperationObject, "requestBody"> {
  if (body === undefined) return {};
  if (body === "form") {
    return { requestBody: { required: true, content: { "multipart/form-data": { schema: form ?? z.object({}) } } } };
  }
  if (body === "bytes") {
    return { requestBody: { required: true, content: { "application/json": { schema: z.unknown() } } } };
  }
  // The body of a request is read as `{}` when there is none.
  return { requestBody: { required: !body.safeParse({}).success, content: { "application/json": { schema: body } } } };
}

function successOf(spec: RouteSpec): ZodOpenApiOperationObject["responses"] {
  if (!spec.redirects) return contentOf(spec);
  const redirect = { "302": { description: "Sends the browser to `Location`." } };
  if (spec.response !== undefined) return { ...contentOf(spec), ...redirect };
  // There is no 2xx, of which linters say that each operation has one, unless it says what anything else would be.
  const anythingElse = { description: "A problem.", content: { [problemType]: { schema: problemSchema } } };
  return { ...redirect, default: anythingElse };
}

function contentOf(spec: RouteSpec): ZodOpenApiOperationObject["responses"] {
  const { response, status = response === undefined ? 204 : 200 } = spec;
  if (response === undefined) {
    const description = status === 202 ? "Taken up; what follows is not told." : "Done; there is nothing to show.";
    return { [`${status}`]: { description } };
  }
  if (response === "page") {
    return { "200": { description: "The page.", content: { "text/html": { schema: { type: "string" as const } } } } };
  }
  if (response !== "bytes") {
    return {
      [`${status}`]: {
        description: status === 201 ? "Made." : "Done.",
        content: { "application/json": { schema: response } },
      },
    };
  }
  const content = { "application/octet-stream": { schema: { type: "string" as const, format: "binary" } } };
  return {
    "200": { description: "The bytes.", content },
    "206": { description: "The part that `Range` asks for.", content },
    "304": { description: "They are the ones of `If-None-Match`." },
  };
}

function problemResponses(spec: RouteSpec): ZodOpenApiOperationObject["responses"] {
  return Object.fromEntries(
    [...problemsOf(spec)].map(([status, codes]) => [
      `${status}`,
      {
        description: codes.map((code) => `\`${code}\``).join(", "),
        content: { [problemType]: { schema: problemSchema.and(z.looseObject({ code: z.enum(codes) })) } },
      },
    ]),
  );
}
