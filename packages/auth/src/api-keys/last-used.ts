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

export function createLastUsed({ logger, write }: LastUsedOptions): LastUsed {
  let noted = new Map<string, Date>();
  let writing: ReadonlyMap<string, Date> = new Map();
  let timer: NodeJS.Timeout | undefined;

  async function flush(): Promise<void> {
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
    note: (keyId, at) => void noted.set(keyId, at),
    noted: (keyId) => noted.get(keyId) ?? writing.get(keyId),
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
