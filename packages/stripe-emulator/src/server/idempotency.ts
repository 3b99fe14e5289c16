import { createHash } from "node:crypto";
import { StripeFailure } from "../errors.ts";
import type { Handle } from "../store/database.ts";

export interface Answer {
  status: number;
  body: string;
}
interface FirstAnswer extends Answer {
  /** The id of the request that was answered first. */
  request: string;
}
export interface IdempotencyKeys {
  /** The first answer of this key; throws when the key came with other parameters before. */
  replay(key: string, fingerprint: string, now: number): FirstAnswer | undefined;
  keep(key: string, fingerprint: string, answer: FirstAnswer, now: number): void;
}

/** Stripe forgets a key after a day. So does the emulator, by its clock: a retry that comes too late must be seen to work twice. */
const keptSeconds = 86_400;

/** Method, path and parameters in one hash: what must be equal when a key comes again. */
export function fingerprintOf(method: string, path: string, body: string): string {
  return createHash("sha256").update(`${method} ${path}\n${body}`).digest("hex");
}

/**
 * First answers by `Idempotency-Key`, kept in the transaction that did the work. Requests run one at a time, so two at once
 * with one key cannot both work. Source: https://docs.stripe.com/api/idempotent_requests
 */
export function createIdempotencyKeys(database: Handle): IdempotencyKeys {
  const find = database.prepare<[string, number], FirstAnswer & { fingerprint: string }>(
    "select fingerprint, status, body, request from idempotency_keys where key = ? and created > ?",
  );
  const insert = database.prepare(
    "insert or replace into idempotency_keys (key, fingerprint, status, body, request, created) values (?, ?, ?, ?, ?, ?)",
  );
  return {
    replay(key, fingerprint, now) {
      const found = find.get(key, now - keptSeconds);
      if (found !== undefined && found.fingerprint !== fingerprint) {
        throw new StripeFailure(400, {
          type: "idempotency_error",
          message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
        });
      }
      return found && { status: found.status, body: found.body, request: found.request };
    },
    keep(key, fingerprint, answer, now) {
      insert.run(key, fingerprint, answer.status, answer.body, answer.request, now);
    },
  };
}
