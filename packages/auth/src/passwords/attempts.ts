/**
 * Guessing is limited by account and by network, in the database, so that every instance counts alike. An account that
 * does not exist is counted like one that does. Only failures cost; what is refused during an account's pause is counted
 * for the network alone.
 */
import { type Clock, hourMs, sha256 } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import { authErrors } from "../errors.ts";
import { networkOf } from "../origins/network.ts";
import type { Origin } from "../origins/origin.ts";
import { createAttemptStore } from "./attempt-store.ts";
import { type AttemptLimits, delayMs, forgetMs, longestMs } from "./delay.ts";
import type { SharedCommits } from "./shared-commits.ts";

/** One try, on its way. */
interface Attempt {
  /** Until when the network must pause; null when it need not. */
  readonly networkBlockedUntil: Date | null;
  readonly accountBlockedUntil: Date | null;
  /** Counts a failure; answers until when there is a pause, if it came during one and was not even a try. */
  fail(): Promise<Date | null>;
  /** Forgets the account's failures; answers until when there is a pause, if one began while the password was checked. */
  succeed(): Promise<Date | null>;
}

export interface AttemptCounter {
  /** @param email normalized; null for what is no address, which is counted as one account */
  begin(email: string | null, origin: Origin): Promise<Attempt>;
  /**
   * Whether one more address of somebody else may be told to who registers from there.
   * @throws `too_many_attempts`
   */
  assertMayAsk(origin: Origin): Promise<void>;
  /** Counts an address that was told to be somebody's. */
  countAsked(origin: Origin): Promise<void>;
  /** Whether one more letter may go there: a few an hour, so that nobody's mailbox is filled through us. */
  takeLetter(tx: Tx, about: string): Promise<boolean>;
  /** Forgets an account's failures, even during a pause: its owner has proven themselves otherwise. */
  forgive(tx: Tx, email: string): Promise<void>;
  sweep(): Promise<void>;
}

/** Of one kind to one address. */
const lettersAnHour = 5;

/** Registering says whether an address is somebody's; a network may find out as many before it pauses. */
const askedPerNetwork = 100;

const standardLimits: AttemptLimits = { perAccount: 10, perNetwork: 1_000 };

export function createAttemptCounter(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly commits: SharedCommits;
  readonly limits?: Partial<AttemptLimits> | undefined;
}): AttemptCounter {
  const { database, clock, commits } = options;
  const limits = { ...standardLimits, ...options.limits };
  const store = createAttemptStore(database);
  const askedBucket = (address: string) => `asked:${sha256(networkOf(address))}`;
  const accountBucket = (email: string | null) => `account:${sha256(email ?? "")}`;

  async function look(account: string, network: string) {
    const at = clock.now();
    const found = await store.find(database, { account, network, at });
    const until = (bucket: string) => {
      const blockedUntil = found.find((row) => row.bucket === bucket)?.blockedUntil;
      return blockedUntil && blockedUntil > at ? blockedUntil : null;
    };
    const failedBefore = found.some((row) => row.bucket === account);
    return { account: until(account), network: until(network), failedBefore };
  }

  async function count(tx: Tx, bucket: string, limit: number, longest: number): Promise<boolean> {
    const now = clock.now();
    const failures = await store.count(tx, bucket, now, new Date(now.getTime() + forgetMs));
    if (failures === null) return false;
    const delay = delayMs(failures, limit, longest);
    const until = now.getTime() + delay;
    if (delay > 0) await store.block(tx, bucket, new Date(until), new Date(until + forgetMs));
    return true;
  }

  return {
    async begin(email, { address }) {
      const account = accountBucket(email);
      // Without an address nothing is known of the network: only the account is limited.
      const network = address === undefined ? "" : `network:${sha256(networkOf(address))}`;
      const before = await look(account, network);
      return {
        accountBlockedUntil: before.account,
        networkBlockedUntil: before.network,
        async fail() {
          const counted = await commits.run(async (tx) => {
            // Always in this order, so that two never wait for one another.
            const wasTry = before.account === null && (await count(tx, account, limits.perAccount, longestMs.account));
            if (network !== "") await count(tx, network, limits.perNetwork, longestMs.network);
            return wasTry;
          });
          return counted ? null : (before.account ?? (await look(account, network)).account ?? clock.now());
        },
        async succeed() {
          const now = await look(account, network);
          if (now.account === null && now.failedBefore) await store.forget(database, account, clock.now());
          return now.account;
        },
      };
    },

    async assertMayAsk({ address }) {
      if (address === undefined) return;
      const { network } = await look("", askedBucket(address));
      if (network) throw tooManyAttempts(network, clock.now());
    },

    async countAsked({ address }) {
      if (address === undefined) return;
      await database.transaction((tx) => count(tx, askedBucket(address), askedPerNetwork, longestMs.network));
    },

    async takeLetter(tx, about) {
      const now = clock.now();
      return store.take(tx, `letter:${sha256(about)}`, lettersAnHour, now, new Date(now.getTime() + hourMs));
    },

    async forgive(tx, email) {
      await store.forget(tx, accountBucket(email), null);
    },

    sweep: () => store.removeExpired(database, clock.now()),
  };
}

/** The error for a try during a pause. */
export function tooManyAttempts(until: Date, now: Date): Error {
  const retryAfter = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1_000));
  const detail = `Too many failed attempts. Try again in ${retryAfter} seconds.`;
  return authErrors.too_many_attempts({ detail, fields: { retryAfter } });
}
