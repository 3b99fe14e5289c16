/** Whether a key is good: on every request's path, so that a key seen before costs one hash and no query. */
import { type Clock, systemClock } from "@revops/core";
import type { Database } from "@revops/database";
import { LRUCache } from "lru-cache";
import type { Refusals } from "../audit/refusals.ts";
import type { ScopeRules } from "../claims/scopes.ts";
import { authErrors } from "../errors.ts";
import { type CountedLimits, demandsOf, type Use } from "../key-limits/demand.ts";
import type { KeyGate } from "../key-limits/gate.ts";
import type { Origin } from "../origins/origin.ts";
import type { Revocations } from "../revocations/revocations.ts";
import { isDigestOf, wholeDigest } from "./digest.ts";
import { createDoorkeeper } from "./doorkeeper.ts";
import { type KeyText, keyLength, readKey } from "./key-text.ts";
import type { LastUsed } from "./last-used.ts";
import type { ApiKeyStore, CheckedKey } from "./store.ts";

/** What a good key says. */
export interface VerifiedKey {
  readonly keyId: string;
  readonly subjectId: string;
  /** The user who made it. */
  readonly createdBy: string;
  readonly name: string;
  /** What it may do, `*` spelt out; never `keys:manage`. */
  readonly scopes: readonly string[];
  readonly expiresAt: Date | null;
}

export interface VerificationOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: ApiKeyStore;
  readonly scopes: ScopeRules;
  readonly revocations: Revocations;
  readonly lastUsed: LastUsed;
  readonly gate: KeyGate;
  readonly refusals: Refusals;
}

/** Keys at most; each is about half a kilobyte. */
const cacheSize = 50_000;

/** A key that is right, and what is still to be asked at each use. */
interface KnownKey {
  readonly verified: VerifiedKey;
  /** One for all who ask: a promise of its own for each would cost as much as the look into the cache. */
  readonly answer: Promise<VerifiedKey>;
  readonly limits: CountedLimits | null;
  /** When a use was noted last, in milliseconds of the clock. */
  notedAt: number;
  /** Until when nothing more need be asked of the time, by `performance.now()`: no end, no limit, and a use just noted. */
  settledUntil: number;
}

const anyUse: Use = {};

/** A use that follows another within this is not noted: hundreds a second would say the same. */
const noteEveryMs = 1_000;

/** Makes the verifier. @throws `invalid_api_key` (by the verifier), alike for every reason; `database_unavailable` */
export function createVerification(options: VerificationOptions): (text: string, use?: Use) => Promise<VerifiedKey> {
  const { database, clock, store, revocations, lastUsed, gate, refusals } = options;
  const scopesOf = createScopesOf(options.scopes);
  // By a digest of the whole key: one hash finds the entry and proves the key at once, and no secret is kept in memory.
  const cache = new LRUCache<string, KnownKey>({
    max: cacheSize,
    dispose: ({ verified }) => void digests.delete(verified.keyId),
  });
  const digests = new Map<string, string>();
  // A query of SQLite takes less than a digest and a place in the cache do, so a key gets them when it comes again. Elsewhere it
  // is a round trip, and each key gets them at once.
  const doorkeeper = store.findForCheckNow && createDoorkeeper();
  revocations.onChange("api_key", (keyId) => {
    const digest = digests.get(keyId);
    if (digest !== undefined) cache.delete(digest);
  });

  /**
   * Judges what is stored of a key, and keeps a right one.
   * @param digest null for a key that comes for the first time, and is not kept
   * @param epoch of before it was read
   */
  function judge(key: KeyText, found: CheckedKey | null, digest: string | null, epoch: number): KnownKey | null {
    if (!found || !isDigestOf(found.digest, found.salt, key.secret)) return null;
    const { subjectId, createdBy, name, expiresAt, limits } = found;
    const scopes = scopesOf(found.scopes);
    const verified = Object.freeze({ keyId: key.id, subjectId, createdBy, name, scopes, expiresAt });
    const answer = Promise.resolve(verified);
    const known: KnownKey = { verified, answer, limits, notedAt: Number.NEGATIVE_INFINITY, settledUntil: 0 };
    // A revocation that came while the row was under way has already looked for an entry to drop.
    if (digest !== null && epoch === revocations.epoch()) {
      cache.set(digest, known);
      digests.set(key.id, digest);
    }
    return known;
  }

  function refuse(keyId: string, userId: string, origin: Origin | undefined): Error {
    refusals.note({ action: "api_key.refused", userId, actorId: null, target: keyId, origin });
    return authErrors.invalid_api_key();
  }

  /** A key that is right and was revoked is in the wrong hands, or still in some program: its owner wants to know. */
  async function refuseUnknown(key: KeyText, origin: Origin | undefined): Promise<never> {
    const stored = await store.find(database, key.id);
    const right = stored && isDigestOf(stored.digest.toString("hex"), stored.salt, key.secret);
    throw right ? refuse(key.id, stored.key.subjectId, origin) : authErrors.invalid_api_key();
  }

  /** Lets a key in that is not known here, if it is right. */
  function find(text: string, digest: string | null, use: Use, moment: number): Promise<VerifiedKey> {
    const key = readKey(text);
    if (!key) throw authErrors.invalid_api_key();
    const epoch = revocations.epoch();
    const decide = (found: CheckedKey | null) => {
      const known = judge(key, found, digest, epoch);
      return known ? admit(known, use, moment) : refuseUnknown(key, use.origin);
    };
    // At once where the database can: the promises of a query take as long as a point query of SQLite.
    const found = store.findForCheckNow?.(key.id);
    return found === undefined ? store.findForCheck(database, key.id).then(decide) : decide(found);
  }

  /** Lets a right key in, or refuses it for its end or its limits. */
  function admit(known: KnownKey, use: Use, moment: number): Promise<VerifiedKey> {
    const { verified, limits } = known;
    const now = clock.now();
    if (verified.expiresAt !== null && verified.expiresAt <= now) {
      throw refuse(verified.keyId, verified.subjectId, use.origin);
    }
    if (limits) return gate.pass(demandsOf(limits, use, now)).then(() => noted(known, now, Number.NEGATIVE_INFINITY));
    // A clock that somebody moves is asked each time.
    const settles = clock === systemClock && verified.expiresAt === null;
    return noted(known, now, settles ? moment + noteEveryMs : 0);
  }

  /** Notes the use of a key that was let in, once in a while. */
  function noted(known: KnownKey, now: Date, settledUntil: number): Promise<VerifiedKey> {
    const elapsed = now.getTime() - known.notedAt;
    if (elapsed >= noteEveryMs || elapsed < 0) {
      known.notedAt = now.getTime();
      known.settledUntil = settledUntil;
      lastUsed.note(known.verified.keyId, now);
    }
    return known.answer;
  }

  function verify(text: string, use: Use, moment: number): Promise<VerifiedKey> {
    const digest = doorkeeper?.hasSeen(text) === false ? null : wholeDigest(text);
    const known = digest === null ? undefined : cache.get(digest);
    if (!known) return find(text, digest, use, moment);
    return moment < known.settledUntil ? known.answer : admit(known, use, moment);
  }

  return (text, use = anyUse) => {
    // No async function: what it adds to a promise that is there already costs as much as a query.
    try {
      // Before anything walks it: what is not as long as a key may be a megabyte long.
      if (typeof text !== "string" || text.length !== keyLength) throw authErrors.invalid_api_key();
      const moment = performance.now();
      const news = revocations.fresh(moment);
      return news ? news.then(() => verify(text, use, moment)) : verify(text, use, moment);
    } catch (error) {
      return Promise.reject(error);
    }
  };
}

const mostLists = 1_000;

/** Most keys carry one of a few lists of scopes: each is read once. */
function createScopesOf(rules: ScopeRules): (stored: string) => readonly string[] {
  const known = new Map<string, readonly string[]>();
  return (stored) => {
    const before = known.get(stored);
    if (before) return before;
    // Written by `forNewKey` and by nobody else.
    const scopes = Object.freeze([...rules.ofKey(JSON.parse(stored) as string[])]);
    if (known.size < mostLists) known.set(stored, scopes);
    return scopes;
  };
}
