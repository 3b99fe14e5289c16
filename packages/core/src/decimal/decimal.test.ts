import Big from "big.js";
import { describe, expect, it } from "vitest";
import { isRevopsError } from "../error.ts";
import { type DecimalInput, decimal } from "./decimal.ts";

const codeOf = (value: unknown) => {
  try {
    return decimal(value as DecimalInput).toString();
  } catch (error) {
    return isRevopsError(error) ? error.code : error;
  }
};

describe("a decimal is exact", () => {
  it("0.1 and 0.2 are 0.3, whether written as text or as floats", () => {
    expect(decimal("0.1").plus(decimal("0.2")).toString()).toBe("0.3");
    expect(decimal(0.1).plus(decimal(0.2)).eq(decimal(0.3))).toBe(true);
  });

  it("keeps every digit of a product, and what a double would drop", () => {
    expect(decimal("0.000000000001").times(decimal("0.000000000001")).toString()).toBe(`0.${"0".repeat(23)}1`);
    expect(decimal("9007199254740993").toString()).toBe("9007199254740993");
    expect(decimal(9007199254740993n).minus(decimal("0.5")).toString()).toBe("9007199254740992.5");
  });

  it.each([
    ["1.500", "1.5"],
    ["-0", "0"],
    [-0, "0"],
    ["-0.00", "0"],
    ["1e3", "1000"],
    [1e21, "1000000000000000000000"],
    [1e-7, "0.0000001"],
    ["12E-1", "1.2"],
    [-20n, "-20"],
    ["1".repeat(40), "1".repeat(40)],
    [`0.${"1".repeat(39)}`, `0.${"1".repeat(39)}`],
  ])("writes %s as %s, the same in JSON", (value, text) => {
    expect(decimal(value).toString()).toBe(text);
    expect(JSON.stringify(decimal(value))).toBe(`"${text}"`);
  });

  it("refuses to be compared as a float by <", () => {
    const [small, large] = [decimal("1"), decimal("2")] as unknown as [number, number];
    expect(() => small < large).toThrow();
    expect(decimal("1").lt(decimal("2"))).toBe(true);
  });

  it("is not changed by another package that changes big.js for everyone", () => {
    const { NE, PE, RM } = Big;
    try {
      [Big.NE, Big.PE, Big.RM] = [-1, 1, 3];
      expect(decimal("1000").times(decimal("0.0000001")).toString()).toBe("0.0001");
    } finally {
      [Big.NE, Big.PE, Big.RM] = [NE, PE, RM];
    }
    expect(Object.isFrozen(decimal("1").constructor)).toBe(true);
  });
});

describe("what is no plain finite number is refused by code", () => {
  it.each([
    ...[
      "",
      " ",
      "1 ",
      " 1",
      "1\n",
      "+1",
      ".5",
      "5.",
      "007",
      "1_000",
      "1,5",
      "0x10",
      "0b1",
      "1e",
      "e5",
      "--1",
      "1.2.3",
      "١",
    ],
    ...["NaN", "Infinity", "-Infinity", "null", "1n", Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ...[null, undefined, true, {}, [], [1], new Date(0), Symbol("1")],
  ])("%s", (value) => {
    expect(codeOf(value)).toBe("invalid_decimal");
  });

  it("more than 40 digits, however they are written", () => {
    for (const value of ["1".repeat(41), `0.${"1".repeat(40)}`, `1${"0".repeat(20)}.${"0".repeat(19)}1`]) {
      expect(codeOf(value)).toBe("out_of_range");
    }
    for (const value of ["1e40", "1e-40", "1e999", "-1e-999", Number.MAX_VALUE, Number.MIN_VALUE]) {
      expect(codeOf(value)).toBe("out_of_range");
    }
  });

  it("a number made to fill the memory is refused without being written out", () => {
    const started = performance.now();
    for (const value of ["9".repeat(1e6), "1e999999999", `0.${"0".repeat(1e6)}1`, 1n << 5_000_000n]) {
      expect(["out_of_range", "invalid_decimal"]).toContain(codeOf(value));
    }
    expect(performance.now() - started).toBeLessThan(500);
  });
});
