/** A statement as JSON keeps it: the same, with times as texts. */
import type { BoughtAddOn } from "../entitlements/agreement.ts";
import type { Discount } from "../rating/discount.ts";
import type { EventsReference, Restatement, Statement, StatementLine, Step } from "../rating/statement.ts";

type StoredEvents = Omit<EventsReference, "periodStart"> & { readonly periodStart: string | null };
type StoredRestatement = Omit<Restatement, "lines"> & { readonly lines: readonly StoredLine[] };
type StoredLine = Omit<StatementLine, "arithmetic" | "events" | "restates"> & {
  /** Statements of before steps had terms are kept as they were. */
  readonly arithmetic: readonly (Omit<Step, "terms"> & Partial<Pick<Step, "terms">>)[];
  readonly events: StoredEvents | null;
  readonly restates: StoredRestatement | null;
};

export type StoredStatement = Omit<Statement, "lines"> & { readonly lines: readonly StoredLine[] };

export function storeStatement({ lines, ...rest }: Statement): StoredStatement {
  return { ...rest, lines: lines.map(storeLine) };
}

export function readStatement({ lines, ...rest }: StoredStatement): Statement {
  return { ...rest, lines: lines.map(readLine) };
}

/** What a closed cycle was rated by, besides its use and the terms of its day. */
export interface StoredBasis {
  readonly period: readonly [start: string, end: string];
  readonly part: readonly [start: string, end: string];
  readonly discounts: readonly Discount[];
  /** Left out by cycles that were closed before add-ons were charged by the time for which they were had. */
  readonly addOns?: readonly (BoughtAddOn & { readonly part: readonly [start: string, end: string] })[];
}

function storeLine({ events, restates, ...line }: StatementLine): StoredLine {
  return {
    ...line,
    events: events && { ...events, periodStart: events.periodStart?.toISOString() ?? null },
    restates: restates && { ...restates, lines: restates.lines.map(storeLine) },
  };
}

function readLine({ arithmetic, events, restates, ...line }: StoredLine): StatementLine {
  return {
    ...line,
    arithmetic: arithmetic.map((step) => ({ ...step, terms: step.terms ?? [] })),
    events: events && { ...events, periodStart: events.periodStart === null ? null : new Date(events.periodStart) },
    restates: restates && { ...restates, lines: restates.lines.map(readLine) },
  };
}
