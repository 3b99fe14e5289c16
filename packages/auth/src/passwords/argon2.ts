/** argon2id, with so few at once that the rest of the process goes on. */
import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import type { HashingRequest } from "./argon2-thread.ts";
import { inThread } from "./hashing-threads.ts";
import { loopAtRest } from "./loop-at-rest.ts";
import { createTurns } from "./turns.ts";

/** OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, 2 passes, 1 lane (the binding's default kind is argon2id). */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 } as const;

export interface Argon2 {
  hash(password: string): Promise<string>;
  /** With null for the hash (nobody of that name) it does the same work and answers false. */
  verify(hash: string | null, password: string): Promise<boolean>;
  /** Whether passwords wait for their turn. */
  isCrowded(): boolean;
  /** Whether a hash was made with less work than one would be now. */
  isOutdated(hash: string): boolean;
}

/** @param concurrency how many hashes at once. One processor is left to the event loop. */
export function createArgon2(concurrency = Math.max(1, Math.min(3, availableParallelism() - 1))): Argon2 {
  const turn = createTurns(concurrency);
  const nobody = impossibleHash();
  const work = (request: HashingRequest) =>
    turn(async () => {
      // What a crowd's log-ins have to do besides, and whoever else asks for something, gets the processors first.
      if (turn.areAwaited()) await loopAtRest();
      return inThread(request);
    });
  return {
    hash: async (password) => String(await work({ password, parameters })),
    verify: async (stored, password) => (await work({ password, stored: stored ?? nobody })) === true,
    isCrowded: turn.areAwaited,
    isOutdated: (stored) =>
      !stored.startsWith(nobody.slice(0, nobody.indexOf("p=") + `p=${parameters.parallelism}`.length)),
  };
}

/** A hash that no password has, of the same parameters as a real one, made without hashing. */
function impossibleHash(): string {
  const base64 = (bytes: number) => randomBytes(bytes).toString("base64").replace(/=+$/, "");
  const { memoryCost, timeCost, parallelism, outputLen } = parameters;
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${base64(16)}$${base64(outputLen)}`;
}
