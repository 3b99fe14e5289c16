/** API keys: long-lived credentials of a subject, shown once and kept as a salted hash. */

import { type Clock, createId, type Page, type PageRequest, secondMs } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { Refusals } from "../audit/refusals.ts";
import type { ScopeRules } from "../claims/scopes.ts";
import { authErrors } from "../errors.ts";
import type { CountedLimits, Use } from "../key-limits/demand.ts";
import type { KeyGate } from "../key-limits/gate.ts";
import { type KeyLimitsInput, noLimits, readLimits } from "../key-limits/limits.ts";
import type { Revocations } from "../revocations/revocations.ts";
import { storableId } from "../storable-id.ts";
import type { ApiKey } from "./api-key.ts";
import { createSalt, digestOf } from "./digest.ts";
import { createKeySecret, shownPrefix, writeKey } from "./key-text.ts";
import type { LastUsed } from "./last-used.ts";
import { checkKeyName } from "./name.ts";
import type { ApiKeyStore } from "./store.ts";
import { createVerification, type VerifiedKey } from "./verification.ts";

/** A key with its text, which only its making gives. */
export type NewApiKey = ApiKey & { readonly key: string };

export interface ApiKeys {
  /**
   * Makes a key. Its text is in the answer and nowhere else.
   * @throws `invalid_name`, `invalid_scope`, `invalid_expiry`, `invalid_limits`, `invalid_subject_id`
   */
  create(
    input: {
      readonly subjectId: string;
      /** The user who makes it; the subject itself unless said otherwise. */
      readonly createdBy?: string | undefined;
      readonly name: string;
      readonly scopes?: readonly string[] | undefined;
      readonly expiresAt?: Date | null | undefined;
    } & KeyLimitsInput,
    tx?: Tx,
  ): Promise<NewApiKey>;
  /** A subject's keys, youngest first, revoked ones too. */
  list(subjectId: string, page: PageRequest): Promise<Page<ApiKey>>;
  /**
   * Revokes a key: at once here, within a second in other instances. Done again, it gives the key as it is.
   * @throws `api_key_not_found`, for someone else's too
   */
  revoke(key: { readonly subjectId: string; readonly keyId: string }, tx?: Tx): Promise<ApiKey>;
  /**
   * Makes a key of the same name, scopes, limits and expiry, which goes on counting where the old one was, and lets the old one end after `overlapSeconds` (0: now).
   * @throws `api_key_not_found`; `api_key_not_active` when it has ended or was rotated before
   */
  rotate(
    key: {
      readonly subjectId: string;
      readonly keyId: string;
      readonly overlapSeconds?: number | undefined;
      /** The user who makes the new one; who made the old one unless said otherwise. */
      readonly createdBy?: string | undefined;
    },
    tx?: Tx,
  ): Promise<NewApiKey>;
  /**
   * Gives what a good key says, and counts the use of a limited one: one of each of its limits unless `use` says otherwise.
   * @throws `invalid_api_key`, alike for every reason; `rate_limited`, `quota_exceeded`; `invalid_limits` for a limit that
   *   the key does not have
   */
  verify(key: string, use?: Use): Promise<VerifiedKey>;
}

/** Keys before they are logged. */
export interface PlainApiKeys extends Omit<ApiKeys, "revoke"> {
  /** `changed` is false for one that was revoked before. */
  revoke(...given: Parameters<ApiKeys["revoke"]>): Promise<{ readonly key: ApiKey; readonly changed: boolean }>;
}

export interface ApiKeysOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: ApiKeyStore;
  readonly scopes: ScopeRules;
  readonly revocations: Revocations;
  readonly lastUsed: LastUsed;
  readonly gate: KeyGate;
  readonly refusals: Refusals;
}

/** Both databases keep what lies beyond in ways of their own. */
const lastEnd = new Date("9999-12-31T23:59:59.999Z");

export function createApiKeys(options: ApiKeysOptions): PlainApiKeys {
  const { database, clock, store, scopes, revocations, lastUsed } = options;

  // Who has just used a key and looks at it sees the use, though it is written with others later.
  const shown = (key: ApiKey): ApiKey => ({ ...key, lastUsedAt: lastUsed.noted(key.id) ?? key.lastUsedAt });

  async function insert(
    tx: Tx,
    id: string,
    key: Pick<ApiKey, "subjectId" | "createdBy" | "name" | "scopes" | "createdAt" | "expiresAt">,
    limits: CountedLimits | null,
  ): Promise<NewApiKey> {
    const secret = createKeySecret();
    const text = writeKey({ id, secret });
    const { subjectId, createdBy, name, createdAt, expiresAt } = key;
    const made: ApiKey = {
      id,
      subjectId,
      createdBy,
      name,
      prefix: shownPrefix(id),
      last4: text.slice(-4),
      scopes: key.scopes,
      rateLimits: limits?.rateLimits ?? noLimits.rateLimits,
      usageCap: limits?.usageCap ?? null,
      createdAt,
      expiresAt,
      lastUsedAt: null,
      revokedAt: null,
    };
    const salt = createSalt();
    await store.insert(tx, { key: made, salt, digest: digestOf(salt, secret), limits });
    return { ...made, key: text };
  }

  /** The key, if it is this subject's. */
  async function owned(tx: Tx, subjectId: string, keyId: string): Promise<ApiKey> {
    const stored = await store.find(tx, keyId);
    if (stored?.key.subjectId !== subjectId) throw authErrors.api_key_not_found();
    return stored.key;
  }

  const changed = (tx: Tx, keyId: string) => revocations.add(tx, [{ kind: "api_key", id: keyId }]);

  return {
    create({ subjectId, createdBy = subjectId, expiresAt = null, rateLimits, usageCap, ...input }, tx) {
      return database.transaction(async (tx) => {
        const now = clock.now();
        for (const id of [subjectId, createdBy]) if (storableId(id) === "") throw authErrors.invalid_subject_id();
        const name = checkKeyName(input.name);
        if (expiresAt !== null && !(expiresAt > now && expiresAt <= lastEnd)) {
          throw authErrors.invalid_expiry({ detail: "A key's end must lie in the future, and before the year 10000." });
        }
        const granted = scopes.forNewKey(input.scopes);
        const id = createId("key", now);
        const limits = readLimits({ rateLimits, usageCap });
        const limited = limits.usageCap !== null || Object.keys(limits.rateLimits).length > 0;
        const counted = limited ? { ...limits, countedAs: id, since: now.getTime() } : null;
        return insert(tx, id, { subjectId, createdBy, name, scopes: granted, createdAt: now, expiresAt }, counted);
      }, tx);
    },

    async list(subjectId, page) {
      const { data, next } = await store.list(database, subjectId, page);
      return { data: data.map(shown), next };
    },

    revoke: ({ subjectId, keyId }, tx) =>
      database.transaction(async (tx) => {
        const revoked = await store.revoke(tx, { id: keyId, subjectId }, clock.now());
        if (!revoked) return { key: shown(await owned(tx, subjectId, keyId)), changed: false };
        await changed(tx, keyId);
        return { key: shown(revoked), changed: true };
      }, tx),

    rotate({ subjectId, keyId, overlapSeconds = 0, createdBy }, tx) {
      return database.transaction(async (tx) => {
        const now = clock.now();
        const endsAt = new Date(now.getTime() + overlapSeconds * secondMs);
        if (!Number.isSafeInteger(overlapSeconds) || overlapSeconds < 0 || !(endsAt <= lastEnd)) {
          throw authErrors.invalid_expiry({ detail: "The overlap is a number of seconds, 0 or more." });
        }
        const successorId = createId("key", now);
        const old = await store.replace(tx, { id: keyId, subjectId }, successorId, now);
        if (!old) {
          await owned(tx, subjectId, keyId);
          throw authErrors.api_key_not_active();
        }
        const made = await insert(
          tx,
          successorId,
          { ...old.key, createdBy: createdBy ?? old.key.createdBy, createdAt: now },
          old.limits,
        );
        if (overlapSeconds === 0) await store.revoke(tx, { id: keyId, subjectId }, now);
        else await store.endAt(tx, keyId, endsAt);
        await changed(tx, keyId);
        return made;
      }, tx);
    },

    verify: createVerification(options),
  };
}
