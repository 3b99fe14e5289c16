/**
 * Steps that are taken while nothing else happens. What each has to answer, and all that it may change of what a customer
 * sees, is worked out before, from what the customer saw: by the few lines of {@link drawn} and {@link givenBack}.
 */
import { secondMs } from "@revops/core";
import { expect } from "vitest";
import { type ModelFeature, modelPlans } from "./plans.ts";
import {
  anInstance,
  type ModelWorld,
  noteCounted,
  noteNameless,
  type Operation,
  quantityOf,
  unitsOf,
} from "./world.ts";

/** Where a feature stands, in its smallest unit. */
interface Standing {
  readonly used: number;
  /** null is unlimited. */
  readonly included: number | null;
  /** Up to where that costs nothing. */
  readonly free: number | null;
  /** Whether what is beyond that is billed. */
  readonly isPriced: boolean;
  /** Of `used`: what credits paid for, what is beyond, what is only reserved. */
  readonly credited: number;
  readonly overage: number;
  readonly held: number;
  /** What credits would still pay for. */
  readonly credits: number;
}

type Standings = Record<string, Standing>;

async function standings(world: ModelWorld, subjectId: string): Promise<Standings> {
  const { usage, entitlements, quotas } = anInstance(world);
  const { features } = await usage.report(subjectId);
  const { plan } = await entitlements.of(subjectId);
  const all: [string, Standing][] = [];
  for (const one of features) {
    const feature = one.feature as ModelFeature;
    const unit = (quantity: number) => unitsOf(feature, quantity);
    const included = one.included === null ? null : unit(one.included);
    const credits = unit(one.credits);
    const rule = plan.rules[feature];
    const isPriced = one.kind === "metered" && !!rule?.charge && rule.charge.model !== "flat";
    const free = isPriced ? Math.min(unit(Number(rule.included)), included ?? Number.POSITIVE_INFINITY) : included;
    const { used, overage, held } = one;
    const { credited } = (await quotas.explain({ subjectId, feature })).inputs;
    const counted = { used: unit(used), overage: unit(overage), held: unit(held), credited };
    all.push([feature, { included, free, isPriced, credits, ...counted }]);
  }
  return Object.fromEntries(all);
}

/**
 * What costs nothing, then credits, then what has a price within the limit, then overage where the limit is soft: all of it, or
 * null for nothing.
 */
function drawn({ included, free, used, credited, credits }: Standing, units: number, soft: boolean) {
  const left = (limit: number | null) =>
    limit === null ? Number.POSITIVE_INFINITY : Math.max(limit - (used - credited), 0);
  const fromFree = Math.min(units, left(free));
  const fromCredits = Math.min(units - fromFree, credits);
  const priced = Math.min(units - fromFree - fromCredits, Math.max(left(included) - fromFree, 0));
  const overage = units - fromFree - fromCredits - priced;
  return overage > 0 && !soft ? null : { included: fromFree + priced, credits: fromCredits, overage };
}

function taken(
  standing: Standing,
  units: number,
  { credits, overage }: { credits: number; overage: number },
): Standing {
  return {
    ...standing,
    used: standing.used + units,
    credited: standing.credited + credits,
    credits: standing.credits - credits,
    overage: standing.overage + overage,
  };
}

const billedOf = ({ used, credited, free }: Standing) => (free === null ? 0 : Math.max(used - credited - free, 0));

/** The other way round: overage first, then what has a price, then credits, then what costs nothing. */
function givenBack(standing: Standing, units: number): Standing {
  const overage = Math.min(units, standing.overage);
  const credits = Math.min(Math.max(units - billedOf(standing), 0), standing.credited);
  return taken(standing, -units, { credits: -credits, overage: -overage });
}

/**
 * That the feature stands as foretold, and every other one as before. A pool's credits are seen by each of its features; what
 * comes back to a credit that has ended meanwhile is gone with it, so there may be fewer, but never more than foretold.
 */
function expectStanding(after: Standings, before: Standings, feature: ModelFeature, foretold: Standing): void {
  for (const [name, { credits, ...standing }] of Object.entries(after)) {
    const expected = name === feature ? foretold : before[name];
    if (!expected) throw new Error(`There was no ${name} before.`);
    const { credits: most, ...rest } = expected;
    expect({ [name]: standing }).toEqual({ [name]: rest });
    if (name === feature) expect(credits).toBeLessThanOrEqual(most);
  }
}

const drawing = ["call", "gigabyte", "token", "image", "seat"] as const;

/** The subject's own choice of what is looked at, and whether a spend cap or a cap by the day may say no. */
async function scene(world: ModelWorld) {
  const { random, subjects } = world;
  const [subjectId, feature] = [random.pick(subjects), random.pick(drawing)];
  const { plan } = await anInstance(world).entitlements.of(subjectId);
  const rule = plan.rules[feature];
  const capped = plan.spendCap !== null || (await anInstance(world).quotas.spendCaps(subjectId)).length > 0;
  const units = random.integer(1, { call: 120, gigabyte: 4_000, token: 150, image: 6, seat: 4 }[feature]);
  const mayRefuse = new Set<string>();
  if (capped) mayRefuse.add("spend_cap_reached");
  if ((rule?.windows.length ?? 0) > 0) mayRefuse.add("window_exceeded");
  return {
    subjectId,
    feature,
    units,
    soft: rule?.limit === "soft",
    mayRefuse,
    before: await standings(world, subjectId),
  };
}

const standingOf = (all: Standings, feature: ModelFeature): Standing => {
  const standing = all[feature];
  if (!standing) throw new Error(`No report has ${feature}.`);
  return standing;
};

export const aloneUse: Operation = {
  name: "use, alone",
  weight: 3,
  async run(world) {
    const { random, subjects: _, instances } = world;
    const { subjectId, feature, units, soft, mayRefuse, before } = await scene(world);
    const standing = standingOf(before, feature);
    const id = `alone-${random.integer(0, 2 ** 40)}`;
    const use = { subjectId, id, feature, quantity: quantityOf(feature, units) };
    const foreseen = drawn(standing, units, soft);
    const verdict = await anInstance(world).quotas.consume(use);
    if (foreseen === null || (!verdict.allowed && mayRefuse.has(verdict.reason))) {
      expect(verdict.allowed).toBe(false);
      expectStanding(await standings(world, subjectId), before, feature, standing);
      return;
    }
    expect(verdict).toMatchObject({ allowed: true, duplicate: false });
    const { included = 0, credits = 0, overage = 0 } = verdict.drawn ?? {};
    const answered = { included, credits, overage };
    expect(Object.values(answered).map((quantity) => unitsOf(feature, quantity))).toEqual(Object.values(foreseen));
    noteCounted(world, { subjectId, id, feature, units });
    const used = taken(standing, units, foreseen);
    // Said again, to the other instance too, it changes nothing.
    for (const { quotas } of instances) expect(await quotas.consume(use)).toMatchObject({ duplicate: true });
    expectStanding(await standings(world, subjectId), before, feature, used);
    if (random.integer(0, 1) === 0) return;
    await anInstance(world).meters.void({ subjectId, id });
    Object.assign(world.book.events.get(`${subjectId}/${id}`) ?? {}, { units: 0, voided: true });
    expectStanding(await standings(world, subjectId), before, feature, givenBack(used, units));
  },
};

export const aloneReservation: Operation = {
  name: "reservation, alone",
  weight: 3,
  async run(world) {
    const { random, clock, book } = world;
    const { subjectId, feature, units, soft, mayRefuse, before } = await scene(world);
    const standing = standingOf(before, feature);
    const id = `alone-${random.integer(0, 2 ** 40)}`;
    const foreseen = drawn(standing, units, soft);
    const asked = { subjectId, id, feature, quantity: quantityOf(feature, units), expiresInSeconds: 3_600 };
    const { reservation, verdict } = await anInstance(world).quotas.reserve(asked);
    if (foreseen === null || (!reservation && mayRefuse.has(verdict.reason))) {
      expect(reservation).toBeNull();
      expectStanding(await standings(world, subjectId), before, feature, standing);
      return;
    }
    expect(reservation).toMatchObject({ state: "held" });
    const held = { ...taken(standing, units, foreseen), held: standing.held + units };
    expectStanding(await standings(world, subjectId), before, feature, held);
    const released = { ...givenBack(held, units), held: standing.held };
    const ways = {
      async release() {
        await anInstance(world).quotas.release({ subjectId, id });
        return released;
      },
      async part() {
        const part = random.integer(0, units);
        await anInstance(world).quotas.commit({ subjectId, id, quantity: quantityOf(feature, part) });
        noteNameless(world, subjectId, feature, part);
        return { ...givenBack(held, units - part), held: standing.held };
      },
      async beyond() {
        const more = random.integer(1, 20);
        const quantity = quantityOf(feature, units + more);
        await anInstance(world).quotas.commit({ subjectId, id, quantity, beyond: "count" });
        noteNameless(world, subjectId, feature, units + more);
        // Where nothing admits it, it is used all the same: past the limit.
        const extra = drawn(held, more, true) ?? { credits: 0, overage: 0 };
        return { ...taken(held, more, extra), held: standing.held };
      },
      async leave() {
        book.holds.set(`${subjectId}/${id}`, {
          subjectId,
          id,
          feature,
          units,
          expiresAt: new Date(clock.now().getTime() + 3_600 * secondMs),
        });
        return held;
      },
    };
    const foretold = await ways[random.pick(["release", "part", "beyond", "leave"])]();
    expectStanding(await standings(world, subjectId), before, feature, foretold);
  },
};

export const aloneCredit: Operation = {
  name: "credit, alone",
  weight: 1,
  async run(world) {
    const { random, subjects, book } = world;
    const [subjectId, feature] = [random.pick(subjects), random.pick(["token", "gigabyte"] as const)];
    const before = await standings(world, subjectId);
    const standing = standingOf(before, feature);
    const [id, amount] = [`gift-${random.integer(0, 2 ** 40)}`, random.integer(1, 30)];
    const { credits } = anInstance(world);
    for (let times = 0; times < 2; times++) await credits.grant({ subjectId, id, feature, amount });
    book.credits.set(`${subjectId}/${id}`, amount);
    const more = amount * 10 ** modelPlans.feature(feature).decimals;
    const after = await standings(world, subjectId);
    const paid = Math.min(more, standing.isPriced ? billedOf(standing) : 0);
    const overage = -Math.min(paid, standing.overage);
    const given = taken({ ...standing, credits: standing.credits + more }, 0, { credits: paid, overage });
    expectStanding(after, before, feature, given);
    expect(after[feature]?.credits).toBe(given.credits);
    if (random.integer(0, 1) === 0) return;
    await credits.void({ subjectId, id });
    // What it paid for stays paid.
    expectStanding(await standings(world, subjectId), before, feature, { ...given, credits: standing.credits });
  },
};

/** So many at once that they are counted without being read first, once they were; each of them has no name. */
export const aloneCrowd: Operation = {
  name: "crowd, alone",
  weight: 3,
  async run(world) {
    const { random, subjects } = world;
    const { quotas } = anInstance(world);
    for (let times = random.integer(1, 3); times > 0; times--) {
      const uses = Array.from({ length: random.integer(8, 24) }, () => {
        return { subjectId: random.pick(subjects), feature: "call", quantity: random.integer(0, 3) } as const;
      });
      const verdicts = await Promise.all(uses.map((use) => quotas.consume(use)));
      for (const [index, { subjectId, feature, quantity }] of uses.entries()) {
        if (verdicts[index]?.allowed) noteNameless(world, subjectId, feature, quantity);
      }
    }
  },
};
