/** The one way in which anything of Stripe's gets into our tables: webhooks, answers to our calls and repairs alike. */
import { setTimeout as pause } from "node:timers/promises";
import type { Database, Tx } from "@revops/database";
import { paymentsErrors } from "../errors.ts";
import { createFetches } from "./fetches.ts";

export type MirrorKind =
  | "customer"
  | "payment_method"
  | "payment_intent"
  | "setup_intent"
  | "subscription"
  | "invoice"
  | "dispute"
  | "transfer"
  | "checkout_session"
  | "account";

/** Writes what was read, in a transaction, and emits what changed by it. */
type Apply = (tx: Tx) => Promise<void>;

/** Reads an object from Stripe, outside any transaction, and answers with how to apply it. */
export type ReadMirror = (id: string) => Promise<Apply>;

export interface MirrorTarget {
  readonly kind: MirrorKind;
  readonly id: string;
}

export interface Mirrors {
  /**
   * Brings our copy of an object to Stripe's state. `also` runs first in the transaction that applies it (or finds
   * that a later answer is applied already).
   */
  sync(target: MirrorTarget, also?: Apply): Promise<void>;
}

const maxTries = 10;

export function createMirrors({
  database,
  readers,
}: {
  readonly database: Database;
  readonly readers: Readonly<Record<MirrorKind, ReadMirror>>;
}): Mirrors {
  const fetches = createFetches(database);
  return {
    async sync({ kind, id }, also) {
      for (let tries = 1; tries <= maxTries; tries++) {
        const ticket = await fetches.ask(database, id);
        const apply = await readers[kind](id);
        const settle = () =>
          database.transaction(async (tx) => {
            const verdict = await fetches.claim(tx, id, ticket);
            if (verdict !== "superseded") await also?.(tx);
            if (verdict === "applies") await apply(tx);
            return verdict;
          });
        if ((await settle()) !== "superseded") return;
        // Whoever asked later applies it, as a rule; if they do not, we ask again. Random, so that two do not chase each other.
        await pause(20 + Math.random() * 50 * tries);
        if ((await settle()) !== "superseded") return;
      }
      throw paymentsErrors.stripe_unavailable({ detail: `Too many ask for ${id} at once.` });
    },
  };
}
