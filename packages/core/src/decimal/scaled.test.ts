import { seededRandom } from "@revops/testing";
import { describe, expect, it } from "vitest";
import { isRevopsError } from "../error.ts";
import { fromScaled, scaledToNumber, toScaled } from "./scaled.ts";

const most = Number.MAX_SAFE_INTEGER;
const codeOf = (action: () => unknown) => {
  try {
    return action();
  } catch (error) {
    return isRevopsError(error) ? error.code : error;
  }
};

describe("a quantity as an integer of its smallest unit", () => {
  it.each([
    ["1.5", 3, 1500],
    [1.1, 3, 1100], // 1.1 * 1000 is 1100.0000000000002 in floats
    [4.35, 2, 435], // and 4.35 * 100 is 434.99999999999994
    ["0.001", 3, 1],
    ["-0.5", 1, -5],
    ["1.50000", 1, 15],
    [7, 0, 7],
    [7n, 6, 7_000_000],
    [most, 0, most],
    ["9007199254740.991", 3, most],
    ["-9007199254740.991", 3, -most],
  ])("%s with %i decimals is %i", (value, decimals, scaled) => {
    expect(toScaled(value, decimals)).toBe(scaled);
  });

  it("is never -0, which a database returns as 0", () => {
    for (const value of [-0, "-0", "-0.0"]) expect(Object.is(toScaled(value, 2), 0)).toBe(true);
    expect(fromScaled(-0, 2)).toBe("0");
    expect(Object.is(scaledToNumber(-0, 2), 0)).toBe(true);
  });

  it("refuses to drop a digit", () => {
    expect(codeOf(() => toScaled("0.0001", 3))).toBe("too_precise");
    expect(codeOf(() => toScaled(0.1 + 0.2, 3))).toBe("too_precise");
    expect(codeOf(() => toScaled("1.5", 0))).toBe("too_precise");
  });

  it("refuses what is no longer counted one by one, on the fast path too", () => {
    expect(codeOf(() => toScaled(2 ** 53, 0))).toBe("out_of_range");
    expect(codeOf(() => toScaled("9007199254740992", 0))).toBe("out_of_range");
    expect(codeOf(() => toScaled("9007199254740993", 0))).toBe("out_of_range");
    expect(codeOf(() => toScaled(9_007_199_254_741, 3))).toBe("out_of_range");
    expect(codeOf(() => toScaled(most, 15))).toBe("out_of_range");
    expect(codeOf(() => fromScaled(2 ** 53, 0))).toBe("out_of_range");
    expect(codeOf(() => fromScaled(1.5, 0))).toBe("out_of_range");
    expect(codeOf(() => scaledToNumber(Number.NaN, 2))).toBe("out_of_range");
  });

  it.each([-1, 16, 0.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses a scale of %s", (decimals) => {
    expect(codeOf(() => toScaled(1, decimals))).toBe("invalid_decimal");
    expect(codeOf(() => fromScaled(1, decimals))).toBe("invalid_decimal");
    expect(codeOf(() => scaledToNumber(1, decimals))).toBe("invalid_decimal");
  });
});

it("20,000 random integers: written, read back and multiplied as BigInt says", () => {
  const random = seededRandom("scaled.property");
  for (let round = 0; round < 20_000; round += 1) {
    const decimals = random.integer(0, 15);
    const scaled = random.integer(-most, most) % 10 ** random.integer(1, 16);
    const text = fromScaled(scaled, decimals);
    const label = `${scaled} with ${decimals} decimals is ${text}`;
    expect(toScaled(text, decimals), label).toBe(scaled === 0 ? 0 : scaled);
    if (!/^(-(?=.*[1-9]))?(0|[1-9]\d*)(\.\d*[1-9])?$/.test(text)) expect.fail(`${label}, which is not canonical`);
    if (scaledToNumber(scaled, decimals) !== Number(text))
      expect.fail(`${label}, not ${scaledToNumber(scaled, decimals)}`);

    const quantity = random.integer(-(10 ** 6), 10 ** random.integer(1, 15));
    const exact = BigInt(quantity) * 10n ** BigInt(decimals);
    const expected = exact >= -BigInt(most) && exact <= BigInt(most) ? Number(exact) : "out_of_range";
    const found = [quantity, BigInt(quantity), String(quantity)].map((value) =>
      codeOf(() => toScaled(value, decimals)),
    );
    expect(found, `${quantity} with ${decimals} decimals`).toEqual([expected, expected, expected]);
  }
});
