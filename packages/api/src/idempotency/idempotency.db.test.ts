/** What becomes of a key when its process dies, takes long, or its time is up. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Database, migrate, openDatabase } from "@revops/database";
import { testClock } from "@revops/testing";
import { forEachDatabase, type OpenDatabase } from "@revops/testing/vitest";
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
    const dead = { leaseToken: "dead", leasedUntil: Math.round(machineNow) + 400, expiresAt: clock.now() };
    await store.insert({ ...request, ...dead, expiresAt: new Date(clock.now().getTime() + dayMs) });
    await expect(idempotency.once(request, answer("early"))).rejects.toMatchObject({ code: "idempotency_in_progress" });
    await sleep(500);
    const other = { ...request, fingerprint: "other" };
    await expect(idempotency.once(other, answer("no"))).rejects.toMatchObject({ code: "idempotency_key_reused" });
    expect(await idempotency.once(request, answer("late"))).toEqual({ status: 200, body: "late", replayed: false });
    expect(await idempotency.once(request, answer("no"))).toEqual({ status: 200, body: "late", replayed: true });
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
