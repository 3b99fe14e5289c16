/** Whether a key is good: on every request's path, so that a key seen before costs one hash and no query. */
import type { Clock } from "@revops/core";
import type { Database } from "@revops/database";
import { LRUCache } from "lru-cache";
import type { ScopeRules } from "../claims/scopes.ts";
import { authErrors } from "../errors.ts";
import type { Revocations } from "../revocations/revocations.ts";
import { isDigestOf } from "./digest.ts";
import { type KeyText, readKey } from "./key-text.ts";
import type { LastUsed } from "./last-used.ts";
import type { ApiKeyStore } from "./store.ts";

/** What a good key says. */
export interface VerifiedKey {
  readonly keyId: string;
  readonly subjectId: string;
  readonly name: string;
  /** What it may do, `*` spelt out; never `keys:manage`. */
  readonly scopes: readonly string[];
  readonly expiresAt: Date | null;
}

interface CachedKey {
  readonly salt: string;
  readonly digest: Buffer;
  readonly verified: VerifiedKey;
}

export interface VerificationOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: ApiKeyStore;
  readonly scopes: ScopeRules;
  readonly revocations: Revocations;
  readonly lastUsed: LastUsed;
}

/** Keys at most; each is about half a kilobyte. */
const cacheSize = 50_000;

/** Makes the verifier. @throws `invalid_api_key` (by the verifier), alike for every reason; `database_unavailable` */
export function createVerification(options: VerificationOptions): (text: string) => Promise<VerifiedKey> {
  const { database, clock, store, scopes, revocations, lastUsed } = options;
  // By id and with the digest, not by the key itself: the secret is compared each time and is not kept in memory.
  const cache = new LRUCache<string, CachedKey>({ max: cacheSize });
  revocations.onChange("api_key", (keyId) => cache.delete(keyId));

  async function load({ id, secret }: KeyText): Promise<CachedKey | null> {
    const epoch = revocations.epoch();
    const stored = await store.find(database, id);
    if (!stored || stored.key.revokedAt !== null || !isDigestOf(stored.digest, stored.salt, secret)) return null;
    const { key, salt, digest } = stored;
    const verified = Object.freeze({
      keyId: key.id,
      subjectId: key.subjectId,
      name: key.name,
      scopes: Object.freeze(scopes.ofKey(key.scopes)),
      expiresAt: key.expiresAt,
    });
    const entry = { salt, digest, verified };
    // A revocation that came while the row was under way has already looked for an entry to drop.
    if (epoch === revocations.epoch()) cache.set(id, entry);
    return entry;
  }

  return async (text) => {
    const key = readKey(text);
    if (!key) throw authErrors.invalid_api_key();
    const news = revocations.fresh();
    if (news) await news;
    const cached = cache.get(key.id);
    if (cached && !isDigestOf(cached.digest, cached.salt, key.secret)) throw authErrors.invalid_api_key();
    const entry = cached ?? (await load(key));
    if (!entry) throw authErrors.invalid_api_key();
    const { expiresAt } = entry.verified;
    if (expiresAt !== null && expiresAt <= clock.now()) throw authErrors.invalid_api_key();
    lastUsed.note(key.id);
    return entry.verified;
  };
}
