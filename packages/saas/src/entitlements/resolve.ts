/** From what is stored of a subject's terms to what follows from it and from the plans. Pure, once the plans are loaded. */
import type { Handle } from "@revops/database";
import type { Catalog } from "../plans/catalog.ts";
import type { Plans } from "../plans/plans.ts";
import type { PlanTier } from "../plans/tier.ts";
import { type Agreement, effectiveTier, type LimitGrant } from "./agreement.ts";
import { orNull, scheduledTerms } from "./scheduled.ts";
import type { StoredTerms, Terms } from "./terms.ts";

/** Loads the versions that the terms name, and resolves them. */
export async function loadTerms(catalog: Catalog, handle: Handle, rows: readonly StoredTerms[]): Promise<Terms[]> {
  await catalog.load(
    handle,
    rows.flatMap(({ planVersion, agreement }) => [planVersion, agreement?.lost?.planVersion ?? null]),
  );
  return rows.map((stored) => resolveTerms(catalog, stored));
}

/** @throws `unknown_plan_version`, `unknown_tier` */
export function resolveTerms(catalog: Catalog, stored: StoredTerms): Terms {
  const { tier, planVersion, agreement } = stored;
  const plans = catalog.of(planVersion);
  const bought = agreement?.customTier ?? plans.tier(tier);
  const { current } = catalog;
  const { plan, sources } = effectiveTier(bought, sameTier(current, tier), agreement, current.features);
  const following = nextOf(catalog, stored);
  return {
    ...stored,
    plan,
    limitSources: sources,
    next: following === null ? null : resolveTerms(catalog, following),
  };
}

function sameTier(current: Plans, id: string): PlanTier | undefined {
  return current.isTier(id) ? current.tier(id) : undefined;
}

/** What the terms turn into by themselves, at the earliest of the times that were agreed. */
function nextOf({ current }: Catalog, stored: StoredTerms): StoredTerms | null {
  const { agreement, since } = stored;
  if (agreement === null) return null;
  const { scheduled, grants = [] } = agreement;
  const expiries = grants.flatMap(({ expiresAt }) => (expiresAt === null ? [] : [Date.parse(expiresAt)]));
  const first = Math.min(...expiries, Number.POSITIVE_INFINITY);
  if (scheduled && Date.parse(scheduled.at) <= first) {
    return scheduledTerms(stored, scheduled, current, later(since, Date.parse(scheduled.at)));
  }
  if (first === Number.POSITIVE_INFINITY) return null;
  const at = later(since, first);
  return {
    ...stored,
    version: stored.version + 1,
    since: at,
    agreement: withGrants(
      agreement,
      grants.filter(({ expiresAt }) => expiresAt === null || Date.parse(expiresAt) > first),
    ),
  };
}

function withGrants({ grants: _, ...rest }: Agreement, grants: readonly LimitGrant[]): Agreement | null {
  return orNull(grants.length > 0 ? { ...rest, grants } : rest);
}

const later = (since: Date, time: number) => new Date(Math.max(since.getTime(), time));
