import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { forEachDatabase } from "@revops/testing/vitest";
import express, { type NextFunction, type Request, type RequestHandler, type Response } from "express";
import { expect, onTestFinished, test } from "vitest";
import { openRich, subjectId } from "../../test/rich.ts";
import { enforceQuota } from "../index.ts";
import { quotaGate } from "./express.ts";

async function serve(guard: RequestHandler) {
  const app = express();
  app.use(express.json());
  app.post("/work", guard, (_request, response) => void response.json({ done: true }));
  app.use((error: Error & { code?: string }, _request: Request, response: Response, _next: NextFunction) => {
    response.status(500).json({ handled: error.code });
  });
  const server = app.listen(0);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/work`;
  return async (body: object = {}, headers: Record<string, string> = {}) => {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "x-user": subjectId, ...headers },
      body: JSON.stringify(body),
    });
    return { status: answer.status, headers: answer.headers, body: await answer.json() };
  };
}

const subject = (request: Request) => request.get("x-user");

forEachDatabase("enforceQuota", (open) => {
  test("stands alone for one feature", async () => {
    const { saas, clock } = await openRich(open);
    const call = await serve(enforceQuota("token", { quotas: saas.quotas, subject, clock, cost: 60 }));
    expect((await call()).headers.get("ratelimit")).toBe('"token";r=40;t=2592000');
    expect(await call()).toMatchObject({ status: 429, body: { code: "quota_exceeded", limit: 100, used: 60 } });
  });

  test("admits exactly the limit, and refuses with what a client needs", async () => {
    const { saas, clock } = await openRich(open);
    const call = await serve(quotaGate({ quotas: saas.quotas, subject, clock })("token"));
    const first = await call();
    expect([first.status, first.headers.get("ratelimit-policy")]).toEqual([200, '"token";q=100']);
    expect(first.headers.get("ratelimit")).toBe('"token";r=99;t=2592000');
    const answers = await Promise.all(Array.from({ length: 110 }, () => call()));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(99);
    const refused = await call();
    expect(refused.status).toBe(429);
    expect(refused.headers.get("content-type")).toContain("application/problem+json");
    expect(refused.headers.get("ratelimit")).toBe('"token";r=0;t=2592000');
    expect(refused.headers.get("retry-after")).toBe("2592000");
    expect(refused.body).toEqual({
      type: "urn:revops:problem:quota_exceeded",
      title: "The quota is used up",
      status: 429,
      detail: '100 of 100 of "token" are used, so 0 are left.',
      code: "quota_exceeded",
      feature: "token",
      limit: 100,
      used: 100,
      resetsAt: "2026-03-02T12:00:00.000Z",
      upgradeTo: "pro",
    });
  });

  test("takes the cost from the request, and names the cap that refused", async () => {
    const { saas } = await openRich(open);
    const gate = quotaGate({ quotas: saas.quotas, subject });
    const call = await serve(gate("call", { cost: (request) => request.body.pages }));
    expect((await call({ pages: 15 })).status).toBe(200);
    const refused = await call({ pages: 6 });
    expect(refused.body).toMatchObject({ feature: "call", limit: 20, used: 15, resetsAt: "2026-01-31T13:00:00.000Z" });
    expect((await call({ pages: -1 })).body).toMatchObject({ status: 422, code: "invalid_quantity" });
    expect((await call({ pages: "many" })).status).toBe(422);
    expect((await call({ pages: 5 })).status).toBe(200);
  });

  test("counts a repeated request once when told its name", async () => {
    const { saas } = await openRich(open);
    const id = (request: Request) => request.get("idempotency-key");
    const call = await serve(quotaGate({ quotas: saas.quotas, subject })("token", { id }));
    await Promise.all([1, 2, 3].map(() => call({}, { "idempotency-key": "once" })));
    expect(await saas.quotas.check({ subjectId, feature: "token" })).toMatchObject({ used: 1 });
  });

  test("lets nobody through uncounted, or asks who it is; gives errors to the application", async () => {
    const { saas } = await openRich(open);
    const nobody = () => undefined;
    expect((await (await serve(quotaGate({ quotas: saas.quotas, subject: nobody })("token")))()).status).toBe(200);
    const strict = quotaGate({ quotas: saas.quotas, subject: nobody, requireSubject: true });
    expect((await (await serve(strict("token")))()).body).toMatchObject({ status: 401, code: "missing_credentials" });
    const stranger = quotaGate({ quotas: saas.quotas, subject: () => "usr_stranger" });
    expect((await (await serve(stranger("token")))()).body).toEqual({ handled: "subject_not_found" });
    expect(await saas.quotas.check({ subjectId, feature: "token" })).toMatchObject({ used: 0 });
  });
});
