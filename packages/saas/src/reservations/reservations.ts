/** Setting units aside, then using or releasing them: for work whose size is known only at its end. */
import { type JsonObject, type Logger, type Page, type PageRequest, scaledToNumber, secondMs } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import { addsUp } from "../credits/rates.ts";
import { saasErrors } from "../errors.ts";
import { checkEventId, countedFeature, scaledQuantity } from "../metering/event-rules.ts";
import { createGroupCommit } from "../metering/group-commit.ts";
import { metadataText } from "../metering/metadata.ts";
import type { Verdict } from "../quotas/verdict.ts";
import { verdictOf } from "../quotas/verdict-of.ts";
import { checkSubjectId } from "../subject.ts";
import { reservationKey } from "./keys.ts";
import type { Operation, OperationResult } from "./operations.ts";
import type { Reservation } from "./reservation.ts";
import { type SettleOptions, settleReservations } from "./settle.ts";
import type { ReservationRow } from "./store.ts";

/** A wish to set units aside. */
export interface ReserveInput<Feature extends string = string> {
  readonly subjectId: string;
  /** The caller's name for it: 1 to 255 visible ASCII characters, once for ever per subject. */
  readonly id: string;
  readonly feature: Feature;
  /** In the feature's unit, above 0; 1 if left out. */
  readonly quantity?: number | string | undefined;
  /** When the units are free again unless they were committed: 1 second to 7 days, 15 minutes if left out. */
  readonly expiresInSeconds?: number | undefined;
}

/** What became of a wish. */
export interface ReserveResult {
  /** null where nothing could be set aside; the verdict says why. */
  readonly reservation: Reservation | null;
  /** This id was reserved before; nothing was set aside now. */
  readonly duplicate: boolean;
  readonly verdict: Verdict;
}

/** What became of a reservation. */
export interface SettledReservation {
  readonly reservation: Reservation;
  /** It had ended this way before; nothing changed now. */
  readonly duplicate: boolean;
  readonly verdict: Verdict;
}

export interface Reservations<Feature extends string = string> {
  /**
   * Sets units aside if the plan allows their use: until they are committed, released or expired they count as used, so
   * that nobody else takes them. Draws, caps and the period are those of this moment, whenever the commit comes.
   *
   * @throws `subject_not_found`, `unknown_feature`, `feature_not_counted`, `invalid_quantity`, `invalid_event_id`,
   *   `invalid_time`, `usage_not_stored`
   * @example
   * const { reservation, verdict } = await quotas.reserve({ subjectId, id: job.id, feature: "token", quantity: 4_000 });
   * if (!reservation) return refuse(verdict);
   */
  reserve(input: ReserveInput<Feature>, tx?: Tx): Promise<ReserveResult>;

  /**
   * Counts what was used of a reservation, as one event of the moment in which it was reserved, and frees the rest.
   *
   * More than was reserved is counted if the rest of it still fits; otherwise nothing changes and the reservation stays as it
   * is, unless `beyond: "count"` says that it was used anyway: then all of it counts, past the limit. A commit after the
   * end is counted if all of it still fits, and is refused with `reservation_expired` otherwise.
   *
   * Again: the first answer. An id counts once, whatever quantity it comes with later.
   *
   * @throws `quota_exceeded`, `reservation_expired`, `reservation_released`, `reservation_not_found`, `invalid_quantity`,
   *   `invalid_metadata`, `usage_not_stored`
   */
  commit(
    input: {
      readonly subjectId: string;
      readonly id: string;
      /** What was used, in the feature's unit, 0 or more; all that was reserved if left out. */
      readonly quantity?: number | string | undefined;
      readonly beyond?: "refuse" | "count" | undefined;
      readonly metadata?: JsonObject | undefined;
    },
    tx?: Tx,
  ): Promise<SettledReservation>;

  /**
   * Frees a reservation. One that has expired, or was released before, stays as it is.
   * @throws `reservation_committed`, `reservation_not_found`, `usage_not_stored`
   */
  release(input: { readonly subjectId: string; readonly id: string }, tx?: Tx): Promise<SettledReservation>;

  /** @throws `reservation_not_found` */
  reservation(input: { readonly subjectId: string; readonly id: string }, tx?: Tx): Promise<Reservation>;

  /** A subject's reservations, youngest first. */
  reservations(subjectId: string, page: PageRequest, tx?: Tx): Promise<Page<Reservation>>;

  /**
   * Writes down which reservations have expired. Nothing depends on it: whoever needs the units frees them. It keeps the
   * table of what is held small. Safe to run on several instances.
   * @returns how many it found, at most `limit` (1,000 if left out)
   */
  sweep(input?: { readonly limit?: number }): Promise<number>;
}

export interface ReservationsOptions extends SettleOptions {
  readonly database: Database;
  readonly logger: Logger;
}

const defaultSeconds = 900;
const maxSeconds = 604_800;
const defaultSweep = 1_000;

export function createReservations(options: ReservationsOptions): Reservations {
  const { database, clock, plans, logger, reservations: store } = options;
  const grouped = createGroupCommit<Operation, OperationResult>({
    database,
    logger,
    write: (tx, operations) => settleReservations(tx, operations, options),
  });

  async function run(operation: Operation, tx: Tx | undefined): Promise<OperationResult> {
    if (!tx) return grouped(operation);
    const [result] = await settleReservations(tx, [operation], options);
    if (result === undefined || result instanceof Error) throw result;
    return result;
  }

  async function settled(operation: Operation, tx: Tx | undefined): Promise<SettledReservation> {
    const { row, duplicate, outcome } = await run(operation, tx);
    if (!row) throw new Error("A reservation that was found has a row.");
    return { reservation: shown(row), duplicate, verdict: verdictOf(outcome, plans) };
  }

  function shown(row: ReservationRow): Reservation {
    const { id, subjectId, feature: featureId, quantity, committed, reservedAt, expiresAt, endedAt } = row;
    const { decimals } = plans.feature(featureId);
    const over = row.state === "held" && expiresAt <= clock.now();
    return {
      ...{ id, subjectId, feature: featureId, reservedAt, expiresAt },
      quantity: scaledToNumber(quantity, decimals),
      state: over ? "expired" : row.state,
      committed: committed === null ? null : scaledToNumber(committed, decimals),
      endedAt: over ? expiresAt : endedAt,
    };
  }

  const named = ({ subjectId, id }: { readonly subjectId: string; readonly id: string }) => ({
    subjectId: checkSubjectId(subjectId),
    id: checkEventId(id),
    key: reservationKey(subjectId, id),
  });

  return {
    async reserve({ feature: featureId, quantity, expiresInSeconds = defaultSeconds, ...input }, tx) {
      const feature = countedFeature(plans, featureId);
      if (!addsUp(feature)) {
        throw saasErrors.feature_not_counted({ detail: `"${featureId}" does not add up, so no part can be reserved.` });
      }
      const scaled = scaledQuantity(feature, quantity);
      if (scaled <= 0) throw saasErrors.invalid_quantity({ detail: "What is reserved is above 0." });
      if (!(expiresInSeconds >= 1 && expiresInSeconds <= maxSeconds)) {
        throw saasErrors.invalid_time({ detail: "A reservation lasts from 1 second to 7 days." });
      }
      const expiresAt = new Date(clock.now().getTime() + Math.round(expiresInSeconds * secondMs));
      const operation = { kind: "reserve", ...named(input), feature, quantity: scaled, expiresAt } as const;
      const { row, duplicate, outcome } = await run(operation, tx);
      return { reservation: row ? shown(row) : null, duplicate, verdict: verdictOf(outcome, plans) };
    },

    async commit({ quantity = null, beyond = "refuse", metadata, ...input }, tx) {
      metadataText(metadata);
      return settled({ kind: "commit", ...named(input), quantity, beyond, metadata }, tx);
    },

    release: async (input, tx) => settled({ kind: "release", ...named(input) }, tx),

    async reservation(input, tx) {
      const [row] = await store.byKeys(tx ?? database, [named(input).key]);
      if (!row) throw saasErrors.reservation_not_found({ detail: `There is no reservation "${input.id}".` });
      return shown(row);
    },

    async reservations(subjectId, page, tx) {
      const { data, next } = await store.list(tx ?? database, checkSubjectId(subjectId), page);
      return { data: data.map(shown), next };
    },

    async sweep({ limit = defaultSweep } = {}) {
      const overdue = await store.overdue(database, clock.now(), limit);
      if (overdue.length === 0) return 0;
      const operations = overdue.map(({ key, subjectId, id }) => ({ kind: "expire", key, subjectId, id }) as const);
      await Promise.all(operations.map((operation) => grouped(operation)));
      return overdue.length;
    },
  };
}
