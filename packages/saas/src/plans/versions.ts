/** The versions of the plans that anybody bought from. */
import type { Database } from "@revops/database";
import type { Catalog } from "./catalog.ts";
import type { Plans } from "./plans.ts";
import { createPlanVersionStore } from "./store.ts";

export interface PlanVersions {
  /** Newest first; a version is stored when it is first sold from. */
  list(): Promise<readonly { readonly version: string; readonly createdAt: Date }[]>;
  /** @throws `unknown_plan_version` */
  get(version: string): Promise<Plans>;
}

export function createPlanVersions({ database, catalog }: { database: Database; catalog: Catalog }): PlanVersions {
  const store = createPlanVersionStore(database);
  return {
    list: () => store.list(database),
    async get(version) {
      await catalog.load(database, [version]);
      return catalog.of(version);
    },
  };
}
