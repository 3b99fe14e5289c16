/** Running sums beside a balance. */
import { digest } from "../metering/keys.ts";

/** What an hour or a day has taken, or what credits paid for in the whole period. */
export type TallyKind = "hour" | "day" | "credited";

/** A tally inside a transaction: read once, written once. */
export interface Tally {
  readonly key: Buffer;
  readonly counterKey: Buffer;
  readonly subjectId: string;
  readonly kind: TallyKind;
  readonly start: Date;
  amount: number;
  entries: number;
  /** By this transaction. */
  change: number;
}

/** Where a tally without a start of its own is kept. */
export const wholePeriod = new Date(0);

export function tallyKey(counterKey: Buffer, kind: TallyKind, start: Date): Buffer {
  return digest(`${counterKey.toString("hex")}\u0000${kind}\u0000${start.getTime()}`);
}

export function changeTally(tally: Tally, by: number): void {
  tally.amount += by;
  tally.change += by;
}
