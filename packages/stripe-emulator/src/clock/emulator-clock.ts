/** The emulator's clock: the machine's time plus an offset that is kept with the state. It only moves forward. */
export interface EmulatorClock {
  now(): Date;
  /**
   * Moves on to a moment or by some milliseconds, through everything that falls due on the way in its order; resolves when
   * it has arrived and the webhooks of each step were attempted. @throws RangeError for a move back.
   */
  advance(toOrMilliseconds: Date | number): Promise<void>;
}
