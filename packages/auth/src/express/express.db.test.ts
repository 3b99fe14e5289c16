import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { forEachDatabase } from "@revops/testing/vitest";
import express, { type ErrorRequestHandler } from "express";
import { expect, onTestFinished, test } from "vitest";
import { createInbox } from "../../test/inbox.ts";
import { openAuth, register } from "../../test/open-auth.ts";
import { foundOrganization } from "../../test/organization.ts";
import {
  authenticate,
  principalOf,
  requireOrganizationRole,
  requireRole,
  requireScope,
  requireTier,
} from "./express.ts";

forEachDatabase("middleware of a real Express server", (open) => {
  async function serve() {
    const tiers = new Map<string, string>();
    const inbox = createInbox();
    const opened = await openAuth(open, { mail: inbox, tierOf: async (subjectId) => tiers.get(subjectId) ?? "free" });
    const { auth } = opened;
    const app = express();
    const who = (_request: express.Request, response: express.Response) =>
      void response.json({ userId: principalOf(response).userId });
    app.get("/open", authenticate(auth, { optional: true }), (_request, response) => response.json({}));
    app.get("/unguarded", requireScope("billing:read"), who);
    app.use(authenticate(auth));
    app.get("/any", who);
    app.get("/scope", requireScope("billing:write"), who);
    app.get("/admin", requireRole("admin"), who);
    app.get("/pro", requireTier(auth, "pro"), who);
    app.get("/organization", requireOrganizationRole("admin"), who);
    const failures: unknown[] = [];
    const onError: ErrorRequestHandler = (error, _request, response, _next) => {
      failures.push(error);
      response.status(500).end();
    };
    app.use(onError);
    const server = app.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const get = async (path: string, headers: Record<string, string> = {}) => {
      const answer = await fetch(url + path, { headers });
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, body: text === "" ? null : JSON.parse(text) };
    };
    return { ...opened, inbox, tiers, failures, get };
  }

  test("lets in who is known and tells the others why not, never the secret", async () => {
    const { auth, get } = await serve();
    const user = await register(auth);
    const { accessToken } = await auth.sessions.open(user);
    const made = await auth.apiKeys.create({ subjectId: user.id, name: "ci", scopes: ["billing:read"] });
    const { key, id: keyId } = made;
    for (const headers of [
      { authorization: `Bearer ${accessToken}` },
      { authorization: `bearer  ${key}` },
      { "x-api-key": key },
    ]) {
      expect(await get("/any", headers)).toMatchObject({ status: 200, body: { userId: user.id } });
    }
    const nobody = await get("/any");
    expect(nobody).toMatchObject({ status: 401, body: { code: "missing_credentials", status: 401 } });
    expect(nobody.headers.get("www-authenticate")).toBe("Bearer");
    expect(nobody.headers.get("content-type")).toContain("application/problem+json");
    const wrong = await get("/any", { authorization: "Bearer a.b.c" });
    expect(wrong).toMatchObject({ status: 401, body: { code: "invalid_token" } });
    expect(wrong.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
    const last = key.endsWith("0") ? "1" : "0";
    const badKey = await get("/any", { "x-api-key": key.slice(0, -1) + last });
    expect(badKey).toMatchObject({ status: 401, body: { code: "invalid_api_key" } });
    expect(JSON.stringify(badKey.body)).not.toContain(key.slice(31, 60));
    await auth.apiKeys.revoke({ subjectId: user.id, keyId });
    expect((await get("/any", { "x-api-key": key })).status).toBe(401);
  });

  test("optional lets nobody's request in, and a wrong credential out", async () => {
    const { get } = await serve();
    expect((await get("/open")).status).toBe(200);
    expect((await get("/open", { "x-api-key": "rvk_wrong" })).body).toMatchObject({ code: "invalid_api_key" });
  });

  test("a guard without authenticate in front of it lets nobody in", async () => {
    const { auth, get } = await serve();
    const { accessToken } = await auth.sessions.open(await register(auth));
    expect((await get("/unguarded", { authorization: `Bearer ${accessToken}` })).status).toBe(401);
  });

  test("scope, role and tier are asked as they are now", async () => {
    const { auth, tiers, get } = await serve();
    const user = await register(auth);
    const { accessToken } = await auth.sessions.open(user);
    const { key } = await auth.apiKeys.create({ subjectId: user.id, name: "ci", scopes: ["billing:read"] });
    const [session, apiKey] = [{ authorization: `Bearer ${accessToken}` }, { "x-api-key": key }];
    expect((await get("/scope", session)).status).toBe(200);
    const lacking = await get("/scope", apiKey);
    expect(lacking).toMatchObject({ status: 403, body: { code: "insufficient_scope", scope: "billing:write" } });
    expect(lacking.headers.get("www-authenticate")).toContain('scope="billing:write"');

    expect((await get("/admin", session)).body).toMatchObject({ status: 403, code: "forbidden" });
    await auth.users.setRole(user.id, "admin");
    expect((await get("/admin", session)).status).toBe(200);

    expect((await get("/pro", session)).body).toMatchObject({ code: "tier_required", tier: "free", minimum: "pro" });
    tiers.set(user.id, "enterprise");
    for (const headers of [session, apiKey]) expect((await get("/pro", headers)).status).toBe(200);
  });

  test("an organization's role is asked as it is now, of sessions that chose it and of its keys", async () => {
    const { auth, inbox, tiers, get } = await serve();
    const { organizationId, ada, idOf } = await foundOrganization(auth, inbox, { bob: "admin" });
    const { accessToken } = await auth.sessions.open(await auth.users.get(idOf("bob")));
    await auth.users.setRole(idOf("bob"), "admin");
    const made = await auth.apiKeys.create({ subjectId: organizationId, actorId: idOf("bob"), name: "ci" });
    const session = { authorization: `Bearer ${accessToken}` };
    const chosen = { ...session, "x-organization": organizationId };
    const key = { "x-api-key": made.key };
    for (const headers of [chosen, key]) expect((await get("/organization", headers)).status).toBe(200);
    const forThemselves = await get("/organization", session);
    expect(forThemselves.body).toMatchObject({ status: 403, code: "forbidden", minimum: "admin" });
    // An organization's key is no administrator of the service, though who made it is one.
    expect((await get("/admin", chosen)).status).toBe(200);
    expect((await get("/admin", key)).body).toMatchObject({ code: "forbidden" });
    // Who pays is the organization.
    tiers.set(organizationId, "pro");
    for (const headers of [chosen, key]) expect((await get("/pro", headers)).status).toBe(200);
    expect((await get("/pro", session)).body).toMatchObject({ code: "tier_required" });

    const change = { organizationId, actorId: ada, userId: idOf("bob") };
    await auth.organizations.members.setRole({ ...change, role: "member" });
    for (const headers of [chosen, key]) {
      expect((await get("/organization", headers)).body).toMatchObject({ code: "forbidden" });
      expect((await get("/any", headers)).status).toBe(200);
    }
    await auth.organizations.members.remove(change);
    for (const organization of [organizationId, "org_01jd3v8k2m0123456789abcdef", "nonsense"]) {
      const refused = await get("/any", { ...session, "x-organization": organization });
      expect(refused.body).toMatchObject({ status: 404, code: "organization_not_found" });
    }
    expect((await get("/any", key)).body).toMatchObject({ code: "invalid_api_key" });
    expect((await get("/any", session)).status).toBe(200);
  });

  test("a database that is away is no refusal: it goes to the error handler", async () => {
    const { auth, database, failures, get } = await serve();
    const { accessToken } = await auth.sessions.open(await register(auth));
    await database.close();
    expect((await get("/any", { authorization: `Bearer ${accessToken}` })).status).toBe(500);
    expect(failures).toEqual([expect.objectContaining({ code: "database_unavailable" })]);
  });

  test("a tier that does not exist stops the server from being made, not its first request", async () => {
    const { auth } = await serve();
    expect(() => requireTier(auth, "gold")).toThrow(expect.objectContaining({ code: "unknown_tier" }));
  });
});
