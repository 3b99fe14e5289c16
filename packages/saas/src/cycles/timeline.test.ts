import { dayMs, systemClock } from "@revops/core";
import { expect, test } from "vitest";
import { pricedPlans } from "../../test/priced.ts";
import type { Terms } from "../entitlements/terms.ts";
import { agreedTerms, assignedTerms, endedTerms, openingTerms } from "../entitlements/transition.ts";
import { createCatalog } from "../plans/catalog.ts";
import { cyclesOf } from "./timeline.ts";

const catalog = createCatalog(pricedPlans, { dialect: "sqlite" }, systemClock);
const date = (text: string) => new Date(text);
const signUp = date("2026-01-10T08:00:00Z");
const free = openingTerms("usr_1", catalog, signUp);
const period = {
  anchor: date("2026-01-31T12:00:00Z"),
  interval: "month",
  start: date("2026-01-31T12:00:00Z"),
  end: date("2026-02-28T12:00:00Z"),
} as const;
const to = (terms: Terms, tier: string, at: string, more = {}) =>
  assignedTerms(terms, { tier, status: "active", ...more }, catalog, date(at));
const shown = (history: readonly Terms[], now: string) =>
  cyclesOf(history, date(now)).map(({ start, end, terms }) => [terms.tier, start.toISOString(), end.toISOString()]);

test("cycles tile a subject's time: an upgrade cuts one, a renewal told late does not", () => {
  const pro = to(free, "pro", "2026-01-31T12:00:01Z", { period });
  const next = { ...period, start: period.end, end: date("2026-03-31T12:00:00Z") };
  const renewed = to(pro, "pro", "2026-02-28T12:10:00Z", { period: next });
  const team = to(renewed, "team", "2026-03-10T00:00:00Z", { period: next });
  expect(shown([free, pro, renewed, team], "2026-04-02T00:00:00Z")).toEqual([
    ["free", "2026-01-10T08:00:00.000Z", "2026-01-31T12:00:01.000Z"],
    ["pro", "2026-01-31T12:00:01.000Z", "2026-02-28T12:00:00.000Z"],
    ["pro", "2026-02-28T12:00:00.000Z", "2026-03-10T00:00:00.000Z"],
    ["team", "2026-03-10T00:00:00.000Z", "2026-03-31T12:00:00.000Z"],
    ["team", "2026-03-31T12:00:00.000Z", "2026-04-30T12:00:00.000Z"],
  ]);
});

test("what a price is for, and how much of it is to be paid: a start, an upgrade, an end", () => {
  const pro = to(free, "pro", "2026-01-31T12:05:00Z", { period });
  const team = to(pro, "team", "2026-02-10T00:00:00Z", { period });
  const ended = endedTerms(team, catalog, date("2026-02-20T00:00:00Z"));
  const [, first, second] = cyclesOf([free, pro, team, ended], date("2026-02-21T00:00:00Z"));
  const { start, end } = period;
  // Heard of five minutes late, paid for as a whole; then up to the upgrade.
  expect(first).toMatchObject({ period: { start, end }, part: { start, end: date("2026-02-10T00:00:00Z") } });
  // From the upgrade on; ended before its time, it is not paid back.
  expect(second).toMatchObject({ period: { start, end }, part: { start: date("2026-02-10T00:00:00Z"), end } });
});

test("an upgrade before the renewal is told of pays for what is left of the renewed period", () => {
  const pro = to(free, "pro", "2026-01-31T12:00:00Z", { period });
  const renewed = { ...period, start: period.end, end: date("2026-03-31T12:00:00Z") };
  const team = to(pro, "team", "2026-02-28T12:59:00Z", { period: renewed });
  const [, , first, second] = cyclesOf([free, pro, team], date("2026-03-01T00:00:00Z"));
  const cut = date("2026-02-28T12:59:00Z");
  expect(first).toMatchObject({ terms: { tier: "pro" }, part: { start: renewed.start, end: cut } });
  expect(second).toMatchObject({ terms: { tier: "team" }, part: { start: cut, end: renewed.end } });
});

test("a period whose payment came after the tier was lost has its price once", () => {
  const pro = to(free, "pro", "2026-01-31T12:00:00Z", { period });
  const lost = endedTerms(pro, catalog, date("2026-02-03T00:00:00Z"));
  const again = to(lost, "pro", "2026-02-05T00:00:00Z", { period });
  const [, first, between, second] = cyclesOf([free, pro, lost, again], date("2026-02-06T00:00:00Z"));
  expect([first, between, second].map((span) => span?.terms.tier)).toEqual(["pro", "free", "pro"]);
  expect(first?.part).toEqual({ start: period.start, end: period.end });
  expect(second).toMatchObject({ start: again.since, part: { start: period.end, end: period.end } });
});

test("add-ons are had from when they were bought until they were given up", () => {
  const [addOn] = pricedPlans.addOns;
  if (!addOn) throw new Error("There is an add-on.");
  const pro = to(free, "pro", "2026-01-31T12:00:00Z", { period });
  const having = (terms: Terms, quantity: number, at: string) =>
    agreedTerms(terms, quantity === 0 ? null : { addOns: [{ addOn, quantity }] }, catalog, date(at));
  const two = having(pro, 2, "2026-02-01T00:00:00Z");
  const three = having(two, 3, "2026-02-08T00:00:00Z");
  const none = having(three, 0, "2026-02-15T00:00:00Z");
  const one = having(none, 1, "2026-03-01T00:00:00Z");
  const [, first, second] = cyclesOf([free, pro, two, three, none, one], date("2026-03-02T00:00:00Z"));
  const shownOf = (span: typeof first) => span?.addOns.map(({ quantity, start, end }) => [quantity, start, end]);
  expect(shownOf(first)).toEqual([
    [2, two.since, three.since],
    [3, three.since, none.since],
  ]);
  expect(shownOf(second)).toEqual([[1, one.since, date("2026-03-31T12:00:00Z")]]);
});

test("terms that were replaced in their own millisecond were never in force", () => {
  const pro = to(free, "pro", "2026-01-31T12:00:00Z", { period });
  const at = "2026-02-10T00:00:00Z";
  const lower = to(pro, "free", at);
  const team = to(lower, "team", at, { period: { ...period, anchor: date(at), start: date(at) } });
  expect(shown([free, pro, lower, team], "2026-02-11T00:00:00Z").map(([tier]) => tier)).toEqual([
    "free",
    "pro",
    "team",
  ]);
});

test("what is planned cuts the cycle when it comes, written down or not, and not before", () => {
  const until = date("2026-01-25T08:00:00Z");
  const trial = assignedTerms(free, { tier: "pro", status: "trialing", until }, catalog, date("2026-01-12T00:00:00Z"));
  const during = cyclesOf([free, trial], date("2026-01-20T00:00:00Z"));
  expect(during.at(-1)).toMatchObject({ terms: { tier: "pro", status: "trialing" }, start: trial.since });
  // In the very instant, too.
  expect(cyclesOf([free, trial], until).at(-1)).toMatchObject({ terms: { tier: "free" }, start: until });
  const after = shown([free, trial], "2026-01-26T00:00:00Z");
  expect(after).toEqual([
    ["free", "2026-01-10T08:00:00.000Z", "2026-01-12T00:00:00.000Z"],
    ["pro", "2026-01-12T00:00:00.000Z", "2026-01-25T08:00:00.000Z"],
    ["free", "2026-01-25T08:00:00.000Z", "2026-02-24T08:00:00.000Z"],
  ]);
  expect(shown([free, trial, trial.next as Terms], "2026-01-26T00:00:00Z")).toEqual(after);
});

test("an instant at which one cycle ends is the next one's, and what is closed up to it is not told again", () => {
  const pro = to(free, "pro", "2026-01-31T12:00:00Z", { period });
  const told = cyclesOf([free, pro], period.end, date("2026-01-31T12:00:00Z"));
  expect(told.map(({ start }) => start)).toEqual([period.start, period.end]);
});

test("the same tier from another day on is paid for up to there, like one that is left for a higher one", () => {
  const pro = to(free, "pro", "2026-01-31T12:00:00Z", { period });
  const at = date("2026-02-10T00:00:00Z");
  const moved = { ...period, anchor: at, start: at, end: date("2026-03-10T00:00:00Z") };
  const [, first, second] = cyclesOf([free, pro, to(pro, "pro", "2026-02-10T00:00:00Z", { period: moved })], at);
  expect([first?.part, second?.part]).toEqual([
    { start: period.start, end: at },
    { start: moved.start, end: moved.end },
  ]);
});

test("ten years of free cycles are made without a loop over anything else, from the last one closed on", () => {
  const now = new Date(signUp.getTime() + 3_650 * dayMs);
  expect(cyclesOf([free], now)).toHaveLength(122);
  expect(cyclesOf([free], now, new Date(now.getTime() - 30 * dayMs)).length).toBeLessThan(3);
});
