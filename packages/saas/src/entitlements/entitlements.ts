import type { Tx } from "@revops/database";
import type { BillingPeriod, Entitlement, EntitlementStatus } from "./entitlement.ts";

/** Who has which tier, since when, and in which period. */
export interface Entitlements<Tier extends string = string> {
  open(input: { readonly subjectId: string; readonly at?: Date }, tx?: Tx): Promise<Entitlement>;
  assign(
    input: {
      readonly subjectId: string;
      readonly tier: Tier;
      readonly status: EntitlementStatus;
      readonly period?: BillingPeriod | undefined;
    },
    tx?: Tx,
  ): Promise<Entitlement>;
  end(input: { readonly subjectId: string; readonly at?: Date }, tx?: Tx): Promise<Entitlement>;
  of(subjectId: string, tx?: Tx): Promise<Entitlement>;
  tierOf(subjectId: string, tx?: Tx): Promise<string>;
}
