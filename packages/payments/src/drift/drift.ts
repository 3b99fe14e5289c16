/** Where our mirror and Stripe differ, and bringing it back. */
import type Stripe from "stripe";
import { toUnix } from "../gateway/objects.ts";
import type { Mirrors, MirrorTarget } from "../mirrors/mirrors.ts";
import type { UsageBill } from "../usage/bill.ts";
import type { UsageBillStore } from "../usage/store.ts";
import { type DriftStores, driftChecks } from "./checks.ts";
import type { Shown } from "./compared.ts";

export interface Drift {
  readonly kind: MirrorTarget["kind"];
  /** Stripe's id. */
  readonly id: string;
  /** What differs; `missing` is one that only Stripe has, `unknown` one that only we have. */
  readonly fields: readonly string[];
  readonly ours: Shown | null;
  readonly stripe: Shown | null;
  readonly repaired: boolean;
}

export interface DriftReport {
  readonly checked: number;
  /** What is under way while we look may be named. */
  readonly drifts: readonly Drift[];
  /** Closed cycles that Stripe has charged otherwise than they were rated, newest first, 100 at most. */
  readonly usage: readonly UsageBill[];
}

export interface DriftRequest {
  /** Only what was created at Stripe since then; everything when left out. */
  readonly since?: Date | undefined;
  /** Fetches what differs anew, as its webhook would have. */
  readonly repair?: boolean | undefined;
}

export function createDrift(options: {
  readonly stripe: Stripe;
  readonly mirrors: Mirrors;
  readonly stores: DriftStores;
  readonly usage: UsageBillStore;
}): (request?: DriftRequest) => Promise<DriftReport> {
  const { stripe, mirrors, stores, usage } = options;
  return async ({ since, repair = false } = {}) => {
    const created = since === undefined ? {} : { created: { gte: toUnix(since) } };
    const drifts: Drift[] = [];
    let checked = 0;
    for (const check of driftChecks) {
      for await (const { target, ours, theirs } of check(stripe, stores, created)) {
        checked++;
        const fields = differing(ours, theirs);
        if (fields.length === 0) continue;
        if (repair) await mirrors.sync(target);
        drifts.push({ ...target, fields, ours, stripe: theirs, repaired: repair });
      }
    }
    const { data } = await usage.list(stores.database, { limit: 100, state: "differs" });
    return { checked, drifts, usage: data };
  };
}

function differing(ours: Shown | null, theirs: Shown | null): string[] {
  if (!ours) return theirs ? ["missing"] : [];
  if (!theirs) return ["unknown"];
  return Object.keys(theirs).filter((name) => ours[name] !== theirs[name]);
}
