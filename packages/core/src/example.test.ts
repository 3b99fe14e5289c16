import { createId, formatMoney, isRevopsError, money, multiplyToMinorUnits, periodAt } from "@revops/core";
import { expect, test } from "vitest";

test("the README's example", () => {
  // Also what is caught.
  expect.assertions(4);
  const signedUp = new Date("2027-01-31T12:00:00Z");
  const month = periodAt({ kind: "calendar", unit: "month", anchor: signedUp }, new Date("2027-03-15T00:00:00Z"));
  expect(month.end).toEqual(new Date("2027-03-31T12:00:00Z")); // not the 28th, though February was shorter

  const due = money(multiplyToMinorUnits(1_001, "0.25", "half-up"), "usd"); // 1,001 calls at a quarter of a cent
  expect(formatMoney(due)).toBe("$2.50");

  try {
    money(2.5, "usd");
  } catch (error) {
    expect(isRevopsError(error, "invalid_money")).toBe(true); // the code is the contract, the text is not
  }

  const [first, second] = [createId("inv", signedUp), createId("inv", signedUp)];
  expect(first < second).toBe(true); // ids sort by the order in which they were made
});
