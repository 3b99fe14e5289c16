/** A clock that moves only when told to. Fits every `clock` option of the RevOps packages. */
export interface TestClock {
  /** The current instant; a new `Date` each time, so a caller cannot move the clock by changing it. */
  now(): Date;
  /** Moves on by so many milliseconds (≥ 0) and returns the new instant. */
  advance(milliseconds: number): Date;
  /** Jumps to an instant, also backwards: clocks of real machines do that too. */
  set(instant: Date | string): Date;
}

/**
 * Makes a clock for tests.
 *
 * @param start the first instant; `2026-01-01T00:00:00Z` if left out.
 * @throws RangeError for an invalid instant, or when `advance` is asked to go backwards.
 * @example
 * const clock = testClock("2026-01-31T12:00:00Z");
 * clock.advance(86_400_000);
 * clock.now(); // 2026-02-01T12:00:00.000Z
 */
export function testClock(start: Date | string = "2026-01-01T00:00:00Z"): TestClock {
  let time = millisecondsOf(start);
  return {
    now: () => new Date(time),
    advance(milliseconds) {
      if (!(milliseconds >= 0))
        throw new RangeError(`testClock: cannot advance by ${milliseconds} ms; use set() to go back`);
      time = millisecondsOf(new Date(time + milliseconds));
      return new Date(time);
    },
    set(instant) {
      time = millisecondsOf(instant);
      return new Date(time);
    },
  };
}

function millisecondsOf(instant: Date | string): number {
  const time = new Date(instant).getTime();
  if (Number.isNaN(time)) throw new RangeError(`testClock: ${String(instant)} is not an instant`);
  return time;
}
