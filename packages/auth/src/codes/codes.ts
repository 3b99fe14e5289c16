/** Single-use codes that prove that someone reads an address. One of one purpose is nothing for another. */
import type { Clock } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import type { Refusals } from "../audit/refusals.ts";
import type { Later } from "../background/background.ts";
import { authErrors } from "../errors.ts";
import type { PendingLetter } from "../mail/delivery.ts";
import type { Origin } from "../origins/origin.ts";
import type { AttemptCounter } from "../passwords/attempts.ts";
import { hashCode } from "./code-text.ts";
import type { CodeHolder, CodePurpose, CodeStore } from "./store.ts";

export interface Codes {
  /** Whether letters can be sent at all; without, no code is made. */
  readonly enabled: boolean;
  /**
   * Sends a code once the transaction commits. Beyond a few an hour nothing is sent, and nobody is told.
   * @param to `passwordOf`: only as long as the user's password is the one that was set at that time
   */
  send(tx: Tx, purpose: CodePurpose, to: CodeHolder & { readonly passwordOf?: Date }): Promise<void>;
  /** Sends a letter without a code once the transaction commits. */
  notify(tx: Tx, letter: Exclude<PendingLetter, { readonly userId: string }>): Promise<void>;
  /** Whose code it is, which stays good. @throws `invalid_code` */
  read(purpose: CodePurpose, code: string, origin?: Origin): Promise<CodeHolder>;
  /** Uses a code up. @throws `invalid_code`: unknown, used, expired and of another purpose are one */
  use(tx: Tx, purpose: CodePurpose, code: string, origin?: Origin): Promise<CodeHolder>;
  /** Makes a user's codes worthless, of one purpose or all. */
  revoke(tx: Tx, userId: string, purpose?: CodePurpose): Promise<void>;
  sweep(): Promise<void>;
}

export interface CodesOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: CodeStore;
  readonly attempts: AttemptCounter;
  readonly refusals: Refusals;
  /** undefined when letters cannot be sent. */
  readonly post: Later<PendingLetter> | undefined;
}

export function createCodes({ database, clock, store, attempts, refusals, post }: CodesOptions): Codes {
  async function holderOf(
    found: CodeHolder | null,
    handle: Handle,
    which: { hash: string | null; purpose: CodePurpose; origin: Origin | undefined },
  ): Promise<CodeHolder> {
    if (found) return found;
    const { hash, purpose: target, origin } = which;
    // Who shows a code that has ended reads the letters of the account, or did. Of others nobody is known.
    const ended = hash === null ? null : await store.findEnded(handle, hash, target);
    if (ended) refusals.note({ action: "code.refused", userId: ended.userId, actorId: null, target, origin });
    throw authErrors.invalid_code();
  }

  return {
    enabled: post !== undefined,

    async send(tx, purpose, { userId, email, passwordOf }) {
      if (!post || !(await attempts.takeLetter(tx, `${purpose} ${email}`))) return;
      const condition = passwordOf === undefined ? {} : { passwordOf: passwordOf.toISOString() };
      await post({ kind: purpose, to: email, userId, ...condition }, tx);
    },

    notify: async (tx, letter) => void (await post?.(letter, tx)),

    async read(purpose, code, origin) {
      const hash = hashCode(code);
      const found = hash === null ? null : await store.find(database, hash, purpose, clock.now());
      return holderOf(found, database, { hash, purpose, origin });
    },

    async use(tx, purpose, code, origin) {
      const hash = hashCode(code);
      const found = hash === null ? null : await store.take(tx, hash, purpose, clock.now());
      return holderOf(found, tx, { hash, purpose, origin });
    },

    revoke: (tx, userId, purpose) => store.removeOf(tx, userId, purpose),
    sweep: () => store.removeExpired(database, clock.now()),
  };
}
