/**
 * Purchases and subscription changes while Stripe is slow, refuses, cuts, answers 500 after the work, and processes are killed.
 * The short form; the long one, of 1,000, is `npm run soak:faults`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { seededRandom } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { grantsOf } from "../../test/grants.ts";
import { catalog, openWorld } from "../../test/world.ts";

const changes = Number(process.env["SOAK_CHANGES"] ?? 24);
const kills = Math.max(2, Math.floor(changes / 100));

forEachDatabase("purchases and changes under faults", (open) => {
  test(`${changes} of them, ${kills} × kill -9: nothing is charged twice, and every charge has its grant`, {
    timeout: 1_800_000,
  }, async () => {
    const random = seededRandom("purchases and changes under faults");
    const world = await openWorld(open);
    const { payments, emulator, stripe, database, url } = world;
    await database.rows(sql`create table test_grants (name text primary key, times integer not null)`);
    grantsOf(world.facts);
    await payments.plans.push(catalog);
    await world.settle();
    const faults = [
      { type: "rate-limit", probability: 0.04 },
      { type: "error-before", probability: 0.04 },
      { type: "error-after", probability: 0.04 },
      { type: "cut-before", probability: 0.04 },
      { type: "cut-after", probability: 0.04 },
    ] as const;
    for (const fault of faults) emulator.faults.add({ ...fault, method: "POST", seed: random.integer(1, 1_000_000) });

    const script = fileURLToPath(new URL("../../test/changing-process.ts", import.meta.url));
    for (let run = 0; run <= kills; run++) {
      const options = ["--conditions=source", script, url, emulator.url, "0", String(changes)];
      const child = spawn(process.execPath, options, { stdio: ["ignore", "pipe", "inherit"] });
      const ended = once(child, "exit");
      await once(child.stdout, "data");
      // The last one is let through to its end.
      if (run < kills) setTimeout(() => child.kill("SIGKILL"), random.integer(100, 3_000));
      await ended;
    }
    for (const { id } of emulator.faults.list()) emulator.faults.clear(id);
    await payments.reconcile();
    await world.settle();
    expect(await payments.reconcile()).toEqual({ finished: 0, refused: 0, abandoned: 0, open: 0 });

    const granted = new Map(
      (await database.rows<{ name: string; times: number }>(sql`select name, times from test_grants`)).map((row) => [
        row.name,
        Number(row.times),
      ]),
    );
    expect([...granted].filter(([, times]) => times !== 1)).toEqual([]);
    const charges = (await stripe.charges.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 })).filter(
      ({ paid }) => paid,
    );
    // Purchases: one charge a reference, each granted, and nothing granted that was not charged.
    const references = charges.flatMap(({ metadata }) => metadata["revops_reference"] ?? []);
    expect(new Set(references).size).toBe(references.length);
    const bought = [...granted.keys()].filter((name) => name.startsWith("order-"));
    expect(bought.toSorted()).toEqual(references.toSorted());
    // Subscriptions: at most one for each subject, its charges are its invoices', its tier is granted.
    const subscriptions = (
      await stripe.subscriptions.list({ status: "all", limit: 100 }).autoPagingToArray({ limit: 10_000 })
    ).filter(({ status }) => status !== "incomplete_expired");
    expect(new Set(subscriptions.map(({ customer }) => customer)).size).toBe(subscriptions.length);
    for (const { metadata, items } of subscriptions) {
      const subjectId = metadata["revops_subject"] ?? "";
      const living = await payments.subscriptions.get(subjectId);
      expect(living).toMatchObject({ tier: items.data[0]?.price.metadata["revops_tier"] });
      expect(granted.get(`${subjectId} ${living?.tier}`)).toBe(1);
      const paid = (await payments.invoices.list(subjectId, { limit: 100 })).data.filter(
        ({ status }) => status === "paid",
      );
      expect(paid.length).toBeLessThanOrEqual(2);
    }
    expect((await payments.ledger.verify({ stripe: true })).differences).toEqual([]);
    console.info(
      `${changes} changes, ${kills} kills: ${references.length} purchases, ${subscriptions.length} subscriptions`,
    );
    expect(references.length + subscriptions.length).toBeGreaterThan(changes / 2);
  });
});
