import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { keyOf, register, startApi } from "./service.ts";

forEachDatabase("rate limits", (open) => {
  test("each credential has its own bucket, and the answer says how much is left", async () => {
    const service = await startApi(open, { rateLimitPerMinute: 3 });
    const ada = await register(service, "ada");
    const me = (headers: Record<string, string>) => service.call("GET", "/auth/me", { headers });
    const first = await me(ada.session);
    expect(first.headers.get("ratelimit-policy")).toBe('"credential";q=3;w=60');
    expect(first.headers.get("ratelimit")).toMatch(/^"credential";r=2;t=\d+$/);
    await me(ada.session);
    expect((await me(ada.session)).status).toBe(200);
    const refused = await me(ada.session);
    expect([refused.status, refused.body.code]).toEqual([429, "rate_limited"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(refused.headers.get("ratelimit")).toContain(";r=0;");
    expect((await me(await keyOf(service, ada))).status).toBe(200);
  });

  test("guessing keys and passwords costs from the address, whatever is guessed", async () => {
    const service = await startApi(open, { rateLimitPerMinute: 10 });
    const statuses = new Set<number>();
    for (let guess = 0; guess < 12; guess++) {
      const headers = { "x-api-key": `rvk_guess_${guess}` };
      statuses.add((await service.call("GET", "/auth/me", { headers })).status);
    }
    expect([...statuses]).toEqual([401, 429]);
    const login = await service.call("POST", "/auth/login", { body: { email: "a@b.co", password: "guess" } });
    expect(login.body.code).toBe("rate_limited");
  });

  test("a client cannot invent its address unless a proxy is trusted to name it", async () => {
    const service = await startApi(open, { rateLimitPerMinute: 1 });
    const from = (address: string) =>
      service.call("GET", "/billing/pricing", { headers: { "x-forwarded-for": address } });
    expect((await from("192.0.2.1")).status).toBe(200);
    expect((await from("192.0.2.2")).status).toBe(429);
    const proxied = await startApi(open, { rateLimitPerMinute: 1, trustProxy: 1 });
    const through = (address: string) =>
      proxied.call("GET", "/billing/pricing", { headers: { "x-forwarded-for": address } });
    expect((await through("2001:db8:0:1::1")).status).toBe(200);
    expect((await through("2001:db8:0:1:ffff::2")).status).toBe(429);
    expect((await through("2001:db8:0:2::1")).status).toBe(200);
  });

  test("probes are never refused, and 0 is off", async () => {
    const limited = await startApi(open, { rateLimitPerMinute: 1 });
    for (let probe = 0; probe < 3; probe++) expect((await limited.call("GET", "/ready")).status).toBe(200);
    const unlimited = await startApi(open, { rateLimitPerMinute: 0 });
    const answer = await unlimited.call("GET", "/billing/pricing");
    expect([answer.status, answer.headers.get("ratelimit")]).toEqual([200, null]);
  });
});
