/** Lets one piece of work in at a time, in the order of arrival: SQLite's one connection holds one transaction. */
export interface Turnstile {
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Whether nobody is inside, nor waits. */
  isFree(): boolean;
  /** Resolves when everything that was let in so far has left. */
  idle(): Promise<void>;
}

export function createTurnstile(): Turnstile {
  let tail: Promise<unknown> = Promise.resolve();
  let inside = 0;
  const leave = () => {
    inside--;
  };
  const settled = (work: Promise<unknown>) => work.then(leave, leave);
  return {
    run(work) {
      inside++;
      const result = tail.then(work);
      tail = settled(result);
      return result;
    },
    isFree: () => inside === 0,
    idle: async () => void (await tail),
  };
}
