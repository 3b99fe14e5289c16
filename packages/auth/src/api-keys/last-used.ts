/** When keys were used last, without a write for each request: gathered here, written in one go. */
import { type Logger, minuteMs } from "@revops/core";

export interface LastUsed {
  /** Notes a use, in memory. */
  note(keyId: string, at: Date): void;
  /** The latest use that is known here but perhaps not yet written. */
  noted(keyId: string): Date | undefined;
  /** Writes what was noted. What cannot be written is kept for the next time. */
  flush(): Promise<void>;
  start(): void;
  /** Writes what is left. */
  stop(): Promise<void>;
}

export interface LastUsedOptions {
  readonly logger: Logger;
  readonly write: (uses: ReadonlyMap<string, Date>) => Promise<void>;
}

/** As many as there are keys in the cache of a busy instance. */
const mostUnsorted = 50_000;

export function createLastUsed({ logger, write }: LastUsedOptions): LastUsed {
  let noted = new Map<string, Date>();
  // In pairs, sorted out later: a request pays for a place in a list, not for one in a map that grows.
  let ids: string[] = [];
  let times: number[] = [];
  let writing: ReadonlyMap<string, Date> = new Map();
  let timer: NodeJS.Timeout | undefined;

  function sortOut(): void {
    for (const [n, id] of ids.entries()) {
      noted.set(id, new Date(times[n] ?? 0));
    }
    ids = [];
    times = [];
  }

  async function flush(): Promise<void> {
    sortOut();
    if (noted.size === 0) return;
    const uses = noted;
    noted = new Map();
    writing = uses;
    try {
      await write(uses);
    } catch (error) {
      noted = new Map([...uses, ...noted]);
      throw error;
    } finally {
      if (writing === uses) writing = new Map();
    }
  }

  // Nobody waits for it, and a key was not misused because its use could not be noted.
  const flushQuietly = () => flush().catch((err: unknown) => logger.warn({ err }, "uses of keys cannot be written"));

  return {
    note(keyId, at) {
      ids.push(keyId);
      times.push(at.getTime());
      if (ids.length >= mostUnsorted) sortOut();
    },
    noted(keyId) {
      sortOut();
      return noted.get(keyId) ?? writing.get(keyId);
    },
    flush,
    start() {
      timer ??= setInterval(flushQuietly, minuteMs).unref();
    },
    async stop() {
      clearInterval(timer);
      timer = undefined;
      await flushQuietly();
    },
  };
}
