/** A copy of an account, and its end, over HTTP. */
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { keyOf, register, startApi } from "./service.ts";

forEachDatabase("an account over HTTP", (open) => {
  test("is exported to its session and to no key, then erased, and then nobody's", async () => {
    const service = await startApi(open);
    const { call } = service;
    const ada = await register(service, "ada");
    const key = await keyOf(service, ada);
    expect((await call("GET", "/auth/export", { headers: key })).status).toBe(403);
    expect((await call("DELETE", "/auth/me", { headers: key })).status).toBe(403);
    const { body } = await call("GET", "/auth/export", { headers: ada.session });
    expect(body.user).toMatchObject({ id: ada.id, email: "ada@example.com", tier: "free" });
    expect([body.sessions.length, body.apiKeys.length]).toEqual([1, 1]);
    expect(JSON.stringify(body)).not.toContain(key["x-api-key"]);

    expect((await call("DELETE", "/auth/me", { headers: ada.session })).status).toBe(204);
    expect((await call("GET", "/auth/me", { headers: ada.session })).body.code).toBe("token_revoked");
    expect((await call("GET", "/auth/me", { headers: key })).body.code).toBe("invalid_api_key");
    const credentials = { email: "ada@example.com", password: "correct horse battery" };
    expect((await call("POST", "/auth/login", { body: credentials })).body.code).toBe("invalid_credentials");
    expect((await call("POST", "/auth/register", { body: credentials })).status).toBe(201);
  });
});
