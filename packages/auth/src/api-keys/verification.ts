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

interface KnownKey {
  readonly verified: VerifiedKey;
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
  // A query of SQLite takes less than a place in the cache does. Elsewhere it is a round trip, and each key gets one at once.
  const doorkeeper = store.findForCheckNow && createDoorkeeper();
  revocations.onChange("api_key", (keyId) => {
    const digest = digests.get(keyId);
    if (digest !== undefined) cache.delete(digest);
  });

  /** Judges what is stored of a key, and keeps a good one that comes again. @param epoch of before it was read */
  function judge(key: KeyText, found: CheckedKey | null, digest: string, epoch: number): KnownKey | null {
    if (!found || !isDigestOf(found.digest, found.salt, key.secret)) return null;
    const { subjectId, createdBy, name, expiresAt, limits } = found;
    const scopes = scopesOf(found.scopes);
    const verified = Object.freeze({ keyId: key.id, subjectId, createdBy, name, scopes, expiresAt });
    const known: KnownKey = { verified, limits, notedAt: Number.NEGATIVE_INFINITY, settledUntil: 0 };
    if (doorkeeper?.hasSeen(digest) === false) return known;
    // A revocation that came while the row was under way has already looked for an entry to drop.
    if (epoch === revocations.epoch()) {
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
  async function refuseUnknown(key: KeyText, origin: Origin | undefined): Promise<Error> {
    const stored = await store.find(database, key.id);
    const right = stored && isDigestOf(stored.digest.toString("hex"), stored.salt, key.secret);
    return right ? refuse(key.id, stored.key.subjectId, origin) : authErrors.invalid_api_key();
  }

  return async (text, use = anyUse) => {
    // Before anything walks it: what is not as long as a key may be a megabyte long.
    if (typeof text !== "string" || text.length !== keyLength) throw authErrors.invalid_api_key();
    const moment = performance.now();
    const news = revocations.fresh(moment);
    if (news) await news;
    const digest = wholeDigest(text);
    let known = cache.get(digest) ?? null;
    if (!known) {
      const key = readKey(text);
      if (!key) throw authErrors.invalid_api_key();
      const epoch = revocations.epoch();
      // At once where the database can: the promises of a query take as long as a point query of SQLite.
      const found = store.findForCheckNow?.(key.id);
      known = judge(key, found === undefined ? await store.findForCheck(database, key.id) : found, digest, epoch);
      if (!known) throw await refuseUnknown(key, use.origin);
    }
    const { verified, limits } = known;
    if (moment < known.settledUntil) return verified;
    const now = clock.now();
    if (verified.expiresAt !== null && verified.expiresAt <= now) {
      throw refuse(verified.keyId, verified.subjectId, use.origin);
    }
    if (limits) await gate.pass(demandsOf(limits, use, now));
    const elapsed = now.getTime() - known.notedAt;
    if (elapsed >= noteEveryMs || elapsed < 0) {
      known.notedAt = now.getTime();
      lastUsed.note(verified.keyId, now);
      // A clock that somebody moves is asked each time.
      if (clock === systemClock && limits === null && verified.expiresAt === null)
        known.settledUntil = moment + noteEveryMs;
    }
    return verified;
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
