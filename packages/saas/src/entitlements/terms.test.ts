import { systemClock } from "@revops/core";
import { expect, test } from "vitest";
import { createCatalog } from "../plans/catalog.ts";
import { standardPlans } from "../plans/standard.ts";
import { usagePeriod } from "./terms.ts";
import { assignedTerms, endedTerms, openingTerms } from "./transition.ts";

const date = (text: string) => new Date(text);
const catalog = createCatalog(standardPlans, { dialect: "sqlite" }, systemClock);
const signUp = date("2026-01-10T08:00:00Z");
const free = openingTerms("usr_1", catalog, signUp);
const period = {
  anchor: date("2026-01-31T12:00:00Z"),
  interval: "month",
  start: date("2026-01-31T12:00:00Z"),
  end: date("2026-02-28T12:00:00Z"),
} as const;
const pro = assignedTerms(free, { tier: "pro", status: "active", period }, catalog, date("2026-01-31T12:00:01Z"));

test("a free tier's usage starts again every 30 days from sign-up, to the millisecond", () => {
  const second = date("2026-02-09T08:00:00Z");
  expect(usagePeriod(free, date("2026-02-09T07:59:59.999Z"))).toEqual({ start: signUp, end: second });
  expect(usagePeriod(free, second).start).toEqual(second);
});

test("an upgrade cuts the period it falls into", () => {
  expect(usagePeriod(pro, date("2026-02-03T00:00:00Z"))).toEqual({
    start: date("2026-01-31T12:00:01Z"),
    end: period.end,
  });
});

test("a period that Stripe has not told yet is the one that it will tell, on the 31st too", () => {
  const computed = usagePeriod(pro, date("2026-03-01T00:00:00Z"));
  expect(computed).toEqual({ start: date("2026-02-28T12:00:00Z"), end: date("2026-03-31T12:00:00Z") });
  const told = assignedTerms(
    pro,
    { tier: "pro", status: "active", period: { ...period, ...computed } },
    catalog,
    date("2026-03-01T00:00:01Z"),
  );
  expect(usagePeriod(told, date("2026-03-01T00:00:02Z"))).toEqual(computed);
  // The hand-over itself, before and after: no instant belongs to two periods, none to none.
  expect(usagePeriod(told, date("2026-02-28T11:59:59.999Z"))).toEqual(
    usagePeriod(pro, date("2026-02-28T11:59:59.999Z")),
  );
});

test("a period off the anchor's beat meets the reckoned ones without gap or overlap", () => {
  const trial = { ...period, start: date("2026-02-01T00:00:00Z"), end: date("2026-02-15T00:00:00Z") };
  const terms = { ...pro, billedStart: trial.start, billedEnd: trial.end, usageSince: signUp };
  expect(usagePeriod(terms, trial.end)).toEqual({ start: trial.end, end: date("2026-02-28T12:00:00Z") });
  expect(usagePeriod(terms, date("2026-01-31T23:00:00Z"))).toEqual({ start: period.anchor, end: trial.start });
});

test("Stripe's clock ahead of ours: a second delivery finds the same period", () => {
  const ahead = { ...period, start: date("2026-01-31T12:00:02Z") };
  const first = assignedTerms(
    free,
    { tier: "pro", status: "active", period: ahead },
    catalog,
    date("2026-01-31T12:00:00Z"),
  );
  const again = assignedTerms(
    first,
    { tier: "pro", status: "active", period: ahead },
    catalog,
    date("2026-01-31T12:00:05Z"),
  );
  expect(again).toBe(first);
  expect(usagePeriod(first, first.since).start).toEqual(ahead.start);
});

test.each(["active", "trialing", "past_due"] as const)("%s keeps the tier", (status) => {
  expect(assignedTerms(pro, { tier: "pro", status, period }, catalog, pro.since)).toMatchObject({
    tier: "pro",
    status,
  });
});

test.each(["unpaid", "paused", "canceled", "incomplete_expired"] as const)("%s ends it, once", (status) => {
  const now = date("2026-02-10T00:00:00Z");
  const ended = assignedTerms(pro, { tier: "pro", status, period }, catalog, now);
  expect(ended).toMatchObject({ tier: "free", status: "active", interval: "30_days", anchor: now, usageSince: now });
  expect(assignedTerms(ended, { tier: "pro", status, period }, catalog, date("2026-02-11T00:00:00Z"))).toBe(ended);
});

test("a first payment under way grants nothing and takes nothing away", () => {
  expect(assignedTerms(free, { tier: "pro", status: "incomplete", period }, catalog, period.start)).toBe(free);
  expect(assignedTerms(pro, { tier: "enterprise", status: "incomplete" }, catalog, period.start)).toBe(pro);
});

test("repeating the end gains no fresh quota, and an end in the past does not reach behind the last change", () => {
  expect(endedTerms(free, catalog, date("2026-02-01T00:00:00Z"))).toBe(free);
  expect(endedTerms(pro, catalog, date("2026-02-01T00:00:00Z"), signUp).anchor).toEqual(pro.since);
});

test("a custom contract without Stripe runs in 30-day cycles from the upgrade", () => {
  const now = date("2026-02-10T00:00:00Z");
  const custom = assignedTerms(pro, { tier: "enterprise", status: "active" }, catalog, now);
  expect(usagePeriod(custom, now)).toEqual({ start: now, end: date("2026-03-12T00:00:00Z") });
});

test("a period that ends before it starts is refused", () => {
  const backwards = { ...period, end: period.start };
  expect(() => assignedTerms(free, { tier: "pro", status: "active", period: backwards }, catalog, signUp)).toThrow(
    expect.objectContaining({ code: "invalid_period" }),
  );
});
