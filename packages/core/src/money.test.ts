import { describe, expect, it } from "vitest";
import { isRevopsError } from "./error.ts";
import { addMoney, formatMoney, minorUnitDecimals, money, negateMoney } from "./money.ts";

const most = Number.MAX_SAFE_INTEGER;
const codeOf = (action: () => unknown) => {
  try {
    return action();
  } catch (error) {
    return isRevopsError(error) ? error.code : error;
  }
};

// Copied from https://docs.stripe.com/currencies, so that a slip in the product's own list is noticed.
const zeroAtStripe = [
  "BIF",
  "CLP",
  "DJF",
  "GNF",
  "JPY",
  "KMF",
  "KRW",
  "MGA",
  "PYG",
  "RWF",
  "VND",
  "VUV",
  "XAF",
  "XOF",
  "XPF",
];
const threeAtStripe = ["BHD", "JOD", "KWD", "OMR", "TND"];

describe("the decimals of a currency", () => {
  it("are Stripe's: a hundred times too much is charged where they are not", () => {
    for (const code of zeroAtStripe) expect(minorUnitDecimals(code.toLowerCase()), code).toBe(0);
    for (const code of threeAtStripe) expect(minorUnitDecimals(code.toLowerCase()), code).toBe(3);
  });

  it("are two for ISK and UGX, which Stripe charges with two although they have none", () => {
    for (const code of ["usd", "eur", "gbp", "isk", "ugx", "huf", "twd"]) expect(minorUnitDecimals(code), code).toBe(2);
  });
});

describe("money", () => {
  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -(2 ** 53)])("is not %s", (amount) => {
    expect(codeOf(() => money(amount, "usd"))).toBe("invalid_money");
  });

  it.each(["USD", "us", "usdt", "", "u$d", "usd\n"])("is not in %j", (currency) => {
    expect(codeOf(() => money(1, currency))).toBe("invalid_money");
  });

  it("adds what is of one currency, and nothing beyond what is counted exactly", () => {
    expect(addMoney(money(1, "usd"), money(2, "usd"), money(-4, "usd"))).toEqual({ amount: -1, currency: "usd" });
    expect(codeOf(() => addMoney(money(1, "usd"), money(2, "eur")))).toBe("currency_mismatch");
    expect(codeOf(() => addMoney(money(most, "usd"), money(1, "usd")))).toBe("invalid_money");
  });

  it("is never -0, which a database returns as 0", () => {
    const zeros = [money(-0, "usd"), negateMoney(money(0, "usd")), addMoney(money(1, "usd"), money(-1, "usd"))];
    for (const { amount } of zeros) expect(Object.is(amount, 0)).toBe(true);
    expect(negateMoney(money(5, "usd"))).toEqual(money(-5, "usd"));
  });
});

describe("money written for people", () => {
  it.each([
    [2900, "usd", "$29.00"],
    [-5, "usd", "-$0.05"],
    [0, "usd", "$0.00"],
    [2900, "jpy", "¥2,900"],
    [-1, "jpy", "-¥1"],
    [7, "kwd", "KWD\u00a00.007"],
    [1234567, "bhd", "BHD\u00a01,234.567"],
    [2900, "isk", "ISK\u00a029.00"],
  ])("%i %s is %s", (amount, currency, text) => {
    expect(formatMoney(money(amount, currency))).toBe(text);
  });

  it("keeps the last cent of the largest amount, which a division by 100 would round", () => {
    expect(formatMoney(money(most, "usd"))).toBe("$90,071,992,547,409.91");
    expect(formatMoney(money(-most, "usd"))).toBe("-$90,071,992,547,409.91");
    expect(formatMoney(money(most, "kwd"))).toBe("KWD\u00a09,007,199,254,740.991");
    expect(formatMoney(money(most, "jpy"))).toBe("¥9,007,199,254,740,991");
  });

  it("follows the reader's locale", () => {
    expect(formatMoney(money(123456, "eur"), "de-DE")).toBe("1.234,56\u00a0€");
  });
});
