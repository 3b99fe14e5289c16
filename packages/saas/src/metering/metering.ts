/** The one engine behind `record` and `consume`: checks an event, then counts it in a group or in the caller's transaction. */
import type { Logger } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import { checkSubjectId } from "../subject.ts";
import { countAlone } from "./alone.ts";
import type { CheckedEvent, Outcome } from "./batch.ts";
import { type Counted, type CountOptions, countEvents } from "./count.ts";
import type { Consumption } from "./event.ts";
import { checkEventId, checkOccurredAt, countedFeature, type Lateness, scaledQuantity } from "./event-rules.ts";
import { createGroupCommit } from "./group-commit.ts";
import { createEventKeys } from "./keys.ts";
import { metadataText } from "./metadata.ts";
import { groupsOf, matches, meterOf } from "./meter.ts";
import type { Remembered } from "./remembered.ts";
import { createSubjects } from "./subjects.ts";

export interface Metering {
  /**
   * Checks an event against every rule that needs no database.
   * @throws `unknown_feature`, `feature_not_counted`, `invalid_quantity`, `invalid_event_id`, `invalid_metadata`,
   *   `invalid_time`, `event_in_future`, `event_too_old`, `invalid_subject_id`
   */
  check(input: Consumption): CheckedEvent;
  /**
   * Counts a checked event. Resolves when it is durable; inside `tx`, when it is written there.
   * @throws `subject_not_found`, `usage_not_stored`, `handle_outside_transaction` inside a transaction that was not handed
   *   on, and what the database throws
   */
  count(event: CheckedEvent, tx?: Tx): Promise<Outcome>;
  /** Counts events in their order; an error that is one event's alone is its result. */
  countAll(events: readonly CheckedEvent[], tx?: Tx): Promise<Counted[]>;
}

export interface MeteringOptions extends CountOptions {
  readonly database: Database;
  readonly logger: Logger;
  readonly lateness: Lateness;
  /** Told of each balance that a commit has shown. */
  readonly remembered: Remembered;
}

export function createMetering(options: MeteringOptions): Metering {
  const { database, clock, plans, logger, lateness, remembered } = options;
  const keys = createEventKeys();
  // Only for transactions of our own: what a caller's transaction sees may be rolled back.
  const known = { subjects: createSubjects(), remembered, repeats: { expected: false } };
  const grouped = createGroupCommit<CheckedEvent, Outcome>({
    database,
    logger,
    writeAlone: (by, events) => countAlone(by, events, options, known),
    write: (tx, events) => countEvents(tx, events, options, known),
  });

  async function countInside(event: CheckedEvent, tx: Tx): Promise<Outcome> {
    const [result] = await countEvents(tx, [event], options, null);
    if (result === undefined || result instanceof Error) throw result;
    return result;
  }

  return {
    check({ subjectId, id, feature: featureId, quantity, occurredAt, metadata }) {
      const feature = countedFeature(plans, featureId);
      const now = clock.now();
      checkSubjectId(subjectId);
      let key = id === undefined ? undefined : keys.of(subjectId, checkEventId(id));
      return {
        subjectId,
        feature,
        quantity: scaledQuantity(feature, quantity),
        named: id !== undefined,
        key: () => {
          key ??= keys.fresh(subjectId);
          return key;
        },
        occurredAt: checkOccurredAt(occurredAt, now, lateness),
        metadata: metadataText(metadata),
        counts: matches(meterOf(feature), metadata),
        groups: groupsOf(feature, metadata),
      };
    },

    // No async function around a promise that is there already: on the path of every request that is charged.
    count: (event, tx) => (tx ? countInside(event, tx) : grouped(event)),

    async countAll(events, tx) {
      if (tx) return countEvents(tx, events, options, null);
      const settled = await Promise.allSettled(events.map(grouped));
      return settled.map((result) => (result.status === "fulfilled" ? result.value : (result.reason as Error)));
    },
  };
}
