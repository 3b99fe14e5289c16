import { AsyncLocalStorage } from "node:async_hooks";
import { fork } from "node:child_process";
import { once } from "node:events";
import { migrate, openDatabase } from "@revops/database";
import { testClock } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, onTestFinished, test, vi } from "vitest";
import { createJobs, type JobsOptions, jobsMigrations } from "./index.ts";

forEachDatabase("jobs", (open) => {
  async function setUp(options: Partial<JobsOptions> = {}) {
    const { url } = await open();
    const database = openDatabase({ url });
    onTestFinished(() => database.close());
    await migrate(database, [jobsMigrations]);
    const clock = testClock();
    const make = () => createJobs({ database, clock, pollMs: 20, ...options });
    return { url, database, clock, jobs: make(), make };
  }

  test("a job of a transaction that rolled back never runs", async () => {
    const { database, jobs } = await setUp();
    const ran: unknown[] = [];
    jobs.handle("note", async (payload) => void ran.push(payload));
    const failing = database.transaction(async (tx) => {
      await jobs.enqueue({ name: "note", payload: { n: 1 } }, tx);
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    await jobs.enqueue({ name: "note", payload: { n: 2 } });
    expect(await jobs.runDue()).toBe(1);
    expect(ran).toEqual([{ n: 2 }]);
  });

  test("waits for its time, and for the clock that moves", async () => {
    const { clock, jobs } = await setUp();
    let ran = 0;
    jobs.handle("later", async () => void ran++);
    await jobs.enqueue({ name: "later", payload: {}, runAt: new Date(clock.now().getTime() + 60_000) });
    await jobs.runDue();
    expect(ran).toBe(0);
    clock.advance(60_000);
    await jobs.runDue();
    expect(ran).toBe(1);
  });

  test("one of a key waits at a time, but what comes after it began is not lost", async () => {
    const { jobs } = await setUp();
    let ran = 0;
    jobs.handle("sync", async () => {
      ran++;
      if (ran === 1) await jobs.enqueue({ name: "sync", payload: {}, dedupeKey: "sub_1" });
    });
    expect(await jobs.enqueue({ name: "sync", payload: {}, dedupeKey: "sub_1" })).not.toBeNull();
    expect(await jobs.enqueue({ name: "sync", payload: {}, dedupeKey: "sub_1" })).toBeNull();
    await jobs.runDue();
    expect(ran).toBe(2);
  });

  test("one that waits under the key does not run before the transaction that counts on it", async () => {
    const { url, database, jobs, clock } = await setUp();
    const there = openDatabase({ url });
    onTestFinished(() => there.close());
    const other = createJobs({ database: there, clock, pollMs: 20 });
    const seen: number[] = [];
    other.handle("sync", async () => {
      seen.push(Number((await there.rows<{ n: number }>(sql`select count(*) as n from test_writes`))[0]?.n));
    });
    await database.rows(sql`create table test_writes (n integer)`);
    await jobs.enqueue({ name: "sync", payload: {}, dedupeKey: "sub_1" });
    let working: Promise<number> | undefined;
    await database.transaction(async (tx) => {
      await tx.rows(sql`insert into test_writes (n) values (1)`);
      expect(await jobs.enqueue({ name: "sync", payload: {}, dedupeKey: "sub_1" }, tx)).toBeNull();
      working = other.runDue();
      await new Promise((resolve) => setTimeout(resolve, 100));
    });
    await working;
    await other.runDue();
    expect(seen).toEqual([1]);
  });

  test("poison is tried with growing pauses, dies, and can be replayed", async () => {
    const { clock, jobs } = await setUp();
    let healed = false;
    let tries = 0;
    jobs.handle(
      "poison",
      async () => {
        tries++;
        if (!healed) throw new Error("bad \u0000 payload");
      },
      { maxAttempts: 3 },
    );
    await jobs.enqueue({ name: "poison", payload: { a: 1 } });
    for (let i = 0; i < 6; i++) {
      await jobs.runDue();
      clock.advance(10_000);
    }
    expect(tries).toBe(3);
    const { data } = await jobs.dead.list({ limit: 10 });
    expect(await jobs.dead.count()).toBe(data.length);
    expect(await jobs.dead.count("another name")).toBe(0);
    expect((await jobs.dead.list({ limit: 10, name: "another name" })).data).toEqual([]);
    expect(data).toMatchObject([{ name: "poison", attempts: 3, payload: { a: 1 } }]);
    expect(data[0]?.lastError).toContain("payload");
    expect(await jobs.dead.discard({ name: "poison", before: data[0]?.createdAt ?? new Date(0) })).toBe(0);
    expect(await jobs.dead.discard({ name: "another name", before: clock.now() })).toBe(0);
    healed = true;
    await jobs.dead.replay(data[0]?.id ?? "");
    await expect(jobs.dead.replay(data[0]?.id ?? "")).rejects.toMatchObject({ code: "job_not_found" });
    await jobs.runDue();
    expect(tries).toBe(4);
    expect((await jobs.dead.list({ limit: 10 })).data).toEqual([]);
    healed = false;
    await jobs.enqueue({ name: "poison", payload: { a: 2 } });
    for (let i = 0; i < 6; i++) {
      await jobs.runDue();
      clock.advance(10_000);
    }
    // One that still is to be done is not among them.
    await jobs.enqueue({ name: "poison", payload: { a: 3 } });
    clock.advance(1);
    expect(await jobs.dead.discard({ name: "poison", before: clock.now() })).toBe(1);
    expect([await jobs.dead.count(), (await jobs.depth("poison")).waiting]).toEqual([0, 1]);
  });

  test("two instances share 200 jobs: each runs once", async () => {
    const { jobs, make } = await setUp();
    const other = make();
    const ran: number[] = [];
    for (const instance of [jobs, other]) {
      instance.handle<{ n: number }>("count", async ({ n }) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        ran.push(n);
      });
    }
    for (let n = 0; n < 200; n++) await jobs.enqueue({ name: "count", payload: { n } });
    jobs.start();
    other.start();
    await vi.waitFor(() => expect(ran.length).toBeGreaterThanOrEqual(200), 15_000);
    await Promise.all([jobs.stop(), other.stop()]);
    expect(ran.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n));
  });

  test("a worker whose lease was lost cannot complete the job of its successor", async () => {
    const { database, jobs, make } = await setUp({ leaseMs: 1 });
    const other = make();
    let completions = 0;
    const effects: string[] = [];
    const handler =
      (name: string, hold: () => Promise<unknown>) => (_: unknown, context: import("./index.ts").JobContext) =>
        hold().then(() =>
          database.transaction(async (tx) => {
            await context.complete(tx);
            completions++;
            effects.push(name);
          }),
        );
    // The first holds the job until the second, which takes it over after the lease of a millisecond, is done.
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    jobs.handle(
      "slow",
      handler("first", () => released),
      { maxAttempts: 1 },
    );
    other.handle(
      "slow",
      handler("second", async () => undefined),
    );
    await jobs.enqueue({ name: "slow", payload: {} });
    const first = jobs.runDue();
    await vi.waitFor(async () => {
      await other.runDue();
      expect(effects).toEqual(["second"]);
    }, 15_000);
    release();
    await first;
    expect(completions).toBe(1);
  });

  test("a dead job replayed in a transaction runs after its commit, without waiting for a poll", async () => {
    const { database, jobs } = await setUp({ pollMs: 600_000 });
    let ran = 0;
    jobs.handle(
      "fragile",
      async () => {
        if (++ran === 1) throw new Error("no");
      },
      { maxAttempts: 1 },
    );
    const id = (await jobs.enqueue({ name: "fragile", payload: {} })) ?? "";
    await jobs.runDue();
    jobs.start();
    onTestFinished(() => jobs.stop());
    await database.transaction(async (tx) => {
      await jobs.dead.replay(id, tx);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(ran).toBe(1);
    });
    await vi.waitFor(() => expect(ran).toBe(2), 5_000);
  });

  test("runDue inside a transaction, which its jobs would wait for, is refused", async () => {
    const { database, jobs } = await setUp();
    await database.transaction(() =>
      expect(jobs.runDue()).rejects.toMatchObject({ code: "handle_outside_transaction" }),
    );
  });

  test("a job does not run in the context of the request that made it", async () => {
    const { jobs } = await setUp({ pollMs: 600_000 });
    const request = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    jobs.handle("look", async () => void seen.push(request.getStore()));
    jobs.start();
    onTestFinished(() => jobs.stop());
    await request.run("request 1", () => jobs.enqueue({ name: "look", payload: {} }));
    await vi.waitFor(() => expect(seen).toEqual([undefined]), 5_000);
  });

  test("jobs that run apart hold up nothing but each other, and are run by runDue and stop as well", async () => {
    const { jobs } = await setUp({ concurrency: 1, concurrencyApart: 1 });
    const released = Promise.withResolvers<void>();
    const ran: string[] = [];
    const strange = async ({ n }: { n: number }) => {
      await released.promise;
      ran.push(`apart ${n}`);
    };
    jobs.handle("stranger", strange, { apart: true });
    jobs.handle("own", async () => {
      ran.push("own");
      if (ran.length === 2) await jobs.enqueue({ name: "stranger", payload: { n: 3 } });
    });
    for (const n of [1, 2]) await jobs.enqueue({ name: "stranger", payload: { n } });
    for (let n = 0; n < 2; n++) await jobs.enqueue({ name: "own", payload: {} });
    const running = jobs.runDue();
    await vi.waitFor(() => expect(ran).toEqual(["own", "own"]), 5_000);
    released.resolve();
    expect(await running).toBe(5);
    expect(ran.slice(2).sort()).toEqual(["apart 1", "apart 2", "apart 3"]);
    jobs.start();
    await jobs.stop();
    expect((await jobs.depth()).waiting).toBe(0);
  });

  test("stop waits for the job that runs and takes no other; start goes on", async () => {
    const { jobs } = await setUp({ concurrency: 1 });
    const begun = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const ran: number[] = [];
    jobs.handle<{ n: number }>("slow", async ({ n }) => {
      begun.resolve();
      await released.promise;
      ran.push(n);
    });
    await jobs.enqueue({ name: "slow", payload: { n: 1 } });
    await jobs.enqueue({ name: "slow", payload: { n: 2 } });
    jobs.start();
    await begun.promise;
    const stopping = Promise.all([jobs.stop(), jobs.stop()]);
    released.resolve();
    await stopping;
    expect(ran).toEqual([1]);
    jobs.start();
    onTestFinished(() => jobs.stop());
    await vi.waitFor(() => expect(ran).toEqual([1, 2]), 5_000);
  });

  test("a job longer than its lease keeps it, and completing it is no lost lease", async () => {
    const { database, jobs, make } = await setUp({ leaseMs: 600 });
    const other = make();
    let ran = 0;
    let aborted: boolean | undefined;
    for (const instance of [jobs, other]) {
      instance.handle("long", async (_, context) => {
        ran++;
        await new Promise((resolve) => setTimeout(resolve, 1_300));
        await database.transaction((tx) => context.complete(tx));
        await new Promise((resolve) => setTimeout(resolve, 300));
        aborted = context.signal.aborted;
      });
    }
    await jobs.enqueue({ name: "long", payload: {} });
    const first = jobs.runDue();
    for (let i = 0; i < 8; i++) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      await other.runDue();
    }
    await first;
    expect([ran, aborted]).toEqual([1, false]);
  });

  test("a worker killed with -9 in the middle loses no job", async () => {
    const { url, jobs } = await setUp();
    await jobs.enqueue({ name: "crash", payload: { n: 1 } });
    const child = fork(new URL("../test/crashing-worker.ts", import.meta.url), [url], {
      execArgv: ["--conditions=source"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    await once(child, "message");
    child.kill("SIGKILL");
    await once(child, "exit");
    let ran = 0;
    jobs.handle("crash", async () => void ran++);
    // The dead worker's lease was 200 ms long.
    await vi.waitFor(async () => {
      await jobs.runDue();
      expect(ran).toBe(1);
    }, 15_000);
  });
});
