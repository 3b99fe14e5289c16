/** Single-use codes that prove that someone reads an address. One of one purpose is nothing for another. */
import { type Clock, minuteMs } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import { authErrors } from "../errors.ts";
import type { Deliveries } from "../mail/deliveries.ts";
import { type WriteLetter, writeLetter } from "../mail/letters.ts";
import type { AttemptCounter } from "../passwords/attempts.ts";
import { createCode, hashCode } from "./code-text.ts";
import { type CodeHolder, type CodePurpose, createCodeStore } from "./store.ts";

export interface Codes {
  /** Whether letters can be sent at all; without, no code is made. */
  readonly enabled: boolean;
  /** Makes a code and posts it once the transaction commits. Beyond a few an hour nothing is sent, and nobody is told. */
  send(tx: Tx, purpose: CodePurpose, to: CodeHolder): Promise<void>;
  /** Posts a letter without a code once the transaction commits. */
  notify(tx: Tx, kind: "password_changed" | "email_changed", email: string): void;
  /** Whose code it is, which stays good. @throws `invalid_code` */
  read(purpose: CodePurpose, code: string): Promise<CodeHolder>;
  /** Uses a code up. @throws `invalid_code`: unknown, used, expired and of another purpose are one */
  use(tx: Tx, purpose: CodePurpose, code: string): Promise<CodeHolder>;
  /** Makes a user's codes worthless, of one purpose or all. */
  revoke(tx: Tx, userId: string, purpose?: CodePurpose): Promise<void>;
  sweep(): Promise<void>;
}

export interface CodesOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly attempts: AttemptCounter;
  readonly deliveries: Deliveries;
  readonly enabled: boolean;
  readonly letters?: WriteLetter | undefined;
}

const codeMinutes = 60;

export function createCodes(options: CodesOptions): Codes {
  const { database, clock, attempts, deliveries, enabled, letters = writeLetter } = options;
  const store = createCodeStore(database);

  return {
    enabled,

    async send(tx, purpose, { userId, email }) {
      if (!enabled || !(await attempts.takeLetter(tx, `${purpose} ${email}`))) return;
      const { code, hash } = createCode();
      const expiresAt = new Date(clock.now().getTime() + codeMinutes * minuteMs);
      await store.insert(tx, { hash, purpose, userId, email, expiresAt });
      const mail = { to: email, ...letters({ kind: purpose, code, minutes: codeMinutes }) };
      tx.afterCommit(() => deliveries.post(mail));
    },

    notify(tx, kind, email) {
      if (enabled) tx.afterCommit(() => deliveries.post({ to: email, ...letters({ kind }) }));
    },

    async read(purpose, code) {
      const hash = hashCode(code);
      const holder = hash === null ? null : await store.find(database, hash, purpose, clock.now());
      if (!holder) throw authErrors.invalid_code();
      return holder;
    },

    async use(tx, purpose, code) {
      const hash = hashCode(code);
      const holder = hash === null ? null : await store.take(tx, hash, purpose, clock.now());
      if (!holder) throw authErrors.invalid_code();
      return holder;
    },

    revoke: (tx, userId, purpose) => store.removeOf(tx, userId, purpose),
    sweep: () => store.removeExpired(database, clock.now()),
  };
}
