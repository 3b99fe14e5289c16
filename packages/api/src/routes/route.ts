/**
 * A route is declared once: validation, authentication, scope, the problem table and the OpenAPI document read the same
 * object, so what is documented is what runs.
 */

import type { ServerResponse } from "node:http";
import type { OrganizationRole, Principal } from "@revops/auth";
import type { Page, PageRequest } from "@revops/core";
import type { Tx } from "@revops/database";
import type { Request, Response } from "express";
import type { z } from "zod";
import type { ApiRequest } from "../edge/request.ts";
import type { ProblemCode } from "../problems/statuses.ts";

/**
 * Who may call: `none` ignores credentials, `optional` refuses wrong ones only, `required` takes a session or an API
 * key, `session` refuses API keys (a leaked key must not make itself more keys).
 */
type Credentials = "none" | "optional" | "required" | "session";

/** What an API key needs, unless it has `*`; a session has `*`. */
type Scope =
  | "marketplace:read"
  | "marketplace:write"
  | "billing:read"
  | "billing:write"
  | "usage:write"
  | "webhooks:manage"
  | "keys:manage";

/** One use of a route, as the document shows it. `apps/server/test/examples.db.test.ts` tells them all to a running server. */
export interface RouteExample {
  /** Of parameters whose schema has no example. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  /** What is answered: the whole, or the members in which it differs from the example of the response's schema. */
  readonly response?: unknown;
}

export interface RouteSpec {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  /** Below the base path, in Express' form: `/auth/keys/:id/revoke`. */
  readonly path: string;
  /** One line for the document, in the imperative. */
  readonly summary: string;
  readonly description?: string;
  readonly example?: RouteExample;
  readonly credentials: Credentials;
  readonly scope?: Scope;
  /** Only for whoever has this role now; others get 403 `forbidden`. */
  readonly role?: "admin";
  /**
   * What whoever acts for an organization must be in it. Unless said otherwise `member` for what reads or records usage (by
   * its method and scope), and `admin` for what changes money, keys or anything else. The routes of an organization itself ask auth instead.
   */
  readonly organizationRole?: OrganizationRole;
  /** A value that does not fit is 404: an id that cannot exist is an unknown id. */
  readonly params?: z.ZodObject;
  /** Strict: an unknown or misspelt parameter is 422. */
  readonly query?: z.ZodObject;
  /** Strict: an unknown field is 422. `"bytes"` hands the body over as a Buffer that no parser has touched. */
  readonly body?: z.ZodType | "bytes" | "form";
  /** What a `"form"` has (`multipart/form-data`), for the document; the handler reads it from `request` by `withUpload`. */
  readonly form?: z.ZodObject;
  /** It hashes a password: of many at once few are let in, so that everyone else is served meanwhile. */
  readonly crowded?: true;
  /** Bytes of body at most; 100 KB unless said otherwise. */
  readonly bodyLimit?: number;
  /** 200 unless said otherwise; 204 when there is no `response`. */
  readonly status?: 200 | 201 | 202;
  /** The handler may answer `{ location }`, which sends a browser there (302); without a `response`, nothing else. */
  readonly redirects?: true;
  /**
   * What is answered; members that it does not name are taken out. `"bytes"` and `"page"` (HTML): the handler writes to
   * `response` itself.
   */
  readonly response?: z.ZodType | "bytes" | "page";
  /** Codes that this route's own work may answer, beside those of its declaration. */
  readonly errors?: readonly ProblemCode[];
  /**
   * Honours `Idempotency-Key`; for what changes money, keys or usage. `"in-transaction"` for work that is one local
   * transaction: the handler gives `tx` to everything it calls, and the answer commits with it. `"resumable"` for work with
   * Stripe in it, which no transaction may wait for: the handler names what it does by `work`, and finds it again.
   */
  readonly idempotent?: "in-transaction" | "resumable";
  /** The feature of which a request with credentials consumes one unit before the handler runs. */
  readonly charge?: "api_call";
  /** How many requests it counts as; `false` for probes and webhooks, which must not be refused for coming often. */
  readonly rateLimit?: number | false;
  /** `Cache-Control`; `no-store` unless said otherwise. */
  readonly cache?: string;
}

/** The role that a route asks of a member: a scope that comes later is an admin's until someone says otherwise. */
export function organizationRoleOf({ method, scope, organizationRole }: RouteSpec): OrganizationRole {
  const forMembers = method === "get" || scope === undefined || scope === "usage:write" || scope.endsWith(":read");
  return organizationRole ?? (forMembers ? "member" : "admin");
}

/** Signed cursors, bound to this route. */
export interface RouteCursors {
  /** Reads `limit` and `cursor` into a position. @throws `invalid_cursor` */
  open(query: { readonly limit: number; readonly cursor?: string | undefined }, filter?: unknown): PageRequest;
  /** Makes the answer of a list; a cursor given for one `filter` is refused for another. */
  list<Item>(page: Page<Item>, filter?: unknown): { data: Item[]; nextCursor: string | null };
}

type OutputOf<Spec, Key extends string> = Spec extends { readonly [K in Key]: infer Schema }
  ? Schema extends z.ZodType
    ? z.output<Schema>
    : Schema extends "bytes"
      ? Buffer
      : undefined
  : undefined;

type WritesItself<Spec extends RouteSpec> = Spec extends
  | { readonly redirects: true }
  | { readonly response: "bytes" | "page" }
  ? true
  : false;

/** What a handler gets, typed by the declaration. */
export interface RouteRequest<Spec extends RouteSpec = RouteSpec> {
  readonly params: OutputOf<Spec, "params">;
  readonly query: OutputOf<Spec, "query">;
  readonly body: OutputOf<Spec, "body">;
  readonly principal: Spec["credentials"] extends "required" | "session"
    ? Principal
    : Spec["credentials"] extends "optional"
      ? Principal | null
      : null;
  readonly requestId: string;
  /** Of an `"in-transaction"` route: what everything is to be done in. Undefined without an `Idempotency-Key`. */
  readonly tx: Tx | undefined;
  /** Of a `"resumable"` route with an `Idempotency-Key`: names the work, the same when a crash has it done again. */
  readonly work: string | undefined;
  /** Whether a try before this one died, whose work may be there. */
  readonly resumed: boolean;
  readonly cursors: RouteCursors;
  /** For what the declaration does not carry. Express' own where the handler writes the answer itself, or may redirect. */
  readonly request: WritesItself<Spec> extends true ? Request : ApiRequest;
  readonly response: WritesItself<Spec> extends true ? Response : ServerResponse;
}

/** Packages give read-only values; a schema's own type would refuse their arrays. */
type Given<Value> = Value extends Date
  ? Value
  : Value extends readonly (infer Item)[]
    ? readonly Given<Item>[]
    : Value extends object
      ? { readonly [Member in keyof Value]: Given<Value[Member]> }
      : Value;

/** What a handler gives: what the response schema takes in, so dates stay dates until they are written. */
export type RouteAnswer<Spec extends RouteSpec> =
  | (Spec extends { readonly redirects: true } ? Redirect : never)
  | RouteContent<Spec>;

/** Where a browser is sent to. */
export interface Redirect {
  readonly location: string;
}

type RouteContent<Spec extends RouteSpec> = Spec extends { readonly response: infer Schema }
  ? Schema extends z.ZodType
    ? Given<z.input<Schema>>
    : // biome-ignore lint/suspicious/noConfusingVoidType: a handler that answers bytes or nothing returns nothing.
      void
  : // biome-ignore lint/suspicious/noConfusingVoidType: as above.
    void;

/** A declared route with its handler, ready to be mounted and documented. */
export interface Route {
  readonly spec: RouteSpec;
  run(request: RouteRequest): Promise<unknown>;
}

/**
 * Declares a route. `.handle` is a second step, or TypeScript would widen the declaration's literals.
 *
 * @example
 * const me = route({
 *   method: "get", path: "/auth/me", summary: "Show who I am", credentials: "required", response: userSchema,
 * }).handle(({ principal }) => auth.users.get(principal.userId));
 */
export function route<const Spec extends RouteSpec>(
  spec: Spec,
): { handle(run: (request: RouteRequest<Spec>) => Promise<RouteAnswer<Spec>>): Route } {
  return {
    handle: (run) => ({
      spec,
      // The mounting code fills each member by the same declaration that gave the handler its types.
      run: (request) => run(request as RouteRequest<Spec>),
    }),
  };
}
