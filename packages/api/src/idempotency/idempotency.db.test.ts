/** What becomes of a key when its process dies, takes long, or its time is up. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Database, migrate, openDatabase, type Tx } from "@revops/database";
import { testClock } from "@revops/testing";
import { forEachDatabase, type OpenDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, onTestFinished, test } from "vitest";
import { apiMigrations } from "../migrations.ts";
import { createIdempotency } from "./idempotency.ts";
import { createSeal } from "./seal.ts";
import { createIdempotencyStore } from "./store.ts";

const request = { principal: "usr_ada", key: "k", fingerprint: "f" };
const answer = (body: string) => async () => ({ status: 200, body });
const dayMs = 86_400_000;

async function start(open: OpenDatabase) {
  const database: Database = openDatabase({ url: (await open()).url });
  onTestFinished(() => database.close());
  await migrate(database, [apiMigrations]);
  const clock = testClock();
  const seal = createSeal(new Uint8Array(32));
  return { database, clock, idempotency: createIdempotency({ database, clock, seal, leaseMs: 300 }) };
}

forEachDatabase("idempotency keys", (open) => {
  test("a process that died holds its key for a lease, then the same request may run, another one not", async () => {
    const { database, clock, idempotency } = await start(open);
    const store = createIdempotencyStore(database);
    const machineNow = performance.timeOrigin + performance.now();
    const dead = {
      leaseToken: "dead",
      work: "wrk_of_the_dead",
      leasedUntil: Math.round(machineNow) + 400,
      expiresAt: clock.now(),
    };
    await store.insert({ ...request, ...dead, expiresAt: new Date(clock.now().getTime() + dayMs) });
    await expect(idempotency.once(request, answer("early"))).rejects.toMatchObject({ code: "idempotency_in_progress" });
    await sleep(500);
    const other = { ...request, fingerprint: "other" };
    await expect(idempotency.once(other, answer("no"))).rejects.toMatchObject({ code: "idempotency_key_reused" });
    expect(await idempotency.once(request, answer("late"))).toEqual({ status: 200, body: "late", replayed: false });
    expect(await idempotency.once(request, answer("no"))).toEqual({ status: 200, body: "late", replayed: true });
  });

  test("the answer is kept with the work or not at all, and a try that lost its key takes its work back", async () => {
    const { database, idempotency } = await start(open);
    await database.rows(sql`create table done (what text primary key)`);
    const count = async () => (await database.rows<{ n: number }>(sql`select count(*) as n from done`))[0]?.n;
    const insert = (tx: Tx, what: string) => tx.rows(sql`insert into done values (${what})`);
    const broken = idempotency.once(request, ({ keep }) =>
      database.transaction(async (tx) => {
        await insert(tx, "broken");
        await keep(tx, { status: 201, body: "broken" });
        throw new Error("the commit fails");
      }),
    );
    await expect(broken).rejects.toThrow("the commit fails");
    expect(Number(await count())).toBe(0);
    const made = await idempotency.once(request, ({ keep, resumed }) =>
      database.transaction(async (tx) => {
        await insert(tx, "whole");
        await keep(tx, { status: 201, body: `${resumed}` });
        return { status: 201, body: `${resumed}` };
      }),
    );
    expect(made).toEqual({ status: 201, body: "true", replayed: false });
    expect(await idempotency.once(request, answer("no"))).toEqual({ status: 201, body: "true", replayed: true });

    const stolen = { ...request, key: "stolen" };
    const late = idempotency.once(stolen, ({ keep }) =>
      database.transaction(async (tx) => {
        await insert(tx, "stolen");
        await tx.rows(sql`update api_idempotency set lease_token = 'another' where key = 'stolen'`);
        await keep(tx, { status: 201, body: "stolen" });
        return { status: 201, body: "stolen" };
      }),
    );
    await expect(late).rejects.toMatchObject({ code: "idempotency_in_progress" });
    expect(Number(await count())).toBe(1);
  });

  test("what failed on our side goes on as the same work; what was done keeps its key though its answer was lost", async () => {
    const { database, idempotency } = await start(open);
    const works: string[] = [];
    const failing = idempotency.once(request, async ({ work }) => {
      works.push(work);
      throw new Error("Stripe is away");
    });
    await expect(failing).rejects.toThrow("away");
    await expect(idempotency.once({ ...request, fingerprint: "other" }, answer("no"))).rejects.toMatchObject({
      code: "idempotency_key_reused",
    });
    const unkept = await idempotency.once(request, async ({ work, resumed }) => {
      works.push(work);
      // The database goes away once the work is done.
      await database.rows(sql`alter table api_idempotency rename to away`);
      return { status: 201, body: `${resumed}` };
    });
    await database.rows(sql`alter table away rename to api_idempotency`);
    expect(unkept).toEqual({ status: 201, body: "true", replayed: false });
    await expect(idempotency.once(request, answer("no"))).rejects.toMatchObject({ code: "idempotency_in_progress" });
    await sleep(400);
    await idempotency.once(request, async ({ work, resumed }) => {
      works.push(work);
      return { status: 201, body: `${resumed}` };
    });
    expect(works).toEqual([works[0], works[0], works[0]]);
    expect(works[0]).toMatch(/^wrk_[0-9a-z]{26}$/);
  });

  test.each([400, 401, 422, 429])("an answer of %i to a try that goes on leaves the work its name", async (status) => {
    const { idempotency } = await start(open);
    const tries: { work: string; resumed: boolean }[] = [];
    const failing = idempotency.once(request, async ({ work, resumed }) => {
      tries.push({ work, resumed });
      throw new Error("dies halfway");
    });
    await expect(failing).rejects.toThrow("halfway");
    const undecided = await idempotency.once(request, async ({ work, resumed }) => {
      tries.push({ work, resumed });
      return { status, body: "not now" };
    });
    expect(undecided).toEqual({ status, body: "not now", replayed: false });
    const made = await idempotency.once(request, async ({ work, resumed }) => {
      tries.push({ work, resumed });
      return { status: 201, body: "done" };
    });
    expect(made).toEqual({ status: 201, body: "done", replayed: false });
    const work = tries[0]?.work;
    expect(tries).toEqual([
      { work, resumed: false },
      { work, resumed: true },
      { work, resumed: true },
    ]);
  });

  test("work that takes longer than a lease keeps its key", async () => {
    const { idempotency } = await start(open);
    const { promise, resolve } = Promise.withResolvers<void>();
    const long = idempotency.once(request, async () => {
      await promise;
      return { status: 201, body: "done" };
    });
    await sleep(900);
    await expect(idempotency.once(request, answer("no"))).rejects.toMatchObject({ code: "idempotency_in_progress" });
    resolve();
    expect(await long).toMatchObject({ body: "done", replayed: false });
    expect(await idempotency.once(request, answer("no"))).toMatchObject({ status: 201, body: "done", replayed: true });
  });

  test("a failure frees the key at once, and an answer is kept for 24 hours and removed later", async () => {
    const { clock, idempotency } = await start(open);
    const failing = idempotency.once(request, async () => Promise.reject(new Error("broken")));
    await expect(failing).rejects.toThrow("broken");
    expect(await idempotency.once(request, answer("first"))).toMatchObject({ replayed: false });
    clock.advance(dayMs);
    expect(await idempotency.removeExpired()).toBe(0);
    expect(await idempotency.once(request, answer("no"))).toMatchObject({ body: "first", replayed: true });
    clock.advance(dayMs);
    const next = { ...request, fingerprint: "next" };
    await sleep(400);
    expect(await idempotency.once(next, answer("second"))).toMatchObject({ body: "second", replayed: false });
    clock.advance(2 * dayMs);
    await sleep(400);
    expect(await idempotency.removeExpired()).toBe(1);
  });
});
