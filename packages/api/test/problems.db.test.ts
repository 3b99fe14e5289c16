/** Whatever comes in, a problem goes out: `application/problem+json` with a code, and never a 5xx. */
import { silentLogger } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import type { RawBody } from "./caller.ts";
import { register, startApi } from "./service.ts";

forEachDatabase("odd requests", (open) => {
  test("a path or method that is not there", async () => {
    const { call, url } = await startApi(open);
    expect((await call("GET", "/nothing/here")).body).toMatchObject({ status: 404, code: "not_found" });
    expect((await call("GET", "/AUTH/me")).body.code).toBe("not_found");
    expect((await call("GET", "/%ff")).body.code).toBe("not_found");
    // The document has these as paths of a package; the bytes are no UTF-8, so they cannot be one's name.
    expect((await call("GET", "/marketplace/packages/%ff")).body).toMatchObject({
      status: 400,
      code: "invalid_request",
    });
    expect((await call("GET", "/marketplace/packages/%00")).body.code).toBe("not_found");
    const outside = await fetch(url.replace("/api/v1", "/elsewhere?token=secret"));
    expect(outside.headers.get("content-type")).toBe("application/problem+json");
    expect(await outside.json()).toMatchObject({ code: "not_found", instance: "/elsewhere" });

    const wrongMethod = await call("PUT", "/auth/me", { body: {} });
    expect(wrongMethod.body).toMatchObject({ status: 405, code: "method_not_allowed" });
    expect(wrongMethod.headers.get("allow")).toBe("DELETE, GET, HEAD, OPTIONS, PATCH");
    const options = await fetch(`${url}/auth/me`, { method: "OPTIONS" });
    expect([options.status, options.headers.get("allow")]).toEqual([204, "DELETE, GET, HEAD, OPTIONS, PATCH"]);
  });

  test.for([
    ["GET", "/marketplace/licenses/activate", "OPTIONS, POST"],
    ["GET", "/marketplace/licenses/deactivate", "OPTIONS, POST"],
    ["GET", "/marketplace/licenses/validate", "OPTIONS, POST"],
    ["DELETE", "/auth/invitations/accept", "OPTIONS, POST"],
  ] as const)(
    "%s %s is no method of the path, which is no id of another one",
    async ([method, path, allow], { expect }) => {
      const { call } = await startApi(open);
      const { status, body, headers } = await call(method, path);
      expect([status, body.code, headers.get("allow")]).toEqual([405, "method_not_allowed", allow]);
    },
  );

  const deep = `${"[".repeat(5_000)}${"]".repeat(5_000)}`;
  const wide = (keys: number) => `{${Array.from({ length: keys }, (_, key) => `"${key}":1`).join(",")}}`;
  const json = { "content-type": "application/json" };
  test.for([
    ["malformed JSON", { raw: '{"email":', headers: json }, 400, "invalid_json"],
    ["bytes that are no UTF-8", { raw: new Uint8Array([0x22, 0xff, 0x22]), headers: json }, 400, "invalid_json"],
    ["JSON 5,000 deep", { raw: deep, headers: json }, 400, "invalid_json"],
    ["10^5 keys", { raw: wide(100_000), headers: json }, 413, "payload_too_large"],
    ["as many elements as fit", { raw: `[${"1,".repeat(40_000)}1]`, headers: json }, 400, "invalid_json"],
    ["9,000 unknown keys", { raw: wide(9_000), headers: json }, 422, "validation_failed"],
    ["a body over 100 KB", { raw: `"${"a".repeat(100_000)}"`, headers: json }, 413, "payload_too_large"],
    [
      "text/plain",
      { raw: '{"email":"a@b.c"}', headers: { "content-type": "text/plain" } },
      415,
      "unsupported_media_type",
    ],
    ["a form", { raw: new URLSearchParams({ email: "a@b.c" }) }, 415, "unsupported_media_type"],
    [
      "another charset",
      { raw: "{}", headers: { "content-type": "application/json; charset=utf-16" } },
      415,
      "unsupported_media_type",
    ],
    [
      "a compressed body",
      { raw: "{}", headers: { ...json, "content-encoding": "gzip" } },
      415,
      "unsupported_media_type",
    ],
    ["no body", {}, 422, "validation_failed"],
    ["an array", { body: [] }, 422, "validation_failed"],
    ["null", { body: null }, 422, "validation_failed"],
    ["another type", { body: { email: 1, password: {} } }, 422, "validation_failed"],
    [
      "a smuggled field",
      { body: { email: "a@b.co", password: "correct horse battery", tier: "pro" } },
      422,
      "validation_failed",
    ],
    [
      "__proto__",
      { raw: '{"__proto__":{"role":"admin"},"email":"a@b.co","password":"correct horse"}', headers: json },
      422,
      "validation_failed",
    ],
    [
      "NUL",
      { body: { email: "a@b.co", password: "correct horse battery", name: "a\u0000b" } },
      422,
      "validation_failed",
    ],
    [
      "a lone surrogate",
      { body: { email: "a@b.co", password: "correct horse battery", name: "\ud800" } },
      422,
      "validation_failed",
    ],
    [
      "a query on a path without one",
      { path: "?tier=pro", body: { email: "a@b.co", password: "correct horse battery" } },
      422,
      "validation_failed",
    ],
  ] as const)(
    "%s",
    async ([, { path = "", ...request }, status, code]: readonly [
      string,
      { path?: string; raw?: RawBody; body?: unknown; headers?: Record<string, string> },
      number,
      string,
    ]) => {
      const { call } = await startApi(open);
      const { body } = await call("POST", `/auth/register${path}`, request);
      expect([body.status, body.code]).toEqual([status, code]);
      if (code === "validation_failed") expect(body.errors.length).toBeOneOf([1, 2, 3, 20]);
    },
  );

  test("null is a body that is no object, where a body may be left out too", async () => {
    const service = await startApi(open);
    const { session } = await register(service, "ada");
    const search = (request: object) => service.call("POST", "/marketplace/search", request);
    expect((await search({})).status).toBe(200);
    expect((await search({ body: null })).body).toMatchObject({ status: 422, code: "validation_failed" });
    const logout = (request: object) => service.call("POST", "/auth/logout", { headers: session, ...request });
    expect((await logout({ body: null })).body).toMatchObject({ status: 422, code: "validation_failed" });
    expect((await logout({})).status).toBe(204);
  });

  test("what is wrong is told by field", async () => {
    const { call } = await startApi(open);
    const { body } = await call("POST", "/auth/register", { body: { email: "no", password: "short", role: "admin" } });
    expect(body.errors.map(({ path }: { path: string }) => path).sort()).toEqual(["email", "password", "role"]);
  });

  test("a failure of ours tells nothing of itself, and its cause is in the log under the answer's request id", async () => {
    const lines: object[] = [];
    const line = (members: object) => void lines.push(members);
    const logger = { debug: line, info: line, warn: line, error: line };
    const { call, database } = await startApi(open, { logger });
    await database.close();
    const { status, body } = await call("GET", "/auth/me", { headers: { "x-api-key": `rvk_${"0".repeat(26)}_x` } });
    expect(status).toBeLessThan(500);
    const ready = await call("GET", "/ready");
    expect(ready.body).toMatchObject({ status: 503, code: "service_unavailable" });
    expect(ready.headers.get("retry-after")).toBeTruthy();
    expect(ready.body.dependencies.database.state).toBe("down");
    const failed = await call("POST", "/auth/login", { body: { email: "a@b.co", password: "correct horse" } });
    expect(failed.status).toBeGreaterThanOrEqual(500);
    expect(failed.body.detail).toBe(failed.body.title);
    expect(JSON.stringify(failed.body)).not.toMatch(/select|sqlite|postgres|\.ts/i);
    expect(lines).toContainEqual(
      expect.objectContaining({ requestId: failed.body.requestId, status: failed.status, err: expect.any(Error) }),
    );
    expect(body.code).toBe("invalid_api_key");
  });

  test("a line of the access log holds no password, token, key or query", async () => {
    const lines: object[] = [];
    const line = (members: object) => void lines.push(members);
    const logger = { debug: line, info: line, warn: line, error: line };
    const { call } = await startApi(open, { logger });
    const password = "correct horse battery";
    const { body } = await call("POST", "/auth/register", { body: { email: "ada@example.com", password } });
    const session = { authorization: `Bearer ${body.accessToken}` };
    const { body: key } = await call("POST", "/auth/keys", { headers: session, body: { name: "ci" } });
    await call("GET", "/auth/me", { headers: { "x-api-key": key.key, "x-request-id": "mine-1" } });
    await call("GET", "/marketplace/purchases?cursor=a-secret-cursor", { headers: session });
    await call("GET", "/auth/keys", { headers: { "x-api-key": key.key } });
    // It opens what it is for by itself, in a route of its own or with a method that there is none for.
    const link = "WyJ1c3JfMDFtOGJxeHE0NXc0MWtxNzEiXQ.KuIeTr_6Hskq0a7UCUoyC";
    await call("GET", `/marketplace/downloads/${link}`);
    await call("PUT", `/marketplace/downloads/${link}?x`);
    await expect.poll(() => lines.length).toBe(7);
    const log = JSON.stringify(lines);
    for (const text of [password, body.accessToken, body.refreshToken, key.key, "a-secret-cursor", link]) {
      expect(log).not.toContain(text);
    }
    expect(lines).toContainEqual(
      expect.objectContaining({ requestId: "mine-1", route: "/auth/me", status: 200, credential: key.id }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({ status: 403, code: "insufficient_scope", credential: key.id, subjectId: body.user.id }),
    );
  });

  test("an instance that shuts down says so before it goes", async () => {
    const failures: unknown[] = [];
    const logger = { ...silentLogger, error: (line: unknown) => void failures.push(line) };
    const { api, call } = await startApi(open, { logger });
    expect((await call("GET", "/ready")).body).toMatchObject({
      status: "ready",
      dependencies: { database: { state: "up" } },
    });
    const ready = async () => {
      const { status, body, headers } = await call("GET", "/ready");
      return [status, body.code, headers.get("connection")];
    };
    api.drain({ keepConnections: true });
    expect(await ready()).toEqual([503, "draining", "keep-alive"]);
    api.drain();
    expect(await ready()).toEqual([503, "draining", "close"]);
    expect((await call("GET", "/health")).body).toEqual({ status: "ok" });
    // That is no failure of its own.
    expect(failures).toEqual([]);
  });
});
