import { seededRandom } from "@revops/testing";
import { describe, expect, it } from "vitest";
import { isRevopsError } from "../error.ts";
import { decimal } from "./decimal.ts";
import { multiplyToMinorUnits, type Rounding, shareToMinorUnits, toMinorUnits } from "./rounding.ts";
import { fromScaled } from "./scaled.ts";

const rules: readonly [Rounding, ...Rounding[]] = ["half-up", "half-even", "up", "down"];
const codeOf = (action: () => unknown) => {
  try {
    return action();
  } catch (error) {
    return isRevopsError(error) ? error.code : error;
  }
};

/** The same rules once more, on integers: numerator / 10^places. */
function roundBigInt(numerator: bigint, places: number, rounding: Rounding): bigint {
  const divisor = 10n ** BigInt(places);
  const magnitude = numerator < 0n ? -numerator : numerator;
  const [whole, twice] = [magnitude / divisor, (magnitude % divisor) * 2n];
  const away =
    (rounding === "up" && twice > 0n) ||
    (rounding === "half-up" && twice >= divisor) ||
    (rounding === "half-even" && (twice > divisor || (twice === divisor && whole % 2n === 1n)));
  const rounded = away ? whole + 1n : whole;
  return numerator < 0n ? -rounded : rounded;
}

describe("the price of a quantity", () => {
  it.each([
    ["0.5", [1, 0, 1, 0]],
    ["1.5", [2, 2, 2, 1]],
    ["2.5", [3, 2, 3, 2]],
    ["2.4999", [2, 2, 3, 2]],
    ["2.5001", [3, 3, 3, 2]],
    ["3", [3, 3, 3, 3]],
    ["0.0001", [0, 0, 1, 0]],
  ])("%s minor units by each rule, and a credit mirrors the charge", (price, expected) => {
    expect(rules.map((rule) => multiplyToMinorUnits(1, price, rule))).toEqual(expected);
    expect(rules.map((rule) => toMinorUnits(decimal(price).neg(), rule))).toEqual(
      expected.map((n) => (n === 0 ? 0 : -n)),
    );
  });

  it("1.005 by 100 is 100.5, where floats have 100.49999999999999", () => {
    expect(multiplyToMinorUnits("1.005", 100, "half-up")).toBe(101);
    expect(multiplyToMinorUnits(1.005, 100, "half-up")).toBe(101);
  });

  it("a sum is rounded once, not each of its lines", () => {
    const lines = Array.from({ length: 3 }, () => decimal("0.4"));
    const sum = lines.reduce((total, line) => total.plus(line), decimal(0));
    expect(toMinorUnits(sum, "half-up")).toBe(1);
  });

  it("beyond the safe integers is refused, on the fast path too, and nothing is -0", () => {
    expect(codeOf(() => multiplyToMinorUnits(2 ** 30, 2 ** 30, "down"))).toBe("out_of_range");
    expect(codeOf(() => multiplyToMinorUnits("9007199254740991.5", 1, "up"))).toBe("out_of_range");
    expect(multiplyToMinorUnits("9007199254740991.5", 1, "down")).toBe(Number.MAX_SAFE_INTEGER);
    expect(codeOf(() => toMinorUnits(Number.NaN, "up"))).toBe("invalid_decimal");
    expect(codeOf(() => multiplyToMinorUnits(Number.POSITIVE_INFINITY, 0, "up"))).toBe("invalid_decimal");
    for (const zero of [multiplyToMinorUnits(-1, 0, "up"), toMinorUnits("-0.4", "half-up"), toMinorUnits(-0, "up")]) {
      expect(Object.is(zero, 0)).toBe(true);
    }
  });
});

it("20,000 random products round as integer arithmetic does", () => {
  const random = seededRandom("rounding.property");
  for (let round = 0; round < 20_000; round += 1) {
    const [places, pricePlaces] = [random.integer(0, 4), random.integer(0, 6)];
    const bound = 10 ** random.integer(1, 9);
    const [quantity, price] = [
      random.integer(-bound, bound),
      random.integer(0, 1) === 0 ? 5 : random.integer(-bound, bound),
    ];
    const rule = random.pick(rules);
    const expected = roundBigInt(BigInt(quantity) * BigInt(price), places + pricePlaces, rule);
    const [left, right] = [fromScaled(quantity, places), fromScaled(price, pricePlaces)];
    const safe = expected >= -BigInt(Number.MAX_SAFE_INTEGER) && expected <= BigInt(Number.MAX_SAFE_INTEGER);
    const outcome = safe ? Number(expected) : "out_of_range";
    expect(
      codeOf(() => multiplyToMinorUnits(left, right, rule)),
      `${left} × ${right} ${rule}`,
    ).toBe(outcome);
    expect(
      codeOf(() => multiplyToMinorUnits(Number(left), Number(right), rule)),
      `${left} × ${right} ${rule}`,
    ).toBe(outcome);
  }
});

describe("a share", () => {
  it.each([
    [2_900, 15n, 31n, "half-up", 1_403],
    [1, 1n, 2n, "half-up", 1],
    [-1, 1n, 2n, "half-up", -1],
    [1, 1n, 2n, "half-even", 0],
    [3, 1n, 2n, "half-even", 2],
    [1, 1n, 3n, "up", 1],
    [-1, 1n, 3n, "up", -1],
    [-1, 2n, 3n, "down", 0],
    ["0.25", 2n, 1n, "half-up", 1],
    [Number.MAX_SAFE_INTEGER, 2_591_999n, 2_592_000n, "half-up", 9_007_195_779_741_279],
  ] as const)("%s × %s / %s, %s, is %s", (value, part, whole, rounding, expected) => {
    expect(shareToMinorUnits(value, part, whole, rounding)).toBe(expected);
  });

  it("of nothing, and more than is counted exactly, are refused", () => {
    expect(() => shareToMinorUnits(1, 1n, 0n, "half-up")).toThrow(expect.objectContaining({ code: "out_of_range" }));
    expect(() => shareToMinorUnits(Number.MAX_SAFE_INTEGER, 2n, 1n, "half-up")).toThrow(
      expect.objectContaining({ code: "out_of_range" }),
    );
  });
});
