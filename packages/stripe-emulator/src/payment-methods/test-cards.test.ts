import { expect, test } from "vitest";
import { listedNumbers } from "./test-cards.ts";

/** ISO/IEC 7812-1, annex B, written the other way round than in the source. */
function sumOf(number: string): number {
  let sum = 0;
  for (let index = 0; index < number.length; index++) {
    const fromRight = number.length - 1 - index;
    const digit = Number(number[index]) * (fromRight % 2 === 0 ? 1 : 2);
    sum += Math.floor(digit / 10) + (digit % 10);
  }
  return sum;
}

test("every listed number has a right check digit and is listed once", () => {
  expect(listedNumbers.filter((number) => sumOf(number) % 10 !== 0)).toEqual([]);
  expect(new Set(listedNumbers).size).toBe(listedNumbers.length);
  expect(listedNumbers.length).toBeGreaterThan(70);
});
