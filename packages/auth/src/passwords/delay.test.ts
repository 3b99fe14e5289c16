import { expect, test } from "vitest";
import { delayMs, forgetMs, longestMs } from "./delay.ts";

test("a person's mistakes cost nothing, the tenth a second, and no pause is for ever", () => {
  expect([1, 9, 10, 11, 12, 19, 20, 5_000].map((failures) => delayMs(failures, 10, longestMs.account) / 1_000)).toEqual(
    [0, 0, 1, 2, 4, 512, 900, 900],
  );
});

test("however the tries are spread, an account takes fewer than 100 an hour", () => {
  for (let round = 1; round <= 200; round++) {
    // A guesser who makes `round` tries as fast as the pauses allow, then waits until all is forgotten, and so on.
    let elapsedMs = 0;
    let tries = 0;
    while (elapsedMs < 3_600_000) {
      for (let failures = 1; failures <= round && elapsedMs < 3_600_000; failures++) {
        tries++;
        elapsedMs += delayMs(failures, 10, longestMs.account);
      }
      elapsedMs += forgetMs;
    }
    expect(tries, `rounds of ${round}`).toBeLessThan(100);
  }
});
