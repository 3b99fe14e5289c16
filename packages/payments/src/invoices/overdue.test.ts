import { money } from "@revops/core";
import { expect, test } from "vitest";
import type { Invoice } from "./invoice.ts";
import { describeInvoice, isOverdue, isSettled } from "./overdue.ts";

const due = new Date("2026-02-01T00:00:00Z");
const before = new Date(due.getTime() - 1);
const after = new Date(due.getTime() + 1);
const sent = { status: "open", automatic: false, attemptCount: 0, dueDate: due } as const;
const charged = { status: "open", automatic: true, attemptCount: 0, dueDate: null } as const;

test.for([
  ["sent, before its due date", sent, before, false],
  ["sent, at its due date to the millisecond", sent, due, false],
  ["sent, after its due date", sent, after, true],
  ["sent and paid", { ...sent, status: "paid" }, after, false],
  ["charged, before the first try", charged, after, false],
  ["charged, after a try that failed", { ...charged, attemptCount: 1 }, after, true],
  ["charged and given up", { ...charged, attemptCount: 4, status: "uncollectible" }, after, false],
] as const)("overdue: %s", ([, invoice, now, overdue]) => {
  expect(isOverdue(invoice, now)).toBe(overdue);
});

test("an invoice in one line for people, in its currency", () => {
  const invoice: Invoice = {
    id: "inv_1",
    stripeInvoiceId: "in_1",
    stripeSubscriptionId: null,
    subjectId: "usr_1",
    number: "RV-0001",
    status: "open",
    amountDue: money(2_900, "jpy"),
    amountPaid: money(900, "jpy"),
    amountRemaining: money(2_000, "jpy"),
    periodStart: before,
    periodEnd: after,
    dueDate: due,
    paidAt: null,
    overdue: true,
    attemptCount: 0,
    nextAttemptAt: null,
    hostedUrl: null,
    createdAt: before,
  };
  expect(describeInvoice(invoice)).toBe("RV-0001: ¥2,000 of ¥2,900 overdue");
  expect(describeInvoice({ ...invoice, status: "paid", number: null })).toBe("inv_1: ¥2,900 paid");
  expect([isSettled(invoice), isSettled({ status: "void" })]).toEqual([false, true]);
});
