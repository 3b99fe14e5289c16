/** Group commit: what arrives while as many transactions are under way as may be is written by the next one, together. */
import { AsyncLocalStorage } from "node:async_hooks";

/** A disk that takes its time for a commit takes it once for all of them. */
const most = 100;

/**
 * Each caller is answered once its own item is written and durable. When a group cannot be written, each of it is tried
 * alone, so that one that is bad holds up no other.
 * @param write writes all in one transaction and answers for each, in order
 * @param atOnce how many transactions: 1 where the database has one writer
 */
export function gathered<Item, Result>(
  write: (items: readonly Item[]) => Promise<readonly Result[]>,
  atOnce: number,
): (item: Item) => Promise<Result> {
  interface Waiting {
    readonly item: Item;
    readonly resolve: (result: Result) => void;
    readonly reject: (error: unknown) => void;
  }
  /** Whoever comes first must not lend its context, such as an open transaction or a request, to what others hand in. */
  const outside = AsyncLocalStorage.snapshot();
  const waiting: Waiting[] = [];
  let running = 0;

  async function attempt(group: readonly Waiting[]): Promise<void> {
    try {
      const results = await write(group.map(({ item }) => item));
      // One result for each item, in order.
      group.forEach(({ resolve }, index) => void resolve(results[index] as Result));
    } catch (error) {
      const [only] = group;
      if (group.length === 1) only?.reject(error);
      else for (const one of group) await attempt([one]);
    }
  }

  async function work(): Promise<void> {
    if (running >= atOnce) return;
    running++;
    while (waiting.length > 0) await attempt(waiting.splice(0, most));
    running--;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      void outside(work);
    });
}
