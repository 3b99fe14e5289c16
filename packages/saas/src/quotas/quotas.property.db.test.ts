import { openDatabase } from "@revops/database";
import { seededRandom } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, onTestFinished, test } from "vitest";
import { openRich, richPlans } from "../../test/rich.ts";
import { createSaas } from "../index.ts";

const subjects = ["usr_1", "usr_2"] as const;
const dayMs = 86_400_000;
/** How many rounds of up to ten concurrent steps; `ROUNDS=5000` for the long form. */
const rounds = Number(process.env["ROUNDS"] ?? 60);

forEachDatabase("credits, reservations and limits in whatever order", (open, dialect) => {
  test("what was admitted is what is used, and every credit is somewhere", async () => {
    const random = seededRandom(`quotas property on ${dialect}`);
    const { saas, database, url, clock } = await openRich(open, "pro");
    const second = openDatabase({ url });
    onTestFinished(() => second.close());
    const instances = [saas, createSaas({ database: second, clock, plans: richPlans })] as const;
    for (const subjectId of subjects) await saas.entitlements.open({ subjectId });

    /** The model: units by subject and feature that were counted or are held, by the answers alone. */
    const counted = new Map<string, number>();
    const held = new Map<string, { key: string; quantity: number; expiresAt: number }>();
    const given = new Map<string, number>();
    let [made, granted] = [0, 0];
    const add = (key: string, quantity: number) => counted.set(key, (counted.get(key) ?? 0) + quantity);
    const features = ["call", "token", "image", "seat"] as const;

    const steps = {
      async use() {
        const [subjectId, feature] = [random.pick(subjects), random.pick(features)];
        const quantity = feature === "seat" ? random.integer(-1, 2) : random.integer(0, feature === "token" ? 400 : 4);
        const late = random.integer(0, 9) === 0 ? random.integer(0, 20) * dayMs : 0;
        const occurredAt = late === 0 ? undefined : new Date(clock.now().getTime() - late);
        const fails = random.integer(0, 9) === 0;
        const input = { subjectId, feature, quantity, occurredAt } as const;
        if (fails) {
          const work = database.transaction(async (tx) => {
            await saas.quotas.consume(input, tx);
            throw new Error("rolled back");
          });
          await expect(work).rejects.toThrow("rolled back");
          return;
        }
        const verdict = await random.pick(instances).quotas.consume(input);
        if (verdict.allowed) add(`${subjectId}/${feature}`, quantity);
        if (verdict.drawn) {
          const { included, credits, overage } = verdict.drawn;
          expect(included + credits + overage).toBe(quantity);
        }
      },
      async reserve() {
        const [subjectId, feature] = [random.pick(subjects), random.pick(features)];
        const [id, quantity, expiresInSeconds] = [`job-${made++}`, random.integer(1, 5), random.integer(1, 100_000)];
        const asked = { subjectId, id, feature, quantity, expiresInSeconds } as const;
        const { reservation } = await random.pick(instances).quotas.reserve(asked);
        const expiresAt = clock.now().getTime() + expiresInSeconds * 1_000;
        if (reservation) held.set(`${subjectId}/${id}`, { key: `${subjectId}/${feature}`, quantity, expiresAt });
      },
      async settle() {
        const name = [...held.keys()][random.integer(0, Math.max(held.size - 1, 0))];
        if (name === undefined) return;
        const [subjectId = "", id = ""] = name.split("/");
        const one = held.get(name);
        held.delete(name);
        if (!one) return;
        const { quotas } = random.pick(instances);
        if (random.integer(0, 1) === 0) {
          await Promise.all([quotas.release({ subjectId, id }), saas.quotas.release({ subjectId, id })]);
          return;
        }
        const quantity = random.integer(0, one.quantity + 1);
        const commit = { subjectId, id, quantity, beyond: random.pick(["refuse", "count"]) } as const;
        const [answer, again] = await Promise.allSettled([quotas.commit(commit), saas.quotas.commit(commit)]);
        // One may come before a neighbour gives room, and the other after.
        const counts = [answer, again].filter(({ status }) => status === "fulfilled").length;
        if (counts > 0) add(one.key, quantity);
        else held.set(name, one);
      },
      async give() {
        const [subjectId, id] = [random.pick(subjects), `gift-${granted++}`];
        const of = random.pick([{ pool: "ai" }, { feature: "token" as const }]);
        const expiresAt = random.pick([undefined, new Date(clock.now().getTime() + random.integer(1, 40) * dayMs)]);
        const rollover = random.pick([undefined, { cap: 5, days: 3 }]);
        const priority = random.integer(0, 3);
        await random
          .pick(instances)
          .credits.grant({ subjectId, id, ...of, amount: random.integer(1, 50), expiresAt, rollover, priority });
        given.set(id, given.size);
        if (random.integer(0, 4) === 0) await saas.credits.void({ subjectId, id });
      },
      async change() {
        const tier = random.pick(["free", "pro", "team"] as const);
        await random.pick(instances).entitlements.assign({ subjectId: random.pick(subjects), tier, status: "active" });
      },
      async sweep() {
        await random.pick(instances).quotas.sweep();
      },
    };
    const weighted = [
      "use",
      "use",
      "use",
      "use",
      "reserve",
      "reserve",
      "settle",
      "settle",
      "give",
      "change",
      "sweep",
    ] as const;

    for (let round = 0; round < rounds; round++) {
      await Promise.all(Array.from({ length: random.integer(1, 10) }, () => steps[random.pick(weighted)]()));
      clock.advance(random.pick([0, 1, 60_000, 3_600_000, dayMs, 3 * dayMs]));
      if (round % 10 === 0) expect(await saas.ledger.verify()).toEqual([]);
    }

    for (const subjectId of subjects) {
      let after: string | undefined;
      const found = new Map<string, number>();
      do {
        const page = await saas.usage.events(after ? { subjectId, limit: 100, after } : { subjectId, limit: 100 });
        for (const { feature, quantity } of page.data) found.set(feature, (found.get(feature) ?? 0) + Number(quantity));
        after = page.next ?? undefined;
      } while (after !== undefined);
      for (const feature of features) {
        expect(found.get(feature) ?? 0, `${subjectId}/${feature}`).toBe(counted.get(`${subjectId}/${feature}`) ?? 0);
      }
    }
    clock.advance(40 * dayMs);
    await saas.quotas.sweep();
    expect(await saas.ledger.verify()).toEqual([]);
    for (const subjectId of subjects) {
      for (const { held: left } of (await saas.usage.report(subjectId)).features) expect(left).toBe(0);
    }
  }, 120_000);
});
