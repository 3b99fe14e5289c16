import { databaseErrors } from "@revops/database";
import { marketplaceErrors } from "@revops/marketplace";
import { paymentsErrors } from "@revops/payments";
import { saasErrors } from "@revops/saas";
import { expect, test } from "vitest";
import { problemOf } from "./problem.ts";

const context = { instance: "/api/v1/x", requestId: "req_1" };

test("what belongs to someone else looks like what never was, whatever the package said", () => {
  const told = marketplaceErrors.package_not_found({ detail: "It is Bob's.", fields: { owner: "usr_bob" } });
  expect(problemOf(told, context)).toEqual({
    type: "urn:revops:problem:not_found",
    title: "Not found",
    status: 404,
    detail: "Not found",
    code: "not_found",
    ...context,
  });
});

test.for([
  new Error("select * from auth_users failed"),
  "a text",
  null,
  undefined,
  { status: 500 },
  { code: "not_found", status: 404, message: "not one of ours" },
  databaseErrors.schema_newer({ detail: "secret" }),
  paymentsErrors.stripe_misconfigured({ fields: { key: "sk_live_x" } }),
] as const)("a failure of ours tells nothing: %s", (thrown) => {
  const problem = problemOf(thrown, context);
  expect(problem.code).toBeOneOf(["internal_error", "invalid_request"]);
  expect(problem.detail).toBe(problem.title);
  expect(Object.keys(problem).sort()).toEqual(["code", "detail", "instance", "requestId", "status", "title", "type"]);
});

test("a limit error carries its members, and none may take the place of ours", () => {
  const fields = { feature: "api_call", limit: 5, used: 5, resetsAt: null, status: 200, code: "fine", type: "x" };
  expect(problemOf(saasErrors.quota_exceeded({ fields }), context)).toMatchObject({
    status: 429,
    code: "quota_exceeded",
    type: "urn:revops:problem:quota_exceeded",
    feature: "api_call",
    limit: 5,
    used: 5,
    resetsAt: null,
  });
});
