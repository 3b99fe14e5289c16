/** Lets one piece of work in at a time, in the order of arrival: SQLite's one connection holds one transaction. */
export interface Turnstile {
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when everything that was let in so far has left. */
  idle(): Promise<void>;
}

export function createTurnstile(): Turnstile {
  let tail: Promise<unknown> = Promise.resolve();
  const settled = (work: Promise<unknown>) => work.then(ignore, ignore);
  return {
    run(work) {
      const result = tail.then(work);
      tail = settled(result);
      return result;
    },
    idle: async () => void (await tail),
  };
}

const ignore = () => undefined;
