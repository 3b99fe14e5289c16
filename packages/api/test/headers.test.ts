/** Security headers, CORS and cookies of every route, whatever it answers. They do not depend on the database. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basePath, createApi } from "@revops/api";
import { createAuth } from "@revops/auth";
import { testClock } from "@revops/testing";
import { openOn } from "@revops/testing/vitest";
import { expect, onTestFinished, test } from "vitest";
import { peopleOf } from "./fuzz/people.ts";
import { placeholder } from "./fuzz/values.ts";
import { secret, startApi, type TestApi } from "./service.ts";

const ours = "https://app.example.com";
const evil = "https://evil.example.com";

test("every answer of every route has the headers that keep it safe, errors included", {
  timeout: 60_000,
}, async () => {
  const service = await startApi(openOn("sqlite"), { corsOrigins: [ours] });
  const people = await peopleOf(service);
  await people.signIn();
  const origin = new URL(service.url).origin;
  const statuses = new Set<number>();

  async function ask(method: string, url: string, headers: Record<string, string>): Promise<Response> {
    const response = await fetch(url, { method, headers, redirect: "manual" });
    await response.arrayBuffer();
    statuses.add(response.status);
    return response;
  }

  for (const { method, path } of operationsOf(service)) {
    const url = service.url + people.fill(path.replaceAll(/\{\w+\}/g, placeholder(path.split("/{", 1)[0] ?? "")));
    const name = `${method} ${path}`;
    const fromOurs = await ask(method, url, { origin: ours });
    const fromEvil = await ask(method, url, { origin: evil });
    const answers = [fromOurs, fromEvil];
    // Whoever may come in only reads here.
    if (method === "GET") {
      answers.push(await ask(method, url, { ...people.headersOf("session"), origin: ours }));
      answers.push(await ask(method, url, { ...people.headersOf("admin"), origin: ours }));
    }
    for (const answer of answers) assertSafe(answer, name);
    assertShared(fromOurs, name);
    assertNotShared(fromEvil, name);

    const preflight = (from: string) =>
      ask("OPTIONS", url, {
        origin: from,
        "access-control-request-method": method,
        "access-control-request-headers": "authorization,content-type,idempotency-key",
      });
    const allowed = await preflight(ours);
    expect(allowed.status, name).toBe(204);
    expect(allowed.headers.get("access-control-allow-methods"), name).toContain(method);
    expect(allowed.headers.get("access-control-allow-headers"), name).toContain("idempotency-key");
    assertShared(allowed, name);
    assertNotShared(await preflight(evil), name);
  }

  const elsewhere = [
    "/api/v1/nothing",
    "/",
    "/metrics",
    "/.well-known/jwks.json",
    "/api/v1/%ff",
    "/api/v1/docs/assets/nothing",
  ];
  for (const path of elsewhere) assertSafe(await ask("GET", origin + path, { origin: evil }), path);
  assertSafe(await ask("PUT", `${service.url}/health`, {}), "405");
  // A person who opens the bare address is shown something; a program is told that nothing is there.
  const opened = (accept: string) => ask("GET", `${origin}/`, { accept });
  const browser = await opened("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
  assertSafe(browser, "/ in a browser");
  expect([browser.status, browser.headers.get("location")]).toEqual([302, "/api/v1/docs"]);
  for (const accept of [
    "*/*",
    "application/json",
    "application/problem+json",
    "image/png",
    "text/html;q=0.5, application/json",
  ]) {
    const program = await opened(accept);
    assertSafe(program, `/ for ${accept}`);
    expect([program.status, program.headers.get("vary")], accept).toEqual([404, expect.stringContaining("Accept")]);
  }
  // Asked what a path has, beside any preflight: the same whether scripts of others may come or not.
  const asked = await ask("OPTIONS", `${service.url}/auth/me`, { origin: ours });
  assertSafe(asked, "OPTIONS");
  expect([asked.status, asked.headers.get("allow")]).toEqual([204, "DELETE, GET, HEAD, OPTIONS, PATCH"]);
  expect((await ask("OPTIONS", `${service.url}/nothing`, {})).status).toBe(404);
  expect([...statuses]).toEqual(expect.arrayContaining([200, 204, 400, 401, 403, 404, 405, 422]));
});

/** What is true of every answer. */
function assertSafe({ headers, status, url }: Response, name: string): void {
  const where = `${name} ${status}`;
  expect(headers.get("x-powered-by"), where).toBeNull();
  expect(headers.get("server"), where).toBeNull();
  expect(headers.get("set-cookie"), where).toBeNull();
  expect(headers.get("x-request-id"), where).toBeTruthy();
  expect(headers.get("x-content-type-options"), where).toBe("nosniff");
  expect(headers.get("x-frame-options"), where).toBe("SAMEORIGIN");
  expect(headers.get("referrer-policy"), where).toBe("no-referrer");
  expect(headers.get("strict-transport-security"), where).toContain("max-age=");
  expect(headers.get("content-security-policy"), where).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
  expect(headers.get("access-control-allow-credentials"), where).toBeNull();
  if (status >= 400) {
    expect(headers.get("content-type"), where).toBe("application/problem+json");
    expect(headers.get("cache-control"), where).toBe("no-store");
  }
  if (/\/(?:auth|billing|admin|webhooks)\//.test(new URL(url).pathname)) {
    expect(headers.get("cache-control"), where).toBe("no-store");
  }
}

/** A script of an allowed origin may read it, whichever cache it comes from. */
function assertShared({ headers }: Response, name: string): void {
  expect(headers.get("access-control-allow-origin"), name).toBe(ours);
  expect(headers.get("vary"), name).toContain("Origin");
}

function assertNotShared({ headers }: Response, name: string): void {
  expect(headers.get("access-control-allow-origin"), name).toBeNull();
  expect(headers.get("vary"), name).toContain("Origin");
}

function operationsOf({ api: { document } }: TestApi) {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.keys(item).map((method) => ({ method: method.toUpperCase(), path })),
  );
}

test.each([
  ["https://api.example.com", "HttpOnly; Secure; SameSite=Lax"],
  ["http://127.0.0.1:3000", "HttpOnly; SameSite=Lax"],
])("the one cookie there is stays with its browser and its path, at %s", async (address, flags) => {
  const service = await startApi(openOn("sqlite"));
  const { database } = service;
  // One that stands still, or the second might turn before the cookie is made.
  const clock = testClock();
  const auth = createAuth({
    database,
    clock,
    tokens: { secret },
    oauth: {
      providers: { github: { kind: "github", clientId: "client", clientSecret: "client secret" } },
      callbackUrl: (provider) => `${address}${basePath}/auth/oauth/${provider}/callback`,
    },
  });
  onTestFinished(() => auth.stop());
  const server = createServer(createApi({ database, clock, auth, secret }).app).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // A server that listens on TCP has an address with a port.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${basePath}/auth/oauth/github`;
  const begun = await fetch(url, { redirect: "manual" });
  expect(begun.status).toBe(302);
  expect(begun.headers.get("cache-control")).toBe("no-store");
  const [cookie = "", ...others] = begun.headers.getSetCookie();
  expect(others).toEqual([]);
  const [value, ...attributes] = cookie.split("; ");
  expect(value).toMatch(/^revops_oauth_github=[\w-]{43,}$/);
  const lasting = attributes.filter((attribute) => !attribute.startsWith("Expires="));
  expect(lasting.join("; ")).toBe(`Max-Age=600; Path=${basePath}/auth/oauth/github/callback; ${flags}`);

  const back = await fetch(`${url}/callback?state=wrong&code=wrong`, { redirect: "manual" });
  expect(back.status).toBe(400);
  expect(back.headers.get("x-content-type-options")).toBe("nosniff");
});
