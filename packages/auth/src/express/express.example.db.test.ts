import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { authMigrations, createAuth } from "@revops/auth";
import { authenticate, principalOf, requireScope, requireTier } from "@revops/auth/express";
import { migrate, openDatabase } from "@revops/database";
import express from "express";
import { expect, test } from "vitest";

test("the example of the README for Express", async () => {
  const database = openDatabase({ url: ":memory:" });
  await migrate(database, [authMigrations]);
  const auth = createAuth({ database, tokens: { secret: "at least 32 bytes, from your settings" } });
  const user = await auth.users.register({ email: "ada@example.com", password: "correct horse battery" });
  const { key } = await auth.apiKeys.create({ subjectId: user.id, name: "ci", scopes: ["billing:read"] });

  const app = express();
  app.use(authenticate(auth));
  app.get("/invoices", requireScope("billing:read"), (_request, response) => {
    response.json({ of: principalOf(response).subjectId });
  });
  app.get("/forecast", requireTier(auth, "pro"), (_request, response) => response.json({}));

  const server = app.listen(0);
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const headers = { authorization: `Bearer ${key}` };
  expect(await (await fetch(`${url}/invoices`, { headers })).json()).toEqual({ of: user.id });
  expect(await (await fetch(`${url}/forecast`, { headers })).json()).toMatchObject({ code: "tier_required" });
  expect((await fetch(`${url}/invoices`)).status).toBe(401);
  server.close();
  await database.close();
});
