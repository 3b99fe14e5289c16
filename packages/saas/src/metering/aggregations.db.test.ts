import { openDatabase } from "@revops/database";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, onTestFinished, test } from "vitest";
import { meterPlans, openMeters } from "../../test/world.ts";
import { createSaas } from "../index.ts";

const subjectId = "usr_1";

forEachDatabase("a meter", (open) => {
  test("counts events by its filters; what they leave out is accepted, stored and counts nothing", async () => {
    const { saas } = await openMeters(open);
    const status = ["ok", "failed", "cached", "OK", undefined] as const;
    const result = await saas.meters.recordMany(
      subjectId,
      status.map((status, n) => ({ id: `r-${n}`, feature: "request", ...(status && { metadata: { status } }) })),
    );
    expect(result).toEqual({ accepted: 5, duplicates: 0, rejected: [] });
    const { data } = await saas.usage.events({ subjectId, feature: "request", limit: 10 });
    expect(data.filter(({ counts }) => counts)).toHaveLength(2);
    expect(data).toHaveLength(5);
    expect(await saas.meters.record({ subjectId, id: "r-1", feature: "request" })).toMatchObject({ duplicate: true });
    expect(
      await saas.meters.record({ subjectId, id: "r-9", feature: "request", metadata: { status: "ok" } }),
    ).toMatchObject({ verdict: { used: 3 } });
    await expect(saas.meters.record({ subjectId, id: "r-10", feature: "request", quantity: 2 })).rejects.toMatchObject({
      code: "invalid_quantity",
    });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("keeps a maximum, a latest value by when it happened, and distinct values, each exactly", async () => {
    const { saas, clock } = await openMeters(open);
    const at = (minutes: number) => new Date(clock.now().getTime() + minutes * 60_000);
    const record = async (feature: "peak" | "level" | "user", id: string, event: object) =>
      (await saas.meters.record({ subjectId, id: `${feature}-${id}`, feature, ...event })).verdict.used;
    expect(await record("peak", "a", { quantity: "2.5" })).toBe(2.5);
    expect(await record("peak", "b", { quantity: 1 })).toBe(2.5);
    expect(await record("peak", "c", { quantity: "7.25" })).toBe(7.25);

    expect(await record("level", "a", { quantity: 9, occurredAt: at(-10) })).toBe(9);
    expect(await record("level", "b", { quantity: 4, occurredAt: at(-5) })).toBe(4);
    expect(await record("level", "c", { quantity: 50, occurredAt: at(-20) })).toBe(4);
    expect(await record("level", "d", { quantity: 3, occurredAt: at(-5) })).toBe(4);
    expect(await record("level", "e", { quantity: 6, occurredAt: at(-5) })).toBe(6);

    for (const [id, user, used] of [
      ["a", "ann", 1],
      ["b", "bob", 2],
      ["c", "ann", 2],
      ["d", 7, 3],
      ["e", "bob", 3],
    ]) {
      expect(await record("user", String(id), { metadata: { user, team: "x" } })).toBe(used);
    }
    // The fourth one does not fit, whom the plan knows already does.
    await expect(record("user", "f", { metadata: { user: "7" } })).rejects.toMatchObject({ code: "quota_exceeded" });
    expect(await record("user", "g", { metadata: { user: 7 } })).toBe(3);
    const far = [{ user: 1e21 }, { user: 1e-7 }];
    for (const metadata of [undefined, {}, { user: null }, { user: ["ann"] }, { user: "x".repeat(300) }, ...far]) {
      await expect(record("user", "h", { metadata })).rejects.toMatchObject({ code: "invalid_metadata" });
    }
    expect(await saas.usage.breakdown({ subjectId, feature: "user", dimension: "user" })).toEqual([
      { value: 7, quantity: 2, events: 2 },
      { value: "ann", quantity: 2, events: 2 },
      { value: "bob", quantity: 2, events: 2 },
    ]);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("adds up by dimension, exactly, from two instances at once", async () => {
    const { saas, url, clock } = await openMeters(open);
    const second = openDatabase({ url });
    onTestFinished(() => second.close());
    const other = createSaas({ database: second, clock, plans: meterPlans });
    const events = Array.from({ length: 120 }, (_, n) => ({
      id: `t-${n}`,
      feature: "token",
      quantity: n,
      metadata: { model: n % 3 === 0 ? "large" : "small", ...(n % 2 === 0 && { region: "eu" }) },
    }));
    await Promise.all([
      ...events.map((event) => saas.meters.record({ ...event, subjectId, feature: "token" })),
      other.meters.recordMany(subjectId, events.toReversed()),
      ...Array.from({ length: 60 }, (_, n) =>
        [saas, other][n % 2]?.meters.record({
          subjectId,
          id: `u-${n}`,
          feature: "user",
          metadata: { user: n % 3 },
        }),
      ),
    ]);
    const sumOf = (which: (n: number) => boolean) =>
      events.reduce((sum, { quantity }) => sum + (which(quantity) ? quantity : 0), 0);
    const breakdown = (dimension: string) => saas.usage.breakdown({ subjectId, feature: "token", dimension });
    expect(await breakdown("model")).toEqual([
      { value: "small", quantity: sumOf((n) => n % 3 !== 0), events: 80 },
      { value: "large", quantity: sumOf((n) => n % 3 === 0), events: 40 },
    ]);
    expect(await breakdown("region")).toEqual([
      { value: null, quantity: sumOf((n) => n % 2 !== 0), events: 60 },
      { value: "eu", quantity: sumOf((n) => n % 2 === 0), events: 60 },
    ]);
    await expect(breakdown("user")).rejects.toMatchObject({ code: "unknown_dimension" });
    const report = await saas.usage.report(subjectId);
    expect(report.features.find(({ feature }) => feature === "user")?.used).toBe(3);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("weighs a standing count by the time it was held, to the second, with what was told late", async () => {
    const { saas, clock } = await openMeters(open);
    const start = clock.now();
    const after = (hours: number) => new Date(start.getTime() + hours * 3_600_000);
    const change = (id: string, quantity: string | number, occurredAt?: Date) =>
      saas.meters.record({ subjectId, id, feature: "storage", quantity, occurredAt });
    const held = async (from: Date, to: Date) =>
      (await saas.usage.weighted({ subjectId, feature: "storage", from, to })).hours;
    await change("a", 10);
    clock.set(after(30));
    await change("b", "-2.5");
    clock.set(after(40.5));
    // 10 for 30 hours, then 7.5 for 10.5 hours.
    expect(await held(start, after(40.5))).toBe("378.75");
    await change("c", 4, after(20.25));
    expect(await held(start, after(40.5))).toBe("459.75");
    // In the middle of hours in which something changed, and of one in which nothing did.
    expect(await held(after(20), after(20.5))).toBe("6");
    expect(await held(after(25.2), after(25.4))).toBe("2.8");
    expect(await held(after(-5), start)).toBe("0");
    expect(await held(new Date(start.getTime() + 1_000), new Date(start.getTime() + 2_000))).toBe("0.002777778");
    await saas.meters.void({ subjectId, id: "c" });
    expect(await held(start, after(40.5))).toBe("378.75");
    await expect(held(after(2), after(1))).rejects.toMatchObject({ code: "invalid_range" });
    await expect(saas.usage.weighted({ subjectId, feature: "call", from: start, to: after(1) })).rejects.toMatchObject({
      code: "feature_not_counted",
    });
    expect(await saas.ledger.verify()).toEqual([]);
  });
});
