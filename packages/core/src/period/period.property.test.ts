import { type Random, seededRandom } from "@revops/testing";
import { Temporal } from "temporal-polyfill";
import { expect, it } from "vitest";
import type { Cycle } from "./cycle.ts";
import { periodAt, periodByIndex } from "./period.ts";

const zones = [
  "America/New_York",
  "America/Sao_Paulo",
  "America/St_Johns",
  "Africa/Cairo",
  "Africa/Casablanca",
  "Asia/Kathmandu",
  "Asia/Tehran",
  "Australia/Lord_Howe",
  "Europe/Berlin",
  "Pacific/Apia",
  "Pacific/Kiritimati",
  "Pacific/Chatham",
] as const;
const [from, to] = [Date.UTC(1950, 0, 1), Date.UTC(2150, 0, 1)];

function randomCycle(random: Random): Cycle {
  const anchor = new Date(random.integer(from, to));
  if (random.integer(0, 2) === 0) return { kind: "fixed", days: random.integer(1, 400), anchor };
  const timeZone = random.integer(0, 1) === 0 ? "UTC" : random.pick(zones);
  // Month ends are where engines differ: a third of the anchors lie on the 28th or later.
  if (random.integer(0, 2) === 0) anchor.setUTCDate(random.integer(28, 31));
  return { kind: "calendar", unit: random.pick(["month", "year"]), count: random.integer(1, 15), anchor, timeZone };
}

it("20,000 random cycles tile the line: no gap, no overlap, the index agrees", () => {
  const random = seededRandom("period.property");
  for (let round = 0; round < 20_000; round += 1) {
    const cycle = randomCycle(random);
    const at = new Date(random.integer(from, to));
    const period = periodAt(cycle, at);
    const message = () => `${JSON.stringify(cycle)} at ${at.toISOString()} gave ${JSON.stringify(period)}`;
    if (!(period.start <= at && at < period.end)) expect.fail(message());
    const neighbour = periodByIndex(cycle, period.index + (round % 2 === 0 ? 1 : -1));
    const shared = round % 2 === 0 ? [period.end, neighbour.start] : [neighbour.end, period.start];
    if (shared[0]?.getTime() !== shared[1]?.getTime())
      expect.fail(`${message()}, neighbour ${JSON.stringify(neighbour)}`);
    const edge = round % 2 === 0 ? neighbour.start : new Date(neighbour.end.getTime() - 1);
    if (periodAt(cycle, edge).index !== neighbour.index) expect.fail(`${message()}, edge ${edge.toISOString()}`);
  }
});

it("agrees with Temporal's own addition of months and years, in every zone", () => {
  const random = seededRandom("period.property against Temporal");
  for (let round = 0; round < 5_000; round += 1) {
    const anchor = new Date(random.integer(from, to));
    const [unit, count, timeZone] = [
      random.pick<"month" | "year">(["month", "year"]),
      random.integer(1, 15),
      random.pick(zones),
    ];
    const index = random.integer(-40, 40);
    const added = Temporal.Instant.fromEpochMilliseconds(anchor.getTime())
      .toZonedDateTimeISO(timeZone)
      .add(unit === "month" ? { months: index * count } : { years: index * count });
    const { start } = periodByIndex({ kind: "calendar", unit, count, anchor, timeZone }, index);
    if (start.getTime() !== added.epochMilliseconds) {
      expect.fail(
        `${anchor.toISOString()} ${timeZone} ${index} × ${count} ${unit}: ${start.toISOString()}, not ${added}`,
      );
    }
  }
});
