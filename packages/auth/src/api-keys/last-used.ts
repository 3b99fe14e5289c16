/** When keys were used last, without a write for each request: gathered here, written in one go. */
import { type Logger, minuteMs } from "@revops/core";

export interface LastUsed {
  /** Notes a use, in memory. */
  note(keyId: string, at: Date): void;
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

export function createLastUsed({ logger, write }: LastUsedOptions): LastUsed {
  let noted = new Map<string, Date>();
  let timer: NodeJS.Timeout | undefined;

  async function flush(): Promise<void> {
    if (noted.size === 0) return;
    const uses = noted;
    noted = new Map();
    try {
      await write(uses);
    } catch (error) {
      noted = new Map([...uses, ...noted]);
      throw error;
    }
  }

  // Nobody waits for it, and a key was not misused because its use could not be noted.
  const flushQuietly = () => flush().catch((err: unknown) => logger.warn({ err }, "uses of keys cannot be written"));

  return {
    note: (keyId, at) => void noted.set(keyId, at),
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
