/** Customers are told what happened: signed, in order, once it is committed, and again until it arrives. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { apiMigrations, createOutgoingWebhooks, type OutgoingWebhooksOptions } from "@revops/api";
import { minuteMs } from "@revops/core";
import { migrate, openDatabase, type Tx } from "@revops/database";
import { createJobs, jobsMigrations } from "@revops/jobs";
import { testClock } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { Webhook } from "standardwebhooks";
import { expect, onTestFinished, test } from "vitest";
import { startReceiver, verifies } from "./receiver.ts";

const secret = "the secret of the outgoing webhooks, 32 bytes and more";
const hour = 60 * minuteMs;

forEachDatabase("outgoing webhooks", (open) => {
  async function setUp(options: Partial<OutgoingWebhooksOptions> = {}) {
    const { url } = await open();
    const database = openDatabase({ url });
    onTestFinished(() => database.close());
    await migrate(database, [jobsMigrations, apiMigrations]);
    const clock = testClock();
    const make = () => {
      const jobs = createJobs({ database, clock, pollMs: 20 });
      const webhooks = createOutgoingWebhooks({
        ...{ database, jobs, clock, secret, allowPrivateAddresses: true },
        ...options,
      });
      return { jobs, webhooks };
    };
    const instance = make();
    const receiver = await startReceiver();
    const say = (n: number, subjectId = "usr_ada") =>
      instance.webhooks.send({ subjectId, type: "report.ready", data: { n } });
    return { database, clock, make, ...instance, receiver, say };
  }

  test("a message is signed, numbered and delivered to those who listen for it", async () => {
    const { webhooks, jobs, receiver, say } = await setUp();
    expect(await say(0)).toBeNull();
    const endpoint = await webhooks.endpoints.create({ subjectId: "usr_ada", url: receiver.url });
    const other = await webhooks.endpoints.create({
      subjectId: "usr_ada",
      url: receiver.url,
      events: ["invoice.paid"],
    });
    await webhooks.endpoints.create({ subjectId: "usr_bob", url: receiver.url });
    const messageId = await say(1);
    await jobs.runDue();
    expect(receiver.received).toHaveLength(1);
    const [one] = receiver.received;
    if (!one) throw new Error("It was received.");
    expect(one.message).toEqual({
      id: messageId,
      type: "report.ready",
      sequence: 1,
      createdAt: expect.any(String),
      data: { n: 1 },
    });
    expect(one.headers).toMatchObject({ "webhook-id": messageId, "content-type": "application/json" });
    expect(verifies(one, endpoint.secret)).toBe(true);
    expect(verifies(one, other.secret)).toBe(false);
    expect(verifies({ ...one, body: `${one.body} ` }, endpoint.secret)).toBe(false);
    expect(endpoint.secret).toMatch(/^whsec_/);
    expect(() => new Webhook(endpoint.secret)).not.toThrow();
  });

  test("an address that was taken while private ones were allowed is not asked once they are not", async () => {
    const { database, clock, webhooks, receiver, say } = await setUp();
    const { id: endpointId } = await webhooks.endpoints.create({ subjectId: "usr_ada", url: receiver.url });
    await say(1);
    const jobs = createJobs({ database, clock });
    const strict = createOutgoingWebhooks({ database, jobs, clock, secret });
    await jobs.runDue();
    const whose = { subjectId: "usr_ada", endpointId };
    const [delivery] = (await strict.deliveries.list(whose, { limit: 1 })).data;
    const { state, log } = await strict.deliveries.get(whose, delivery?.id ?? "");
    expect([state, log[0]?.error, receiver.received.length]).toEqual(["pending", "private_address", 0]);
  });

  test("what was rolled back is not told", async () => {
    const { database, webhooks, jobs, receiver } = await setUp();
    await webhooks.endpoints.create({ subjectId: "usr_ada", url: receiver.url });
    const failing = database.transaction(async (tx) => {
      await webhooks.send({ subjectId: "usr_ada", type: "report.ready", data: {} }, tx);
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    await jobs.runDue();
    expect(receiver.received).toEqual([]);
  });

  test("a receiver that is down gets all of it, in order, and each try is in the log", async () => {
    const { clock, webhooks, jobs, receiver, say } = await setUp();
    const { id: endpointId } = await webhooks.endpoints.create({ subjectId: "usr_ada", url: receiver.url });
    const whose = { subjectId: "usr_ada", endpointId };
    receiver.answer = () => ({ status: 503 });
    await say(1);
    await jobs.runDue();
    await say(2);
    await jobs.runDue();
    // The second waits behind the first.
    expect(receiver.received.map(({ message }) => message.data["n"])).toEqual([1]);
    clock.advance(minuteMs);
    await jobs.runDue();
    expect(receiver.received.map(({ message }) => message.data["n"])).toEqual([1, 1]);
    receiver.answer = () => ({ status: 200 });
    clock.advance(minuteMs);
    await jobs.runDue();
    expect(receiver.received.map(({ message }) => message.data["n"])).toEqual([1, 1, 1, 2]);
    expect(new Set(receiver.received.slice(0, 3).map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    const { data } = await webhooks.deliveries.list(whose, { limit: 10 });
    expect(data).toMatchObject([
      { sequence: 2, state: "delivered", attempts: 1 },
      { sequence: 1, state: "delivered", attempts: 3 },
    ]);
    const { log } = await webhooks.deliveries.get(whose, data[1]?.id ?? "");
    expect(log).toMatchObject([
      { status: 503, error: "refused" },
      { status: 503, error: "refused" },
      { status: 200, error: null },
    ]);
  });

  test("after a day it is given up, the next goes on, and it can be sent again", async () => {
    const { clock, webhooks, jobs, receiver, say } = await setUp();
    const { id: endpointId } = await webhooks.endpoints.create({ subjectId: "usr_ada", url: receiver.url });
    const whose = { subjectId: "usr_ada", endpointId };
    receiver.answer = ({ message }) => ({ status: message.data["n"] === 1 ? 500 : 204 });
    await say(1);
    await say(2);
    for (let tries = 0; tries < 12; tries++) {
      await jobs.runDue();
      clock.advance(14 * hour);
    }
    const { data } = await webhooks.deliveries.list(whose, { limit: 10 });
    expect(data).toMatchObject([
      { sequence: 2, state: "delivered" },
      { sequence: 1, state: "failed", attempts: 9, nextAttemptAt: null },
    ]);
    const failed = data[1]?.id ?? "";
    await webhooks.deliveries.resend(whose, failed);
    await jobs.runDue();
    expect(await webhooks.deliveries.get(whose, failed)).toMatchObject({ state: "failed", attempts: 10 });
    receiver.answer = () => ({ status: 204 });
    await webhooks.deliveries.resend(whose, failed);
    await jobs.runDue();
    const shown = await webhooks.deliveries.get(whose, failed);
    expect(shown).toMatchObject({
      state: "delivered",
      attempts: 11,
      payload: { type: "report.ready", data: { n: 1 } },
    });
    expect(shown.log).toHaveLength(11);
    expect((await webhooks.deliveries.list(whose, { limit: 10, state: "failed" })).data).toEqual([]);
  });

  test("of two tries at once one waits for the other, and what arrived stays delivered whichever fails", async () => {
    const { clock, webhooks, jobs, say } = await setUp();
    // The first try fails; of the two that are due then, the one that comes first is held, and fails.
    let tries = 0;
    const held: ServerResponse[] = [];
    const server = createServer((request, response) => {
      request.resume();
      tries++;
      if (tries === 2) held.push(response);
      else response.writeHead(tries === 1 ? 500 : 204).end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { id: endpointId } = await webhooks.endpoints.create({ subjectId: "usr_ada", url });
    const whose = { subjectId: "usr_ada", endpointId };
    await say(1);
    await jobs.runDue();
    const [delivery] = (await webhooks.deliveries.list(whose, { limit: 1 })).data;
    expect(delivery).toMatchObject({ state: "pending", attempts: 1 });
    clock.advance(minuteMs);
    const states = async () => (await webhooks.deliveries.get(whose, delivery?.id ?? "")).state;
    await webhooks.deliveries.resend(whose, delivery?.id ?? "");
    const working = Promise.all([jobs.runDue(), jobs.runDue()]);
    await expect.poll(() => held.length).toBe(1);
    await delay(100);
    expect([tries, await states()]).toEqual([2, "pending"]);
    for (const response of held) response.writeHead(500).end();
    await working;
    // What waited comes again in a second, what failed in half a minute; what was asked for by hand is sent in any case.
    for (let times = 0; times < 2; times++) {
      clock.advance(minuteMs);
      await jobs.runDue();
    }
    const after = { state: "delivered", attempts: tries, nextAttemptAt: null };
    expect(await webhooks.deliveries.get(whose, delivery?.id ?? "")).toMatchObject(after);
    clock.advance(hour);
    await jobs.runDue();
    expect(await webhooks.deliveries.get(whose, delivery?.id ?? "")).toMatchObject(after);
  });

  test("an endpoint where nothing arrived for days is turned off; turned on again it gets what waits", async () => {
    const { clock, webhooks, jobs, receiver, say } = await setUp();
    const { id: endpointId } = await webhooks.endpoints.create({ subjectId: "usr_ada", url: receiver.url });
    const whose = { subjectId: "usr_ada", endpointId };
    receiver.answer = () => ({ status: 500 });
    for (let n = 1; n <= 9; n++) await say(n);
    for (let day = 0; day < 200; day++) {
      await jobs.runDue();
      clock.advance(13.5 * hour);
      if (!(await webhooks.endpoints.get(whose)).enabled) break;
    }
    expect(await webhooks.endpoints.get(whose)).toMatchObject({ enabled: false });
    await expect(webhooks.endpoints.test(whose)).rejects.toMatchObject({ code: "webhook_endpoint_disabled" });
    expect(await say(10)).toBeNull();
    const waiting = (await webhooks.deliveries.list(whose, { limit: 20, state: "pending" })).data.length;
    expect(waiting).toBeGreaterThan(0);
    receiver.answer = () => ({ status: 204 });
    receiver.received.length = 0;
    await webhooks.endpoints.change(whose, { enabled: true });
    await jobs.runDue();
    expect(receiver.received).toHaveLength(waiting);
  });

  test("while a secret is replaced, the old and the new one both verify", async () => {
    const { clock, webhooks, jobs, receiver, say } = await setUp();
    const first = await webhooks.endpoints.create({ subjectId: "usr_ada", url: receiver.url });
    const whose = { subjectId: "usr_ada", endpointId: first.id };
    const second = await webhooks.endpoints.rotateSecret(whose, { overlapSeconds: 600 });
    await say(1);
    await jobs.runDue();
    clock.advance(11 * minuteMs);
    await say(2);
    await jobs.runDue();
    const [during, after] = receiver.received;
    if (!during || !after) throw new Error("Both were received.");
    expect([verifies(during, first.secret), verifies(during, second.secret)]).toEqual([true, true]);
    expect([verifies(after, first.secret), verifies(after, second.secret)]).toEqual([false, true]);
  });

  test("no redirect is followed, and nothing inside is asked unless that is allowed", async () => {
    const { webhooks, jobs, receiver, say } = await setUp();
    const elsewhere = await startReceiver();
    const { id: endpointId } = await webhooks.endpoints.create({ subjectId: "usr_ada", url: receiver.url });
    receiver.answer = () => ({ status: 302, location: elsewhere.url });
    await say(1);
    await jobs.runDue();
    expect(elsewhere.received).toEqual([]);
    const whose = { subjectId: "usr_ada", endpointId };
    const [delivery] = (await webhooks.deliveries.list(whose, { limit: 1 })).data;
    const { log } = await webhooks.deliveries.get(whose, delivery?.id ?? "");
    expect(log).toMatchObject([{ status: 302, error: "redirected" }]);

    const strict = await setUp({ allowPrivateAddresses: false });
    const inner = strict.webhooks.endpoints.create({ subjectId: "usr_ada", url: strict.receiver.url });
    await expect(inner).rejects.toMatchObject({ code: "invalid_webhook_url" });
  });

  test("two instances send 200 messages of one customer in order, each once", { timeout: 60_000 }, async () => {
    const { webhooks, jobs, make, receiver, say } = await setUp();
    await webhooks.endpoints.create({ subjectId: "usr_ada", url: receiver.url });
    const other = make();
    jobs.start();
    other.jobs.start();
    onTestFinished(async () => void (await Promise.all([jobs.stop(), other.jobs.stop()])));
    await Promise.all(Array.from({ length: 200 }, (_, n) => say(n)));
    await expect.poll(() => receiver.received.length, { timeout: 40_000 }).toBe(200);
    await Promise.all([jobs.stop(), other.jobs.stop()]);
    expect(receiver.received.map(({ message }) => message.sequence)).toEqual(
      Array.from({ length: 200 }, (_, n) => n + 1),
    );
  });

  test("a database with another secret sends nothing unsigned", async () => {
    const { database, clock, webhooks, receiver, say } = await setUp();
    const { id: endpointId } = await webhooks.endpoints.create({ subjectId: "usr_ada", url: receiver.url });
    await say(1);
    const jobs = createJobs({ database, clock });
    createOutgoingWebhooks({ database, jobs, clock, secret: `another ${secret}`, allowPrivateAddresses: true });
    await jobs.runDue();
    expect(receiver.received).toEqual([]);
    const whose = { subjectId: "usr_ada", endpointId };
    const [delivery] = (await webhooks.deliveries.list(whose, { limit: 1 })).data;
    expect((await webhooks.deliveries.get(whose, delivery?.id ?? "")).log).toMatchObject([{ error: "secret_lost" }]);
  });

  test("however many endpoints never answer, what else there is to do is done", async () => {
    const { webhooks, jobs, say } = await setUp();
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    onTestFinished(() => void silent.close());
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    for (let n = 0; n < 20; n++) await webhooks.endpoints.create({ subjectId: "usr_ada", url });
    let done = false;
    jobs.handle("settle", async () => {
      done = true;
    });
    await say(1);
    jobs.start();
    const connections = () => new Promise((resolve) => silent.getConnections((_error, count) => resolve(count)));
    await expect.poll(connections, { timeout: 10_000 }).toBe(20);
    await jobs.enqueue({ name: "settle", payload: {} });
    await expect.poll(() => done).toBe(true);
    silent.closeAllConnections();
    await jobs.stop();
  });

  test("of two who add the last endpoint that there may be at the same time, one does", async () => {
    const { database, webhooks, receiver } = await setUp();
    const create = (tx?: Tx) => webhooks.endpoints.create({ subjectId: "usr_ada", url: receiver.url }, tx);
    for (let n = 1; n < 20; n++) await create();
    const added = Promise.withResolvers<void>();
    const first = database.transaction(async (tx) => {
      await create(tx);
      added.resolve();
      // Long enough for the second to come as far as it can.
      await delay(100);
    });
    await added.promise;
    const second = create();
    await Promise.all([first, expect(second).rejects.toMatchObject({ code: "too_many_webhook_endpoints" })]);
    expect((await webhooks.endpoints.list("usr_ada", { limit: 100 })).data).toHaveLength(20);
  });

  test("there is an end to endpoints, another's are unknown, and a forgotten customer leaves nothing", async () => {
    const { database, webhooks, receiver, say } = await setUp();
    const create = () => webhooks.endpoints.create({ subjectId: "usr_ada", url: receiver.url });
    const { id: endpointId } = await create();
    for (let n = 1; n < 20; n++) await create();
    await expect(create()).rejects.toMatchObject({ code: "too_many_webhook_endpoints" });
    expect((await webhooks.endpoints.list("usr_ada", { limit: 100 })).data).toHaveLength(20);
    const theirs = { subjectId: "usr_bob", endpointId };
    for (const attempt of [
      () => webhooks.endpoints.get(theirs),
      () => webhooks.endpoints.change(theirs, { enabled: false }),
      () => webhooks.endpoints.remove(theirs),
      () => webhooks.endpoints.rotateSecret(theirs),
      () => webhooks.endpoints.test(theirs),
      () => webhooks.deliveries.list(theirs, { limit: 1 }),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: "not_found" });
    }
    await say(1);
    await webhooks.forget("usr_ada");
    for (const table of ["endpoints", "messages", "deliveries", "attempts", "sequences"]) {
      const rows = await database.rows(sql.raw(`select * from api_webhook_${table}`));
      expect(rows, table).toEqual([]);
    }
  });
});
