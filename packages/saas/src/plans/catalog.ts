/** The catalog of the code, and those of earlier versions that subjects are still served on. */
import { type Clock, canonicalJson } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { saasErrors } from "../errors.ts";
import { type PlanContent, type Plans, plansOf } from "./plans.ts";
import { createPlanVersionStore } from "./store.ts";

export interface Catalog {
  /** What the code declares. */
  readonly current: Plans;
  /** A version that was loaded before; null is the current one. @throws `unknown_plan_version` */
  of(version: string | null): Plans;
  /** Loads the versions that are not known yet. A version never changes, so it is read once. */
  load(handle: Handle, versions: Iterable<string | null>): Promise<void>;
  /** Stores the current version, once for ever. @throws `plan_version_changed` for a name that means something else */
  keep(tx: Tx): Promise<void>;
}

export function createCatalog(current: Plans, database: Pick<Database, "dialect">, clock: Clock): Catalog {
  const store = createPlanVersionStore(database);
  const known = new Map<string, Plans>([[current.version, current]]);
  let kept = false;

  return {
    current,

    of(version) {
      const plans = version === null ? current : known.get(version);
      if (plans) return plans;
      throw saasErrors.unknown_plan_version({ detail: `There is no version "${version}" of the plans.` });
    },

    async load(handle, versions) {
      for (const version of versions) {
        if (version === null || known.has(version)) continue;
        const content = await store.find(handle, version);
        if (content) known.set(version, plansOf(content, version));
      }
    },

    async keep(tx) {
      if (kept) return;
      const { version } = current;
      if (!(await store.insert(tx, version, contentOf(current), clock.now()))) {
        const stored = await store.find(tx, version);
        if (stored && canonicalJson(stored) !== canonicalJson(contentOf(current))) {
          throw saasErrors.plan_version_changed({
            detail: `The version "${version}" was stored with another content. Give the new content another version.`,
          });
        }
      }
      tx.afterCommit(() => {
        kept = true;
      });
    },
  };
}

/** What of a catalog is data. */
function contentOf({ features, tiers, addOns, pools }: PlanContent): PlanContent {
  return { features, tiers, addOns, pools };
}
