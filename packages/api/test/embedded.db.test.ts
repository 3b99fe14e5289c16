/** The routes inside an application of one's own. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type ApiOptions, apiMigrations, createApi } from "@revops/api";
import { authMigrations, createAuth } from "@revops/auth";
import { migrate, openDatabase } from "@revops/database";
import { createSaas, saasMigrations } from "@revops/saas";
import { forEachDatabase } from "@revops/testing/vitest";
import express, { type RequestHandler } from "express";
import { expect, onTestFinished, test } from "vitest";

const secret = "the secret of the embedded API, 32 bytes and more";
const account = { email: "ada@example.com", password: "correct horse battery" };

forEachDatabase("an application of one's own", (open) => {
  async function serve(options: Partial<ApiOptions> = {}, before: readonly RequestHandler[] = []) {
    const database = openDatabase({ url: (await open()).url });
    onTestFinished(() => database.close());
    await migrate(database, [authMigrations, saasMigrations, apiMigrations]);
    const auth = createAuth({ database, tokens: { secret }, tierOf: async () => "gold" });
    const api = createApi({ database, auth, secret, ...options });
    const app = express();
    for (const handler of before) app.use(handler);
    app.use("/api/v1", api.router);
    app.use(express.json());
    app.post("/api/v1/own", (request, response) => response.json({ own: request.body }));
    app.use((_request, response) => response.status(404).send("mine"));
    const server = app.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`;
    const post = (path: string, body: unknown) =>
      fetch(base + path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    return { api, base, post, database };
  }

  test("accounts alone: sign-up, log-in and keys need no other package", async () => {
    const { api, post, base } = await serve();
    const registered = await post("/auth/register", account);
    expect([registered.status, registered.headers.get("x-request-id")]).toEqual([201, expect.stringMatching(/^req_/)]);
    expect(await registered.json()).toMatchObject({ user: { tier: "gold" } });
    const wrong = await post("/auth/login", { ...account, password: "another password" });
    expect([wrong.status, wrong.headers.get("content-type")]).toEqual([401, "application/problem+json"]);
    expect(
      Object.keys(api.document.paths ?? {}).filter((path) => /^.(billing|marketplace|webhooks)/.test(path)),
    ).toEqual([]);
    expect((await fetch(`${base}/ready`)).status).toBe(200);
  });

  test("what is not theirs goes on, untouched, to the application's own routes and 404", async () => {
    const { post, base } = await serve();
    const own = await post("/own", { a: 1 });
    expect([own.status, await own.json()]).toEqual([200, { own: { a: 1 } }]);
    expect([own.headers.get("x-request-id"), own.headers.get("content-security-policy")]).toEqual([null, null]);
    const missing = await fetch(`${base}/billing/pricing`);
    expect([missing.status, await missing.text()]).toEqual([404, "mine"]);
    const wrongMethod = await fetch(`${base}/auth/login`, { method: "PUT" });
    expect([wrongMethod.status, wrongMethod.headers.get("allow")]).toEqual([405, "OPTIONS, POST"]);
    expect(await wrongMethod.json()).toMatchObject({ code: "method_not_allowed" });
  });

  test("a group that has no routes is said at once, not found out by who asks for it", async () => {
    const { database } = await serve();
    const auth = createAuth({ database, tokens: { secret } });
    const make = (groups: readonly string[]) => () =>
      // As JavaScript without types would call it.
      createApi({ database, auth, secret, groups: groups as ApiOptions["groups"] & {} });
    expect(make(["auth", "server"])).not.toThrow();
    expect(make(["auht"])).toThrow(/"auht" has no routes.*auth, organizations/);
    expect(make(["auth", "marketplace"])).toThrow(/"marketplace" has no routes/);
    expect(() => createApi({ database, secret } as ApiOptions)).toThrow(/needs a database and auth/);
  });

  test("one group of routes, and a document of just those", async () => {
    const { api, base, post, database } = await serve();
    const auth = createAuth({ database, tokens: { secret } });
    const only = createApi({
      database,
      auth,
      saas: createSaas({ database }),
      secret,
      groups: ["billing"],
      basePath: "/b",
    });
    expect(Object.keys(only.document.paths ?? {}).every((path) => path.startsWith("/billing/"))).toBe(true);
    expect(only.document.servers).toEqual([{ url: "/b" }]);
    expect(Object.keys(only.document.paths ?? {})).toContain("/billing/pricing");
    expect(Object.keys(api.document.paths ?? {})).toContain("/docs");
    const docs = await fetch(`${base}/docs/assets/start.js`);
    expect([docs.status, docs.headers.get("content-type")]).toEqual([200, "text/javascript; charset=utf-8"]);
    expect((await post("/auth/register", { ...account, tier: "pro" })).status).toBe(422);
  });

  test.each([
    ["express.json()", express.json({ limit: "1mb" })],
    ["express.raw()", express.raw({ type: "*/*", limit: "1mb" })],
    ["express.text()", express.text({ type: "*/*", limit: "1mb" })],
  ])("behind %s a body is what it is without", async (_name, parser) => {
    const { post, base } = await serve({}, [parser]);
    const raw = async (body: string, type = "application/json") => {
      const answer = await fetch(`${base}/auth/register`, { method: "POST", headers: { "content-type": type }, body });
      const { code } = (await answer.json()) as { code?: string };
      return `${answer.status} ${code}`;
    };
    expect((await post("/auth/register", account)).status).toBe(201);
    expect(await raw(JSON.stringify({ ...account, tier: "pro" }))).toBe("422 validation_failed");
    expect(await raw(`{"email":${"[".repeat(40_000)}${"]".repeat(40_000)}}`)).toBe("400 invalid_json");
    expect(await raw(`[${"1,".repeat(30_000)}1]`)).toBe("400 invalid_json");
    expect(await raw("[]")).toBe("422 validation_failed");
    expect(await raw('{"email":1}', "text/plain")).toBe("415 unsupported_media_type");
  });

  test("a path that cannot be decoded is a problem of ours, with all that our answers have", async () => {
    const { base } = await serve();
    const answer = await fetch(`${base}/auth/sessions/%ff`, { method: "DELETE" });
    expect([answer.status, await answer.json()]).toEqual([400, expect.objectContaining({ code: "invalid_request" })]);
    expect(answer.headers.get("x-request-id")).toMatch(/^req_/);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
  });
});
