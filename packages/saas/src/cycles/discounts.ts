/** Discounts of a subject: for one cycle, for some, or for ever. */
import { type Clock, decimal, isRevopsError, isStorableText } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { and, asc, eq, isNull, sql } from "drizzle-orm";
import { saasErrors } from "../errors.ts";
import type { Discount } from "../rating/discount.ts";
import { saasTables } from "../schema.ts";
import { checkSubjectId } from "../subject.ts";

/** A discount and how far it has come. */
export interface SubjectDiscount extends Discount {
  /** How many cycles it is for: 1 is once; null is for ever. */
  readonly cycles: number | null;
  /** How many closed cycles it was applied to. */
  readonly applied: number;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

export interface DiscountInput {
  readonly subjectId: string;
  /** The giver's own name for it: given again, nothing changes. */
  readonly id: string;
  /** For people; stands on the statement. */
  readonly name: string;
  /** More than 0, at most 100: "12.5" or 20. */
  readonly percent?: number | string | undefined;
  /** Minor units of the plans' currency, for each cycle. */
  readonly amount?: number | undefined;
  /** `once`, a number of cycles, or `forever`. A cycle that comes to nothing without it uses it up none the less. */
  readonly duration: "once" | "forever" | number;
}

export interface Discounts {
  /**
   * Gives a discount, from the cycle under way on.
   * @throws `invalid_discount`, `invalid_subject_id`
   * @example await discounts.give({ subjectId, id: "launch", name: "Launch offer", percent: 20, duration: 3 });
   */
  give(input: DiscountInput, tx?: Tx): Promise<SubjectDiscount>;
  /** Ends a discount before its time; closed cycles keep it. One that is not there changes nothing. */
  end(input: { readonly subjectId: string; readonly id: string }, tx?: Tx): Promise<void>;
  /** All that were given, oldest first. */
  list(subjectId: string, tx?: Tx): Promise<readonly SubjectDiscount[]>;
}

export interface DiscountStore extends Discounts {
  /**
   * What applies to a cycle that ends then.
   * @param open the ends of cycles before it that are not closed: they will have used discounts up
   */
  current(handle: Handle, subjectId: string, end: Date, open?: readonly Date[]): Promise<readonly SubjectDiscount[]>;
  /** Counts a closed cycle. */
  use(tx: Tx, subjectId: string, ids: readonly string[]): Promise<void>;
}

export function createDiscounts({ database, clock }: { database: Database; clock: Clock }): DiscountStore {
  const { discounts } = saasTables(database.dialect);

  const all = (handle: Handle, subjectId: string) =>
    handle.db
      .select()
      .from(discounts)
      .where(eq(discounts.subjectId, subjectId))
      .orderBy(asc(discounts.createdAt), asc(discounts.id));

  return {
    give: (input, tx) =>
      database.transaction(async (inside) => {
        const row = checkDiscount(input, clock.now());
        await inside.db.insert(discounts).values(row).onConflictDoNothing();
        const given = (await all(inside, input.subjectId)).find(({ id }) => id === input.id);
        return given ?? row;
      }, tx),

    end: ({ subjectId, id }, tx) =>
      database.transaction(async (inside) => {
        await inside.db
          .update(discounts)
          .set({ endedAt: clock.now() })
          .where(and(eq(discounts.subjectId, subjectId), eq(discounts.id, id), isNull(discounts.endedAt)));
      }, tx),

    list: (subjectId, tx) => all(tx ?? database, subjectId),

    async current(handle, subjectId, end, open = []) {
      const rows = await all(handle, subjectId);
      const isOf = ({ createdAt, endedAt }: SubjectDiscount, end: Date) =>
        createdAt < end && (endedAt === null || endedAt >= end);
      return rows.filter((row) => {
        const used = row.applied + open.filter((before) => isOf(row, before)).length;
        return isOf(row, end) && (row.cycles === null || used < row.cycles);
      });
    },

    async use(tx, subjectId, ids) {
      for (const id of ids) {
        await tx.db
          .update(discounts)
          .set({ applied: sql`${discounts.applied} + 1` })
          .where(and(eq(discounts.subjectId, subjectId), eq(discounts.id, id)));
      }
    },
  };
}

function checkDiscount({ subjectId, id, name, percent, amount, duration }: DiscountInput, now: Date) {
  checkSubjectId(subjectId);
  const invalid = (detail: string) => saasErrors.invalid_discount({ detail });
  if (typeof id !== "string" || !/^[\x21-\x7e]{1,255}$/.test(id))
    throw invalid("A discount's id is 1 to 255 visible ASCII characters.");
  if (typeof name !== "string" || name === "" || name.length > 200 || !isStorableText(name)) {
    throw invalid("A discount has a name of 1 to 200 characters.");
  }
  if ((percent === undefined) === (amount === undefined)) throw invalid("A discount is a percentage or an amount.");
  if (amount !== undefined && !(Number.isSafeInteger(amount) && amount > 0)) {
    throw invalid("An amount is a positive whole number of minor units.");
  }
  const cycles = duration === "forever" ? null : duration === "once" ? 1 : duration;
  if (cycles !== null && !(Number.isInteger(cycles) && cycles >= 1 && cycles <= 1_200)) {
    throw invalid("A discount is for once, forever, or 1 to 1,200 cycles.");
  }
  return {
    subjectId,
    id,
    name,
    percent: percent === undefined ? null : checkPercent(percent),
    amount: amount ?? null,
    cycles,
    applied: 0,
    createdAt: now,
    endedAt: null,
  };
}

function checkPercent(percent: number | string): string {
  try {
    const exact = decimal(percent);
    if (exact.gt(decimal(0)) && exact.lte(decimal(100))) return exact.toString();
  } catch (error) {
    if (!isRevopsError(error)) throw error;
  }
  throw saasErrors.invalid_discount({ detail: "A percentage is more than 0 and at most 100." });
}
