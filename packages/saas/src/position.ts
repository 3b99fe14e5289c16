/** Where a page of a list ended that is in the order of time: `<milliseconds>/<id>`. */
import { saasErrors } from "./errors.ts";

export interface Position {
  readonly at: Date;
  readonly id: string;
}

export function positionText({ at, id }: Position): string {
  return `${at.getTime()}/${id}`;
}

/** @throws `invalid_range` where no page ended with that */
export function positionOf(after: string): Position {
  // Positions among cycles had no id once.
  const [, time, id = ""] = /^(\d{1,16})(?:\/(.*))?$/s.exec(after) ?? [];
  const at = new Date(Number(time));
  if (Number.isNaN(at.getTime())) throw invalid();
  return { at, id };
}

/** Where a page of a ledger ended, which is in the order of its entries. @throws `invalid_range` */
export function entryOf(after: string): number {
  const entry = Number(after);
  if (!Number.isSafeInteger(entry) || entry < 0) throw invalid();
  return entry;
}

function invalid() {
  return saasErrors.invalid_range({ detail: "That is no position in a list." });
}
