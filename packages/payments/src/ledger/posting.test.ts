import { expect, test } from "vitest";
import { checkPosting, type Posting } from "./posting.ts";

const posting: Posting = {
  id: "txn:txn_1",
  at: new Date("2026-01-31T12:00:00Z"),
  kind: "charge",
  reference: "pi_1",
  currency: "usd",
  entries: [
    { account: "stripe:balance", amount: 841 },
    { account: "stripe:fees", amount: 59 },
    { account: "revenue:payments", amount: -900 },
  ],
};
const entries = (...amounts: number[]) => amounts.map((amount) => ({ account: "refunds", amount }));
const huge = Number.MAX_SAFE_INTEGER;

test.for<[string, Partial<Posting>]>([
  ["three balanced entries", {}],
  ["an entry of nothing", { entries: entries(0) }],
  ["sums beyond the safe integers on the way to zero", { entries: entries(huge, huge, -huge, -huge) }],
  ["a seller of any id", { entries: [{ account: "seller:usr_01ABC-d", amount: 0 }] }],
])("taken: %s", ([, change]) => {
  expect(() => checkPosting({ ...posting, ...change })).not.toThrow();
});

test.for<[string, Partial<Posting>, string]>([
  ["a cent too much", { entries: entries(900, -899) }, "unbalanced_posting"],
  // In floating point these sum to 0.
  ["what a float would lose", { entries: entries(huge, huge, -huge, -huge, 1, 0) }, "unbalanced_posting"],
  ["half a cent", { entries: entries(0.5, -0.5) }, "invalid_posting"],
  ["an amount that is no number", { entries: entries(Number.NaN) }, "invalid_posting"],
  ["no id", { id: "" }, "invalid_posting"],
  ["an id that PostgreSQL refuses", { id: "a\u0000" }, "invalid_posting"],
  ["a currency in capitals", { currency: "USD" }, "invalid_posting"],
  ["an account with a blank", { entries: [{ account: "stripe balance", amount: 0 }] }, "invalid_posting"],
  ["an account without a name after its colon", { entries: [{ account: "seller:", amount: 0 }] }, "invalid_posting"],
  ["no time", { at: new Date(Number.NaN) }, "invalid_posting"],
])("refused: %s", ([, change, code]) => {
  expect(() => checkPosting({ ...posting, ...change })).toThrow(expect.objectContaining({ code }));
});
