/** The events behind a balance, as a customer reads them. */
import { fromScaled, type JsonObject, type Page, type PageRequest, pageOf } from "@revops/core";
import type { Handle } from "@revops/database";
import { saasErrors } from "../errors.ts";
import { eventKeyPrefix } from "../metering/keys.ts";
import type { Plans } from "../plans/plans.ts";
import { checkSubjectId } from "../subject.ts";
import { type EventRow, eventsOf } from "./store.ts";

/** Which of a subject's events. */
export interface EventsRequest extends PageRequest {
  readonly subjectId: string;
  readonly feature?: string | undefined;
  /** As {@link ListedEvent.periodStart}. */
  readonly periodStart?: Date | undefined;
  readonly firstEntry?: number | undefined;
  readonly lastEntry?: number | undefined;
}

/** An event as it stands now. */
export interface ListedEvent {
  /** The same for ever, for this event; not the caller's id, of which only a hash is kept. */
  readonly key: string;
  readonly feature: string;
  /** The start of the usage period it counts to; null for standing counts. */
  readonly periodStart: Date | null;
  /** The ledger entry that counted it. */
  readonly entry: number;
  /** In the feature's unit, as text; "0" once it is void. */
  readonly quantity: string;
  /** Whether it counts: not if it is void, or if the meter's filters leave it out. */
  readonly counts: boolean;
  readonly voided: boolean;
  readonly occurredAt: Date;
  readonly recordedAt: Date;
  readonly metadata: JsonObject | null;
}

/** @throws `invalid_subject_id`, `invalid_range` */
export async function listEvents(
  handle: Handle,
  plans: Plans,
  { subjectId, limit, after, ...filter }: EventsRequest,
): Promise<Page<ListedEvent>> {
  const prefix = eventKeyPrefix(checkSubjectId(subjectId));
  const rows = await eventsOf(handle, subjectId, prefix, filter, {
    after: after === undefined ? undefined : positionOf(after),
    limit: limit + 1,
  });
  return pageOf(
    rows.map((row) => listedEvent(row, plans.isFeature(row.feature) ? plans.feature(row.feature).decimals : 0)),
    limit,
    ({ key }) => key,
  );
}

function listedEvent({ key, periodStart, quantity, metadata, ...row }: EventRow, decimals: number): ListedEvent {
  return {
    ...row,
    key: key.toString("hex"),
    periodStart: periodStart.getTime() === 0 ? null : periodStart,
    quantity: fromScaled(quantity, decimals),
    metadata: metadata as JsonObject | null,
  };
}

/** @throws `invalid_range` */
function positionOf(after: string): Buffer {
  if (/^[0-9a-f]{32}$/.test(after)) return Buffer.from(after, "hex");
  throw saasErrors.invalid_range({ detail: "That is no position in a list of events." });
}
