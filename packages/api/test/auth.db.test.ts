/** Accounts over HTTP: signing in and out, tokens, keys and sessions. */
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { keyOf, register, startApi } from "./service.ts";

const credentials = { email: "ada@example.com", password: "correct horse battery" };

forEachDatabase("accounts over HTTP", (open) => {
  test("from sign-up to sign-out, each token good for as long as it should be", async () => {
    const { call } = await startApi(open);
    const post = (path: string, body?: object, headers = {}) => call("POST", path, { body, headers });
    const registered = await post("/auth/register", { ...credentials, name: "Ada" });
    expect(registered.status).toBe(201);
    expect(registered.body).toMatchObject({ user: { name: "Ada", tier: "free" }, tokenType: "Bearer", expiresIn: 900 });
    expect(registered.headers.get("cache-control")).toBe("no-store");
    expect((await post("/auth/register", { ...credentials, email: "ADA@example.com" })).body).toMatchObject({
      status: 409,
      code: "user_already_exists",
    });

    const [wrong, unknown] = [
      await post("/auth/login", { ...credentials, password: "wrong horse battery" }),
      await post("/auth/login", { ...credentials, email: "nobody@example.com" }),
    ];
    const told = ({ body }: typeof wrong) => ({ ...body, requestId: null });
    expect(wrong.body).toMatchObject({ status: 401, code: "invalid_credentials" });
    expect(told(wrong)).toEqual(told(unknown));

    const { body: session } = await post("/auth/login", credentials);
    const refreshed = await post("/auth/refresh", { refreshToken: session.refreshToken });
    expect(refreshed.status).toBe(200);
    const { body: claims } = await post("/auth/validate", { token: refreshed.body.accessToken });
    expect(claims).toMatchObject({ valid: true, claims: { sub: session.user.id, tier: "free", scopes: ["*"] } });
    expect(Object.keys(claims.claims).sort()).toEqual(["email", "exp", "iat", "jti", "scopes", "sub", "tier"]);
    const reused = await post("/auth/refresh", { refreshToken: session.refreshToken });
    expect(reused.body).toMatchObject({ status: 401, code: "token_reused" });
    expect((await post("/auth/refresh", { refreshToken: refreshed.body.refreshToken })).body.code).toBe(
      "token_revoked",
    );
    const validated = await post("/auth/validate", { token: refreshed.body.accessToken });
    expect(validated.body).toEqual({ valid: false, reason: "token_revoked" });

    const { body: again } = await post("/auth/login", credentials);
    const headers = { authorization: `Bearer ${again.accessToken}` };
    const renamed = await call("PATCH", "/auth/me", { headers, body: { name: "Ada L." } });
    expect(renamed.body).toMatchObject({ name: "Ada L.", email: "ada@example.com" });
    expect((await post("/auth/logout", { everywhere: true }, headers)).body.code).toBe("validation_failed");
    expect((await post("/auth/logout", undefined, headers)).status).toBe(204);
    expect((await call("GET", "/auth/me", { headers })).body.code).toBe("token_revoked");
  });

  test("a key is shown once, works until it is revoked or rotated, and cannot make others", async () => {
    const service = await startApi(open);
    const { session: headers } = await register(service, "ada");
    const post = (path: string, body?: object) => service.call("POST", path, { headers, body });
    const made = await post("/auth/keys", {
      name: "ci",
      scopes: ["billing:read"],
      expiresAt: "2099-01-01T00:00:00+01:00",
    });
    expect(made.body).toMatchObject({ name: "ci", scopes: ["billing:read"], expiresAt: "2098-12-31T23:00:00.000Z" });
    const { key, ...shown } = made.body;
    expect((await service.call("GET", "/auth/keys", { headers })).body).toEqual({ data: [shown], nextCursor: null });
    const me = (presented: string) =>
      service.call("GET", "/auth/me", { headers: { authorization: `Bearer ${presented}` } });
    expect((await me(key)).status).toBe(200);

    const rotated = await post(`/auth/keys/${shown.id}/rotate`, { overlapSeconds: 0 });
    expect([rotated.status, rotated.body.name]).toEqual([201, "ci"]);
    expect((await me(key)).body.code).toBe("invalid_api_key");
    expect((await post(`/auth/keys/${shown.id}/rotate`)).body).toMatchObject({
      status: 409,
      code: "api_key_not_active",
    });
    const revoked = await post(`/auth/keys/${rotated.body.id}/revoke`);
    expect(revoked.body.revokedAt).toEqual(expect.any(String));
    expect(revoked.body.key).toBeUndefined();
    expect((await me(rotated.body.key)).status).toBe(401);
    for (const [body, code] of [
      [{ name: "x", scopes: ["keys:manage"] }, "invalid_scope"],
      [{ name: "x", scopes: ["nothing"] }, "invalid_scope"],
      [{ name: "x", scopes: [] }, "validation_failed"],
      [{ name: " " }, "validation_failed"],
      [{ name: "x", expiresAt: "2001-01-01T00:00:00Z" }, "invalid_expiry"],
      [{ name: "x", expiresAt: "tomorrow" }, "validation_failed"],
      [{ name: "x", subjectId: "usr_bob" }, "validation_failed"],
    ] as const) {
      expect((await post("/auth/keys", body)).body, JSON.stringify(body)).toMatchObject({ status: 422, code });
    }
  });

  test("two credentials of one user are one, of two users none", async () => {
    const service = await startApi(open);
    const [ada, bob] = [await register(service, "ada"), await register(service, "bob")];
    const both = (headers: object) => service.call("GET", "/auth/me", { headers: { ...ada.session, ...headers } });
    expect((await both(await keyOf(service, ada))).status).toBe(200);
    expect((await both(await keyOf(service, bob))).body).toMatchObject({ status: 400, code: "ambiguous_credentials" });
  });

  test("a session ended from elsewhere is out at once", async () => {
    const service = await startApi(open);
    const ada = await register(service, "ada");
    const { accessToken } = await service.auth.sessions.open(await service.auth.users.get(ada.id));
    const elsewhere = { authorization: `Bearer ${accessToken}` };
    const { body } = await service.call("GET", "/auth/sessions", { headers: ada.session });
    expect(body.data).toHaveLength(2);
    const [other] = body.data.filter(({ current }: { current: boolean }) => !current);
    const ended = await service.call("DELETE", `/auth/sessions/${other.id}`, { headers: ada.session });
    expect(ended.status).toBe(204);
    expect((await service.call("GET", "/auth/me", { headers: elsewhere })).body.code).toBe("token_revoked");
    expect((await service.call("GET", "/auth/me", { headers: ada.session })).status).toBe(200);
  });
});
