import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { register, startApi, type TestApi } from "./service.ts";

async function scrape({ url }: TestApi, headers: Record<string, string> = {}) {
  const answer = await fetch(new URL("/metrics", url), { headers });
  return { status: answer.status, type: answer.headers.get("content-type"), text: await answer.text() };
}

forEachDatabase("/metrics", (open) => {
  test("counts requests by declared route, verdicts of the quota, and shows the process", async () => {
    const service = await startApi(open);
    const ada = await register(service, "ada");
    await service.call("GET", "/auth/me", { headers: ada.session });
    await service.call("GET", "/auth/me");
    await service.call("GET", "/nowhere/at/all");
    await service.call("GET", "/billing/invoices/inv_secretlooking", { headers: ada.session });
    await service.call("POST", "/marketplace/search", { headers: ada.session, body: {} });
    const { status, type, text } = await scrape(service);
    expect([status, type]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
    expect(text).toContain('http_requests_total{method="GET",route="/auth/me",status="200"} 1');
    expect(text).toContain('http_requests_total{method="GET",route="/auth/me",status="401"} 1');
    // A path that somebody made up must not become a label: there would be no end of them.
    expect(text).toContain('http_requests_total{method="GET",route="none",status="404"} 1');
    expect(text).not.toContain("inv_secretlooking");
    expect(text).toContain('http_request_duration_seconds_count{method="GET",route="/auth/me"} 2');
    expect(text).toContain('revops_quota_verdicts_total{feature="api_call",verdict="allowed"} 1');
    expect(text).toMatch(/nodejs_eventloop_lag_p99_seconds \d/);
  });

  test("shows the sources that it is given, and goes on without one that fails", async () => {
    const metricSources = [
      { name: "revops_jobs", help: "Jobs.", label: "state", collect: async () => ({ waiting: 3, dead: 0 }) },
      { name: "revops_lag_seconds", help: "Lag.", collect: async () => ({ "": 1.5 }) },
      { name: "revops_broken", help: "Broken.", collect: () => Promise.reject(new Error("away")) },
    ];
    const { text } = await scrape(await startApi(open, { metricSources }));
    expect(text).toContain('revops_jobs{state="waiting"} 3');
    expect(text).toContain("revops_lag_seconds 1.5");
    expect(text).toContain("revops_broken Nan");
  });

  test("with a token, only its bearer may look", async () => {
    const service = await startApi(open, { metricsToken: "the token of the scraper".replaceAll(" ", "-") });
    expect((await scrape(service)).status).toBe(401);
    expect((await scrape(service, { authorization: "Bearer wrong" })).status).toBe(401);
    expect((await scrape(service, { authorization: "Bearer the-token-of-the-scraper" })).status).toBe(200);
  });
});
