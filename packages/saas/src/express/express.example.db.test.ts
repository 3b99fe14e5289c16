import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { migrate, openDatabase } from "@revops/database";
import { createSaas, saasMigrations } from "@revops/saas";
import { quotaGate } from "@revops/saas/express";
import express from "express";
import { expect, test } from "vitest";

test("the example of the README for Express", async () => {
  const database = openDatabase({ url: ":memory:" });
  await migrate(database, [saasMigrations]);
  const saas = createSaas({ database });
  await saas.entitlements.open({ subjectId: "usr_1" });

  const enforceQuota = quotaGate({ quotas: saas.quotas, subject: (request) => request.get("X-User") });
  const app = express();
  app.get("/reports", enforceQuota("api_call", { cost: 400 }), (_request, response) => {
    response.json({ ok: true });
  });

  const server = app.listen(0);
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/reports`;
  const answers = [1, 2, 3].map(() => fetch(url, { headers: { "X-User": "usr_1" } }));
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  expect(statuses.sort()).toEqual([200, 200, 429]);
  expect((await fetch(url)).status).toBe(200); // of nobody: not counted
  server.close();
  await database.close();
});
