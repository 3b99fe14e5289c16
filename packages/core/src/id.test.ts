import { describe, expect, it } from "vitest";
import { createId } from "./id.ts";

const at = new Date("2026-01-31T12:00:00.000Z");
const ids = (count: number, time = at) => Array.from({ length: count }, () => createId("usr", time));

describe("an id", () => {
  it("has its prefix, ten digits of time and sixteen of chance, none of them easily misread", () => {
    expect(createId("usr", at)).toMatch(/^usr_[0-9abcdefghjkmnpqrstvwxyz]{26}$/);
    expect(createId("pkg", new Date(0))).toMatch(/^pkg_0{10}[0-9a-z]{16}$/);
    expect(createId("pkg", new Date(2 ** 48 - 1)).slice(4, 14)).toBe("7zzzzzzzzz");
  });

  it("sorts by time as text, down to the millisecond", () => {
    const times = [0, 1, 31, 32, 1_023, 1_024, at.getTime() - 1, at.getTime(), at.getTime() + 1, 4e12];
    const made = times.map((time) => createId("usr", new Date(time)));
    expect(made.toSorted()).toEqual(made);
  });

  it("keeps the order of making within one millisecond", () => {
    const made = ids(10_000);
    expect(made.toSorted()).toEqual(made);
  });

  it("100,000 are unique, in one millisecond and over many, also when the clock goes back and forth", () => {
    expect(new Set(ids(100_000)).size).toBe(100_000);
    const alternating = Array.from({ length: 100_000 }, (_, n) => createId("usr", new Date(at.getTime() + (n % 3))));
    expect(new Set(alternating).size).toBe(100_000);
  });

  it("cannot be guessed from the one before it in another millisecond", () => {
    const chance = Array.from({ length: 200 }, (_, n) => createId("usr", new Date(n)).slice(14));
    expect(new Set(chance.map((text) => text.slice(0, 4))).size).toBeGreaterThan(190);
    expect(new Set(chance.join("")).size).toBe(32);
  });
});
