/** What only a real process shows: starting, ending, being killed, and being told nonsense. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { client, eventually } from "./client.ts";
import { dataFolder, startProcess } from "./process.ts";

const timeout = 120_000;

test("killed with -9 and started again: nothing acknowledged is lost, no migration is repeated", {
  timeout,
}, async () => {
  const folder = await dataFolder();
  const environment = { DATABASE_URL: `file:${join(folder, "revops.db")}`, PORT: "0" };
  const credentials = { email: "ada@example.com", password: "correct horse battery" };

  const first = startProcess(environment);
  const before = await first.ready();
  expect(first.output()).toMatch(/database migrated \(\d+\)/);
  const { accessToken } = await client(before).post("/auth/register", credentials, 201);
  const session = client(before, { authorization: `Bearer ${accessToken}` });
  const { key } = await session.post("/auth/keys", { name: "survivor" }, 201);
  await session.post("/billing/payment-methods", { paymentMethodId: "pm_card_visa" }, 201);
  await session.put("/billing/subscription", { tier: "pro" }, 200);
  const recorded: string[] = [];
  // Events go on until the process dies; what was answered must be there afterwards.
  const recording = (async () => {
    for (let n = 0; ; n++) {
      await session.post("/billing/usage", { id: `event-${n}`, operation: "api_call" }, 200);
      recorded.push(`event-${n}`);
    }
  })().catch(() => undefined);
  await eventually(async () => expect(recorded.length).toBeGreaterThan(50));
  first.child.kill("SIGKILL");
  await first.ended();
  await recording;

  const second = startProcess(environment);
  const after = await second.ready();
  expect(second.output()).toContain("database up to date");
  const ada = client(after, { "x-api-key": key });
  expect(await ada.get("/billing/subscription", 200)).toMatchObject({ tier: "pro", status: "active" });
  const again = await ada.post(
    "/billing/usage",
    { events: recorded.map((id) => ({ id, operation: "api_call" })) },
    200,
  );
  expect(again).toMatchObject({ accepted: 0, duplicates: recorded.length });
  const { features } = await ada.get("/billing/usage", 200);
  const { used } = features.find((item: { feature: string }) => item.feature === "api_call");
  // The one that was under way when the process died may have been stored without being answered.
  expect([recorded.length, recorded.length + 1]).toContain(used);
  const invoices = await ada.get("/billing/invoices", 200);
  expect(invoices.data).toHaveLength(1);

  second.child.kill("SIGINT");
  expect(await second.ended()).toBe(0);
});

test("told to end: not ready, but served, then no new connection; what is under way is answered, and the exit code is 0", {
  timeout,
}, async () => {
  const folder = await dataFolder();
  const server = startProcess({ DATABASE_URL: `file:${join(folder, "revops.db")}`, PORT: "0" });
  const url = await server.ready();
  const body = JSON.stringify({ email: "ada@example.com", password: "correct horse battery" });
  const headers = {
    "content-type": "application/json",
    "content-length": body.length,
    // The server says "100 Continue" when it has begun to serve the request: from then on it is under way.
    expect: "100-continue",
  };
  const registering = request(`${url}/api/v1/auth/register`, { method: "POST", headers });
  registering.flushHeaders();
  await once(registering, "continue");
  server.child.kill("SIGTERM");
  await eventually(async () => {
    expect(await client(url).get("/ready", 503)).toMatchObject({ code: "draining" });
  });
  expect(await client(url).get("/health", 200)).toEqual({ status: "ok" });
  await eventually(async () => {
    await expect(fetch(`${url}/api/v1/health`)).rejects.toThrow();
  });
  registering.end(body);
  const [response] = await once(registering, "response");
  expect(response.statusCode).toBe(201);
  response.resume();
  expect(await server.ended()).toBe(0);
});

test("a Stripe that is away keeps no server from starting, and one that hangs none from ending", {
  timeout,
}, async () => {
  let hangs = false;
  const stripe = createTcpServer((socket) => {
    socket.on("error", () => {});
    if (!hangs) socket.destroy();
  }).listen(0, "127.0.0.1");
  await once(stripe, "listening");
  onTestFinished(() => void stripe.close());
  const { port } = stripe.address() as AddressInfo;
  const folder = await dataFolder();
  const server = startProcess({
    DATABASE_URL: `file:${join(folder, "revops.db")}`,
    PORT: "0",
    STRIPE_SECRET_KEY: "sk_test_away",
    STRIPE_WEBHOOK_SECRET: "whsec_away",
    STRIPE_API_BASE: `http://127.0.0.1:${port}`,
  });
  const url = await server.ready();
  await eventually(async () => expect(server.output()).toContain("Stripe does not answer; check the network"));
  const credentials = { email: "ada@example.com", password: "correct horse battery" };
  const { accessToken } = await client(url).post("/auth/register", credentials, 201);
  const ada = client(url, { authorization: `Bearer ${accessToken}` });
  expect(await ada.put("/billing/subscription", { tier: "pro", preview: true }, 503)).toMatchObject({
    code: "stripe_unavailable",
  });
  expect(await ada.get("/billing/subscription", 200)).toMatchObject({ tier: "free", status: "active" });

  hangs = true;
  const hanging = once(stripe, "connection");
  const attaching = ada.post("/billing/payment-methods", { paymentMethodId: "pm_card_visa" }, 0).catch(() => "cut");
  await hanging;
  const asked = performance.now();
  server.child.kill("SIGTERM");
  expect(await server.ended()).toBe(0);
  expect(performance.now() - asked).toBeLessThan(10_000);
  expect(await attaching).toBe("cut");
});

describe("what cannot work is said in one line, and the exit code is 1", () => {
  async function failure(environment: Record<string, string>, cwd?: string): Promise<string> {
    const server = startProcess(environment, cwd);
    expect(await server.ended()).toBe(1);
    return server.output().trim();
  }

  test("a port in use", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    onTestFinished(() => void holder.close());
    const { port } = holder.address() as AddressInfo;
    const folder = await dataFolder();
    expect(await failure({ PORT: String(port), DATABASE_URL: `file:${join(folder, "a.db")}` })).toBe(
      `✗ Port ${port} is in use. Stop what uses it, or take another: PORT=${port + 1} npm start`,
    );
  });

  test("a data folder that cannot be written", async () => {
    const folder = await dataFolder();
    await writeFile(join(folder, "file"), "");
    const line = await failure({ PORT: "0", DATABASE_URL: `file:${join(folder, "file", "a.db")}` });
    expect(line).toMatch(/^✗ The data folder \S+ cannot be written\. [^\n]+$/);
  });

  test.runIf(existsSync("/proc/self"))(
    "a data folder below one that takes none, where Node would try for ever",
    async () => {
      const line = await failure({ PORT: "0", DATABASE_URL: "file:/proc/nowhere/a.db" });
      expect(line).toMatch(/^✗ The data folder \/proc\/nowhere cannot be written\. [^\n]+$/);
    },
  );

  test("a database file that holds something else", async () => {
    const file = join(await dataFolder(), "notes.txt");
    await writeFile(file, "Buy milk.\n".repeat(1_000));
    expect(await failure({ PORT: "0", DATABASE_URL: `file:${file}` })).toBe(
      `✗ DATABASE_URL file:${file} is no SQLite database. Name another file.`,
    );
  });

  test("a PostgreSQL that is not there", async () => {
    const folder = await dataFolder();
    const url = "postgres://nobody:secret@127.0.0.1:1/none";
    const line = await failure({ PORT: "0", DATABASE_URL: url }, folder);
    expect(line).toMatch(/^✗ PostgreSQL does not answer at 127\.0\.0\.1:1\/none[^\n]*Check DATABASE_URL\.$/);
    expect(line).not.toContain("secret");
  });

  test("a bad variable", async () => {
    expect(await failure({ PORT: "http" })).toBe("✗ PORT must be a whole number from 0 to 65535.");
  });

  test("a folder in place of a database file", async () => {
    const folder = await dataFolder();
    expect(await failure({ PORT: "0", DATABASE_URL: `file:${folder}` })).toBe(
      `✗ DATABASE_URL file:${folder} is a folder. Name a file in it, such as file:${folder}/revops.db`,
    );
  });

  test("production without Stripe", async () => {
    const line = await failure({ NODE_ENV: "production", JWT_SECRET: "x".repeat(32) });
    expect(line).toBe("✗ STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET are required when NODE_ENV is production.");
  });
});
