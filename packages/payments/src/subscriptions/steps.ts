/**
 * One call that changes a subscription, made only if the subscription still is what the decision was taken on. Of two
 * changes at once one goes first, and the other decides anew.
 */
import { canonicalJson } from "@revops/core";
import type { Database } from "@revops/database";
import type { NewCall, OperationName, OperationParams } from "../calls/call.ts";
import type { Calls } from "../calls/calls.ts";
import { paymentsErrors } from "../errors.ts";
import type { StoredSubscription, SubscriptionStore } from "./store.ts";

/** Something else changed the subscription since it was looked at. */
const moved = new Error("The subscription has changed meanwhile.");

const maxTries = 4;

export interface Steps {
  /** Decides on the subscription as it is, again when it has moved meanwhile. @throws `change_in_progress` */
  decide<T>(subjectId: string, decision: (living: StoredSubscription | null, again: boolean) => Promise<T>): Promise<T>;
  /** Makes one call of a decision. */
  step<Name extends OperationName>(
    decidedOn: { readonly subjectId: string; readonly living: StoredSubscription | null },
    operation: Name,
    params: OperationParams[Name],
  ): Promise<void>;
}

export function createSteps(options: {
  readonly database: Database;
  readonly store: SubscriptionStore;
  readonly calls: Calls;
}): Steps {
  const { database, store, calls } = options;
  return {
    async decide(subjectId, decision) {
      for (let tries = 1; tries <= maxTries; tries++) {
        try {
          return await decision(await store.findLiving(database, subjectId), tries > 1);
        } catch (error) {
          if (error !== moved) throw error;
        }
      }
      throw paymentsErrors.change_in_progress();
    },

    async step({ subjectId, living }, operation, params) {
      const call: NewCall<typeof operation> = { operation, params, subjectId, purpose: `subscription:${subjectId}` };
      const { joined } = await calls.perform(call, async (tx) => {
        // Looked at after the purpose was taken: another's change is committed together with giving it free.
        if (canonicalJson(await store.findLiving(tx, subjectId)) !== canonicalJson(living)) throw moved;
      });
      if (joined) throw moved;
    },
  };
}
