/** What is asked of reservations, and what became of it. */
import type { JsonObject } from "@revops/core";
import type { Outcome, Scope } from "../metering/batch.ts";
import type { PlanFeature } from "../plans/feature.ts";
import type { ReservationRow } from "./store.ts";

interface Named {
  readonly key: Buffer;
  readonly subjectId: string;
  readonly id: string;
}

export interface ReserveOperation extends Named {
  readonly kind: "reserve";
  readonly feature: PlanFeature;
  /** In the feature's smallest unit. */
  readonly quantity: number;
  readonly expiresAt: Date;
}

export interface CommitOperation extends Named {
  readonly kind: "commit";
  /** In the feature's unit; null commits what was reserved. */
  readonly quantity: number | string | null;
  readonly beyond: "refuse" | "count";
  readonly metadata: JsonObject | undefined;
}

interface ReleaseOperation extends Named {
  readonly kind: "release";
}

/** Gives back what is held past its end, as every other operation on the balance does too. */
interface ExpireOperation extends Named {
  readonly kind: "expire";
}

export type Operation = ReserveOperation | CommitOperation | ReleaseOperation | ExpireOperation;

/** What became of an operation. */
export interface OperationResult {
  /** As it is now; null where nothing was reserved. */
  readonly row: ReservationRow | null;
  readonly duplicate: boolean;
  readonly outcome: Outcome;
  readonly scope: Scope;
}
