/** What an operator sees of a request: its trace through to the jobs that it made, its lines, its figures. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { client } from "./client.ts";
import { dataFolder, startProcess } from "./process.ts";

interface Span {
  readonly traceId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

/** A collector that speaks OTLP over HTTP in JSON. */
async function startCollector() {
  const spans: Span[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { resourceSpans = [] } = JSON.parse(Buffer.concat(chunks).toString());
    for (const { scopeSpans } of resourceSpans) for (const scope of scopeSpans) spans.push(...scope.spans);
    response.setHeader("Content-Type", "application/json").end("{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { spans, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test("a request and the job that it made are one trace, and their log lines name it", {
  timeout: 120_000,
}, async () => {
  const collector = await startCollector();
  const server = startProcess({
    DATABASE_URL: `file:${join(await dataFolder(), "revops.db")}`,
    PORT: "0",
    LOG_LEVEL: "info",
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_BSP_SCHEDULE_DELAY: "200",
  });
  const url = await server.ready();
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
  const account = { email: "ada@example.com", password: "correct horse battery" };
  const { accessToken } = await client(url).post("/auth/register", account, 201);
  const traced = { authorization: `Bearer ${accessToken}`, traceparent, "x-request-id": "the-erasure" };
  const erased = await fetch(`${url}/api/v1/auth/me`, {
    method: "DELETE",
    headers: traced,
  });
  expect(erased.status).toBe(204);

  const ofTrace = () => collector.spans.filter((span) => span.traceId === traceId);
  await expect
    .poll(
      () =>
        ofTrace()
          .map(({ name }) => name)
          .sort(),
      { timeout: 20_000 },
    )
    .toEqual(expect.arrayContaining(["DELETE /auth/me", "process payments.customers.forget"]));
  const request = ofTrace().find(({ name }) => name === "DELETE /auth/me");
  expect(request?.parentSpanId).toBe("00f067aa0ba902b7");

  const lines = server
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
  expect(lines.find(({ requestId }) => requestId === "the-erasure")).toMatchObject({
    msg: "request",
    method: "DELETE",
    route: "/auth/me",
    status: 204,
    traceId,
  });
  expect(server.output()).not.toContain(account.password);
  expect(server.output()).not.toContain(accessToken);

  const figures = await (await fetch(`${url}/metrics`)).text();
  expect(figures).toContain('http_requests_total{method="DELETE",route="/auth/me",status="204"} 1');
  for (const name of ["revops_jobs", "revops_jobs_lag_seconds", "revops_webhook_lag_seconds"]) {
    expect(figures).toMatch(new RegExp(`^${name}(\\{.+\\})? \\d`, "m"));
  }
  for (const ledger of ["usage", "money"]) {
    await expect
      .poll(async () => (await fetch(`${url}/metrics`)).text(), { timeout: 20_000 })
      .toContain(`revops_ledger_differences{ledger="${ledger}"} 0`);
  }
  server.child.kill("SIGTERM");
  expect(await server.ended()).toBe(0);
});
