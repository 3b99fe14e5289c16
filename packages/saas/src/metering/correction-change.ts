/** What a correction makes of a balance: of its sum, its extreme, its groups and its history. */
import { type JsonObject, scaledToNumber, toScaled } from "@revops/core";
import type { Tx } from "@revops/database";
import { saasErrors } from "../errors.ts";
import type { Balance } from "./batch.ts";
import { groupTotal } from "./book.ts";
import { addChange } from "./buckets.ts";
import { eventKeyPrefix } from "./keys.ts";
import { type Group, groupsOf, meterOf } from "./meter.ts";
import { extremeOfOthers, type StoredEvent } from "./stored-events.ts";
import { emptyTally, groupId } from "./tally.ts";

/** The state that a correction brings an event to. */
export interface NextState {
  readonly kind: "void" | "replace";
  readonly quantity: number;
  readonly counts: boolean;
  readonly metadata: JsonObject | null;
}

/** What a correction changes: of the sum of a balance's events, and of the balance. */
export interface CorrectionChange {
  readonly sum: number;
  readonly balance: number;
}

/** Works out the change, and puts it into the balance's tally. */
export async function changeOf(
  tx: Tx,
  balance: Balance,
  subjectId: string,
  present: StoredEvent,
  state: NextState,
): Promise<CorrectionChange> {
  const { feature, period } = balance.scope;
  const { aggregation, property } = meterOf(feature);
  balance.tally = emptyTally();
  const before = present.counts ? present.quantity : 0;
  const after = state.counts ? state.quantity : 0;
  const distinct = await regroup(tx, balance, present, state, property);
  let used = balance.used + after - before;
  if (aggregation === "unique") used = balance.used + toScaled(distinct, feature.decimals);
  if (aggregation === "max" || aggregation === "latest") {
    const by = aggregation === "max" ? "quantity" : "time";
    const others = await extremeOfOthers(tx, eventKeyPrefix(subjectId), present, by);
    const own = state.counts ? { quantity: state.quantity, time: present.time } : undefined;
    const winner = winnerOf(others, own, by);
    used = winner?.quantity ?? 0;
    if (aggregation === "latest") balance.latestAt = winner?.time ?? null;
  }
  if (used < 0) {
    const left = scaledToNumber(balance.used, feature.decimals);
    throw saasErrors.usage_below_zero({ detail: `Only ${left} of "${feature.id}" are in use.` });
  }
  if (!Number.isSafeInteger(used)) {
    throw saasErrors.usage_out_of_range({ detail: `"${feature.id}" is counted up to 2^53 - 1.` });
  }
  const change = used - balance.used;
  balance.used = used;
  balance.tally.quantity = change;
  if (change !== 0) addChange(balance.tally.changes, present.time, change, period === null);
  return { sum: after - before, balance: change };
}

function winnerOf<Value extends { readonly quantity: number; readonly time: number }>(
  a: Value | undefined,
  b: Value | undefined,
  by: "quantity" | "time",
): Value | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const aWins = a[by] === b[by] ? a.quantity >= b.quantity : a[by] > b[by];
  return aWins ? a : b;
}

/** Moves an event from the groups it was in to the ones it is in now; gives how many distinct values that adds. */
async function regroup(
  tx: Tx,
  balance: Balance,
  present: StoredEvent,
  state: NextState,
  property: string | null,
): Promise<number> {
  const { feature } = balance.scope;
  const of = (metadata: unknown) => groupsOf(feature, (metadata as JsonObject | null) ?? undefined);
  let distinct = 0;
  const move = async (groups: readonly Group[], quantity: number, events: 1 | -1) => {
    for (const group of groups) {
      const total = balance.tally.groups.get(groupId(group)) ?? (await groupTotal(tx, balance.scope, group));
      balance.tally.groups.set(groupId(group), total);
      const was = total.events > 0;
      total.quantity += quantity;
      total.events += events;
      if (group.dimension === property) distinct += Number(total.events > 0) - Number(was);
    }
  };
  if (present.counts) await move(of(present.metadata), -present.quantity, -1);
  if (state.counts) await move(of(state.metadata), state.quantity, 1);
  return distinct;
}
