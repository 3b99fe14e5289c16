/**
 * Balances beside those that are asked about, with reservations past their end that hold the same credits: of a pool's other
 * features, and of periods before. What these hold is free, and not only once they are used again or swept.
 */
import type { Handle, Tx } from "@revops/database";
import type { PoolRates } from "../credits/rates.ts";
import type { EntitlementStore } from "../entitlements/store.ts";
import type { LedgerStore } from "../ledger/store.ts";
import type { Balance, Scope } from "../metering/batch.ts";
import { lockFreeBalances } from "../metering/book.ts";
import type { Plans } from "../plans/plans.ts";
import { scopesOfReservations } from "../reservations/scope-of.ts";
import type { ReservationStore } from "../reservations/store.ts";
import type { Question } from "./feature-state.ts";

export interface LapsedBesideOptions {
  readonly plans: Plans;
  readonly rates: PoolRates;
  readonly entitlements: EntitlementStore;
  readonly ledger: LedgerStore;
  readonly reservations: ReservationStore;
}

/**
 * Locks those that nobody else holds: who holds one gives back itself what has lapsed of it, and must not be waited for with
 * locks that are taken before it.
 */
export async function lockLapsedBeside(
  tx: Tx,
  asked: readonly Scope[],
  now: Date,
  options: LapsedBesideOptions,
): Promise<Balance[]> {
  return lockFreeBalances(tx, await lapsedBeside(tx, asked, now, options));
}

/** The same as questions, for a reader. */
export async function readLapsedBeside(
  handle: Handle,
  asked: readonly Scope[],
  now: Date,
  options: LapsedBesideOptions,
): Promise<Question[]> {
  const scopes = await lapsedBeside(handle, asked, now, options);
  if (scopes.length === 0) return [];
  const used = await options.ledger.usedOf(
    handle,
    scopes.map(({ counterKey }) => counterKey),
  );
  return scopes.map((scope) => ({ scope, used: used.get(hex(scope)) ?? 0, times: [], gives: false }));
}

async function lapsedBeside(
  handle: Handle,
  asked: readonly Scope[],
  now: Date,
  options: LapsedBesideOptions,
): Promise<Scope[]> {
  const { rates, plans, reservations } = options;
  const pools = new Set(asked.flatMap(({ feature }) => rates.get(feature.id)?.pool ?? []));
  const own = new Set(asked.map(({ feature }) => feature.id));
  const sharing = plans.features.filter(({ id }) => own.has(id) || pools.has(rates.get(id)?.pool ?? ""));
  const rows = await reservations.endedOf(
    handle,
    [...new Set(asked.map(({ subjectId }) => subjectId))],
    sharing.map(({ id }) => id),
    now,
  );
  const known = new Set(asked.map(hex));
  const first = rows.filter((row) => !known.has(hex(row)) && known.add(hex(row)));
  return scopesOfReservations(handle, first, now, options);
}

function hex({ counterKey }: Pick<Scope, "counterKey">): string {
  return counterKey.toString("hex");
}
