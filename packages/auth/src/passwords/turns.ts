/** Lets only so many pieces of work run at once; the others wait in the order of their arrival. */
export interface Turns {
  <T>(work: () => Promise<T>): Promise<T>;
  /** Whether any of it waits. */
  areAwaited(): boolean;
}

export function createTurns(limit: number): Turns {
  let free = limit;
  const waiting: (() => void)[] = [];
  const turn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (free > 0) free--;
    else await new Promise<void>((resume) => waiting.push(resume));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // The turn is handed over, not given back: a newcomer cannot slip in before those who wait.
      if (next) next();
      else free++;
    }
  };
  return Object.assign(turn, { areAwaited: () => waiting.length > 0 });
}
