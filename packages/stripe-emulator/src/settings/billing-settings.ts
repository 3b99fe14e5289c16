import type { Handle } from "../store/database.ts";

/** What becomes of a subscription when its invoice could not be collected for the last time. */
export type AfterLastRetry = "cancel" | "unpaid" | "past_due";

/**
 * What one sets in Stripe's dashboard under Billing, since there is no API for it.
 * Source: https://docs.stripe.com/billing/revenue-recovery/smart-retries
 */
export interface BillingSettings {
  /** `cancel` unless told. */
  afterLastRetry: AfterLastRetry;
  /** Days from each failed try to the next. 3, 5 and 7 unless told. */
  retryDays: readonly number[];
}
export interface BillingSettingsStore {
  read(): BillingSettings;
  /** Sets what is given; the rest stays. @throws RangeError for what cannot be. */
  write(change: Partial<BillingSettings>): BillingSettings;
}

const defaults: BillingSettings = { afterLastRetry: "cancel", retryDays: [3, 5, 7] };
const choices: readonly AfterLastRetry[] = ["cancel", "unpaid", "past_due"];

/** Kept with the state. */
export function createBillingSettings(database: Handle): BillingSettingsStore {
  const find = database.prepare<[], { value: string }>("select value from settings where key = 'billing'");
  const keep = database.prepare(
    "insert into settings (key, value) values ('billing', ?) on conflict (key) do update set value = excluded.value",
  );
  const read = (): BillingSettings => {
    const kept = find.get();
    return kept === undefined ? defaults : { ...defaults, ...(JSON.parse(kept.value) as Partial<BillingSettings>) };
  };
  return {
    read,
    write(change) {
      const next = { ...read(), ...change };
      if (!choices.includes(next.afterLastRetry))
        throw new RangeError(`afterLastRetry must be one of ${choices.join(", ")}.`);
      const days: unknown = next.retryDays;
      if (
        !Array.isArray(days) ||
        days.length > 20 ||
        !days.every((day) => typeof day === "number" && day > 0 && day <= 60)
      )
        throw new RangeError("retryDays must be a list of at most 20 numbers of days, each above 0 and at most 60.");
      keep.run(JSON.stringify(next));
      return next;
    },
  };
}
