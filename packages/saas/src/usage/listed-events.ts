/** The events behind a balance, as a customer reads them. */
import { fromScaled, type JsonObject, type Page, type PageRequest, pageOf } from "@revops/core";
import type { Handle } from "@revops/database";
import { saasErrors } from "../errors.ts";
import { eventKeyPrefix } from "../metering/keys.ts";
import type { Plans } from "../plans/plans.ts";
import { checkSubjectId } from "../subject.ts";
import { type EventRow, eventsOf, type UsePosition, type UseRow, usesOf } from "./store.ts";

/** Which of a subject's events. */
export interface EventsRequest extends PageRequest {
  readonly subjectId: string;
  readonly feature?: string | undefined;
  /** As {@link ListedEvent.periodStart}. */
  readonly periodStart?: Date | undefined;
  readonly firstEntry?: number | undefined;
  readonly lastEntry?: number | undefined;
}

/** An event as it stands now; or what was used at once in calls without an id, of which nothing more is kept. */
export interface ListedEvent {
  /** The same for ever, for this event; not the caller's id, of which only a hash is kept. */
  readonly key: string;
  /** How many calls it stands for: 1 for every event that has an id. */
  readonly events: number;
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

/**
 * Events first, in the order of their keys, then uses without an id, in that of their entries.
 * @throws `invalid_subject_id`, `invalid_range`
 */
export async function listEvents(
  handle: Handle,
  plans: Plans,
  { subjectId, limit, after, ...filter }: EventsRequest,
): Promise<Page<ListedEvent>> {
  const prefix = eventKeyPrefix(checkSubjectId(subjectId));
  const position = after === undefined ? {} : positionOf(after);
  const decimalsOf = (feature: string) => (plans.isFeature(feature) ? plans.feature(feature).decimals : 0);
  const listed: ListedEvent[] = [];
  if (!position.use) {
    const rows = await eventsOf(handle, subjectId, prefix, filter, { after: position.event, limit: limit + 1 });
    listed.push(...rows.map((row) => listedEvent(row, decimalsOf(row.feature))));
  }
  if (listed.length <= limit) {
    const left = { after: position.use, limit: limit + 1 - listed.length };
    const rows = await usesOf(handle, subjectId, filter, left);
    listed.push(...rows.map((row) => listedUse(row, decimalsOf(row.feature))));
  }
  return pageOf(listed, limit, ({ key }) => key);
}

function listedEvent({ key, periodStart, quantity, metadata, ...row }: EventRow, decimals: number): ListedEvent {
  return {
    ...row,
    key: key.toString("hex"),
    events: 1,
    periodStart: listedStart(periodStart),
    quantity: fromScaled(quantity, decimals),
    metadata: metadata as JsonObject | null,
  };
}

function listedUse({ counterKey, periodStart, quantity, at, ...row }: UseRow, decimals: number): ListedEvent {
  return {
    ...row,
    key: counterKey.toString("hex") + row.entry.toString(16).padStart(entryDigits, "0"),
    periodStart: listedStart(periodStart),
    quantity: fromScaled(quantity, decimals),
    counts: true,
    voided: false,
    occurredAt: at,
    recordedAt: at,
    metadata: null,
  };
}

/** Standing counts, which have no period, are kept under 1970. */
function listedStart(periodStart: Date): Date | null {
  return periodStart.getTime() === 0 ? null : periodStart;
}

/** A balance has at most 2^53 entries. */
const entryDigits = 14;

/** @throws `invalid_range` */
function positionOf(after: string): { readonly event?: Buffer; readonly use?: UsePosition } {
  const [, key, entry] = /^([0-9a-f]{32})([0-9a-f]{14})?$/.exec(after) ?? [];
  if (key === undefined) throw saasErrors.invalid_range({ detail: "That is no position in a list of events." });
  const bytes = Buffer.from(key, "hex");
  return entry === undefined ? { event: bytes } : { use: { counterKey: bytes, entry: Number.parseInt(entry, 16) } };
}
