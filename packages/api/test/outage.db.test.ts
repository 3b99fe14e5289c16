import { cuttableLine } from "@revops/testing";
import { openOn } from "@revops/testing/vitest";
import { expect, onTestFinished, test } from "vitest";
import { schema, startApi } from "./service.ts";

test("while PostgreSQL is away no route is a failure of ours: each says 503, and when to come again", async () => {
  const database = await openOn("postgres")(schema);
  const line = await cuttableLine(database.url);
  onTestFinished(line.cut);
  const { call, api } = await startApi(async () => ({ ...database, url: line.url }));
  const credentials = { email: "ada@example.com", password: "correct horse battery" };
  const { body: ada } = await call("POST", "/auth/register", { body: credentials });
  const headers = { authorization: `Bearer ${ada.accessToken}` };

  line.cut();
  const verdicts: Record<string, number> = {};
  for (const [path, operations] of Object.entries(api.document.paths ?? {})) {
    for (const method of ["get", "post", "put", "patch", "delete"] as const) {
      const operation = operations?.[method];
      if (!operation) continue;
      const body = exampleOf(operation);
      const way = path.replaceAll(/\{\w+\}/g, "some_id");
      const answer = await call(method.toUpperCase(), way, { headers, ...(body === undefined ? {} : { body }) });
      const where = `${method} ${path}: ${answer.status} ${answer.body?.code}`;
      expect(answer.status, where).not.toBe(500);
      if (answer.status === 503) expect(answer.headers.get("retry-after"), where).toBe("5");
      verdicts[answer.body?.code] = (verdicts[answer.body?.code] ?? 0) + 1;
    }
  }
  expect(verdicts["database_unavailable"]).toBeGreaterThan(100);

  await line.mend();
  expect(await call("GET", "/auth/me", { headers })).toMatchObject({ status: 200, body: { email: credentials.email } });
}, 60_000);

/** What a document says that a JSON body may be. */
function exampleOf(operation: object): unknown {
  const { requestBody } = operation as { requestBody?: { content?: Record<string, { example?: unknown }> } };
  return requestBody?.content?.["application/json"]?.example;
}
