/** The SQL of reservations. */
import { type Page, type PageRequest, pageOf } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { and, asc, desc, eq, inArray, lte, sql } from "drizzle-orm";
import { positionOf, positionText } from "../position.ts";
import { saasTables } from "../schema.ts";
import type { ReservationState } from "./reservation.ts";

export type ReservationStore = ReturnType<typeof createReservationStore>;

/** A reservation as stored; quantities in the feature's smallest unit. */
export interface ReservationRow {
  readonly key: Buffer;
  readonly counterKey: Buffer;
  readonly subjectId: string;
  readonly id: string;
  readonly feature: string;
  readonly periodStart: Date | null;
  readonly periodEnd: Date | null;
  readonly quantity: number;
  readonly state: ReservationState;
  readonly committed: number | null;
  readonly reservedAt: Date;
  readonly expiresAt: Date;
  readonly endedAt: Date | null;
}

/** How a reservation ends. */
export interface Ending {
  readonly key: Buffer;
  readonly from: ReservationState;
  readonly state: ReservationState;
  readonly committed: number | null;
  readonly endedAt: Date;
}

export function createReservationStore({ dialect }: Pick<Database, "dialect">) {
  const { reservations } = saasTables(dialect);
  // As it stands in the partial indexes: SQLite does not use one for a value that is bound.
  const held = sql`${reservations.state} = 'held'`;

  return {
    async byKeys(handle: Handle, keys: readonly Buffer[]): Promise<ReservationRow[]> {
      if (keys.length === 0) return [];
      return handle.db
        .select()
        .from(reservations)
        .where(inArray(reservations.key, [...keys]));
    },

    async insert(tx: Tx, rows: readonly ReservationRow[]): Promise<void> {
      if (rows.length > 0) await tx.db.insert(reservations).values([...rows]);
    },

    /** Ends a reservation that is still in the state it was read in; whether it was. */
    async end(tx: Tx, { key, from, state, committed, endedAt }: Ending): Promise<boolean> {
      const ended = await tx.db
        .update(reservations)
        .set({ state, committed, endedAt })
        .where(and(eq(reservations.key, key), eq(reservations.state, from)))
        .returning({ key: reservations.key });
      return ended.length > 0;
    },

    /** Held ones of these balances whose end has come. */
    async ended(handle: Handle, counterKeys: readonly Buffer[], now: Date): Promise<ReservationRow[]> {
      if (counterKeys.length === 0) return [];
      return handle.db
        .select()
        .from(reservations)
        .where(and(inArray(reservations.counterKey, [...counterKeys]), lte(reservations.expiresAt, now), held));
    },

    /** The same of these subjects' features, whatever their balance. */
    async endedOf(
      handle: Handle,
      subjectIds: readonly string[],
      features: readonly string[],
      now: Date,
    ): Promise<ReservationRow[]> {
      if (subjectIds.length === 0 || features.length === 0) return [];
      const theirs = and(
        inArray(reservations.subjectId, [...subjectIds]),
        inArray(reservations.feature, [...features]),
      );
      return handle.db
        .select()
        .from(reservations)
        .where(and(theirs, lte(reservations.expiresAt, now), held));
    },

    /** Marks those that are still held as expired; gives back which ones were. */
    async expire(tx: Tx, keys: readonly Buffer[], now: Date): Promise<ReservationRow[]> {
      if (keys.length === 0) return [];
      return tx.db
        .update(reservations)
        .set({ state: "expired", endedAt: now })
        .where(and(inArray(reservations.key, [...keys]), held))
        .returning();
    },

    /** The oldest endings of all subjects, for a sweep. */
    async overdue(handle: Handle, now: Date, limit: number): Promise<ReservationRow[]> {
      return handle.db
        .select()
        .from(reservations)
        .where(and(lte(reservations.expiresAt, now), held))
        .orderBy(asc(reservations.expiresAt))
        .limit(limit);
    },

    /** What is held of these balances, by key in hex; what has ended counts no more. */
    async heldOf(handle: Handle, counterKeys: readonly Buffer[], now: Date): Promise<Map<string, Held>> {
      if (counterKeys.length === 0) return new Map();
      const live = sql`case when ${reservations.expiresAt} > ${sql.param(now, reservations.expiresAt)} then ${reservations.quantity} else 0 end`;
      const rows = await handle.db
        .select({
          counterKey: reservations.counterKey,
          all: sql<string | number>`sum(${reservations.quantity})`,
          live: sql<string | number>`sum(${live})`,
        })
        .from(reservations)
        .where(and(inArray(reservations.counterKey, [...counterKeys]), held))
        .groupBy(reservations.counterKey);
      return new Map(
        rows.map((row) => [row.counterKey.toString("hex"), { live: Number(row.live), all: Number(row.all) }]),
      );
    },

    async list(handle: Handle, subjectId: string, { limit, after }: PageRequest): Promise<Page<ReservationRow>> {
      const before = after === undefined ? undefined : positionOf(after);
      const older = before
        ? sql`(${reservations.reservedAt}, ${reservations.id}) < (${sql.param(before.at, reservations.reservedAt)}, ${before.id})`
        : undefined;
      const rows = await handle.db
        .select()
        .from(reservations)
        .where(and(eq(reservations.subjectId, subjectId), older))
        .orderBy(desc(reservations.reservedAt), desc(reservations.id))
        .limit(limit + 1);
      return pageOf(rows, limit, ({ reservedAt: at, id }) => positionText({ at, id }));
    },
  };
}

export interface Held {
  /** Still held now. */
  readonly live: number;
  /** Including what has ended and is not given back yet. */
  readonly all: number;
}
