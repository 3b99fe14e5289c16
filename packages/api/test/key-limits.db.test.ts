/** Limits of an API key, over HTTP. */
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { register, startApi } from "./service.ts";

forEachDatabase("a limited key over HTTP", (open) => {
  test("answers 429 and when to come again once its limit is reached, and its owner is not held up", async () => {
    const service = await startApi(open);
    const { call } = service;
    const { session: headers } = await register(service, "ada");
    const rateLimits = { requests: { limit: 2, windowSeconds: 3_600 } };
    const make = (body: object) => call("POST", "/auth/keys", { headers, body: { name: "limited", ...body } });
    const made = await make({ rateLimits });
    expect(made).toMatchObject({ status: 201, body: { rateLimits, usageCap: null } });
    const use = (key: string) => call("GET", "/billing/usage", { headers: { "x-api-key": key } });
    expect([(await use(made.body.key)).status, (await use(made.body.key)).status]).toEqual([200, 200]);
    const refused = await use(made.body.key);
    expect(refused).toMatchObject({ status: 429, body: { code: "rate_limited", limit: 2, name: "requests" } });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await call("GET", "/billing/usage", { headers })).status).toBe(200);

    const capped = await make({ usageCap: { limit: 1 } });
    expect((await use(capped.body.key)).status).toBe(200);
    expect(await use(capped.body.key)).toMatchObject({ status: 429, body: { code: "quota_exceeded", resetsAt: null } });

    expect((await make({ rateLimits: { Requests: { limit: 1, windowSeconds: 1 } } })).body.code).toBe("invalid_limits");
    expect((await make({ rateLimits: { requests: { limit: 0, windowSeconds: 1 } } })).status).toBe(422);
  });
});
