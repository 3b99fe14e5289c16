/** Units that are set aside before it is known how many will be used. */

/**
 * - `held`: set aside; counts against the limit
 * - `committed`: counted as use
 * - `released`: given back by its holder
 * - `expired`: given back by its end
 */
export type ReservationState = "held" | "committed" | "released" | "expired";

/** A reservation. Quantities in the feature's unit. */
export interface Reservation {
  readonly id: string;
  readonly subjectId: string;
  readonly feature: string;
  readonly quantity: number;
  /** `expired` from its end on, whether or not anybody looked since. */
  readonly state: ReservationState;
  /** What was counted; null unless it was committed. */
  readonly committed: number | null;
  readonly reservedAt: Date;
  readonly expiresAt: Date;
  readonly endedAt: Date | null;
}
