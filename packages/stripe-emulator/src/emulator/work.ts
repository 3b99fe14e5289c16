import type { ClockHand } from "../clock/clock.ts";
import { systemTime } from "../clock/system-time.ts";
import { createEmitter } from "../events/events.ts";
import type { FaultSource } from "../faults/faults.ts";
import type { Scope } from "../scope.ts";
import type { BillingSettingsStore } from "../settings/billing-settings.ts";
import type { Handle } from "../store/database.ts";
import type { MeterEvents } from "../store/meter-events.ts";
import type { AccountStores } from "../store/objects.ts";
import type { Timers } from "../store/timers.ts";
import { react } from "./reactions.ts";

interface Origin {
  id: string | null;
  idempotencyKey: string | null;
}
export interface Work {
  /** Runs in a transaction of its own, for the platform; `at` is for steps of a clock, a request happens now. */
  run<T>(origin: Origin, work: (scope: Scope) => T, at?: number): T;
  /** The same inside a transaction that is open already: a savepoint that is undone when it throws. */
  nested<T>(work: () => T): T;
}
export interface WorkOptions {
  database: Handle;
  stores: AccountStores;
  timers: Timers;
  hand: ClockHand;
  faults: FaultSource;
  meterEvents: MeterEvents;
  settings: BillingSettingsStore;
  baseUrl(): string;
}

class Undo extends Error {}

/** Makes scopes: one transaction each, with events that are stored in it and reactions that run in it. */
export function createWork({
  database,
  stores,
  timers,
  hand,
  faults,
  meterEvents,
  settings,
  baseUrl,
}: WorkOptions): Work {
  const emit = createEmitter(database, stores, faults);
  const nested = <T>(work: () => T): T => database.transaction(work)();

  function scopeAt(now: number, origin: Origin, account: string): Scope {
    return {
      now,
      account,
      objects: stores.of(account),
      timers,
      meterEvents,
      settings: settings.read(),
      baseUrl: baseUrl(),
      inAccount(other) {
        return { ...this, account: other, objects: stores.of(other) };
      },
      emit(type, object, previous) {
        emit({
          account: this.account,
          type,
          object,
          previous,
          at: this.now,
          request: { id: origin.id, idempotency_key: origin.idempotencyKey },
          dueAt: systemTime(),
        });
        react(this, type, object);
      },
      attempt(work) {
        const outcome: { value?: ReturnType<typeof work> } = {};
        try {
          nested(() => {
            outcome.value = work(this);
            throw new Undo();
          });
        } catch (error) {
          if (!(error instanceof Undo)) throw error;
        }
        return outcome.value as ReturnType<typeof work>;
      },
    };
  }
  return {
    run: (origin, work, at) => database.transaction(() => work(scopeAt(at ?? hand.seconds(), origin, ""))).immediate(),
    nested,
  };
}
