import { type Page, type PageRequest, pageOf } from "@revops/core";
import { type Database, type Handle, type PointReader, prepared, type Tx } from "@revops/database";
import { and, desc, eq, gt, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import type { CountedLimits } from "../key-limits/demand.ts";
import { noLimits } from "../key-limits/limits.ts";
import { authTables } from "../schema.ts";
import { storableId } from "../storable-id.ts";
import type { ApiKey } from "./api-key.ts";
import { shownPrefix } from "./key-text.ts";

/** A key with what its secret is checked against. */
interface StoredKey {
  readonly key: ApiKey;
  readonly salt: string;
  readonly digest: Buffer;
  /** null for a key without limits. */
  readonly limits: CountedLimits | null;
}

/** What a check of a key needs. */
export interface CheckedKey {
  readonly subjectId: string;
  readonly createdBy: string;
  readonly name: string;
  readonly salt: string;
  /** In hexadecimal of either case: a text comes out of SQLite in half the time of bytes. */
  readonly digest: string;
  /** JSON, as it is stored. */
  readonly scopes: string;
  readonly expiresAt: Date | null;
  readonly limits: CountedLimits | null;
}

/** Keys that are no more, by their ids. */
interface RemovedKeys {
  readonly all: readonly string[];
  /** Those that had not been revoked before. */
  readonly ended: readonly string[];
}

export interface ApiKeyStore {
  insert(tx: Tx, key: StoredKey): Promise<void>;
  find(handle: Handle, id: string): Promise<StoredKey | null>;
  /** A key that is not revoked. On every request's path: the few columns that it needs, by hand, which is four times as fast. */
  findForCheck(handle: Handle, id: string): Promise<CheckedKey | null>;
  /** The same at once, where the database can; undefined when it cannot now. */
  readonly findForCheckNow?: ((id: string) => CheckedKey | null | undefined) | undefined;
  list(handle: Handle, subjectId: string, page: PageRequest): Promise<Page<ApiKey>>;
  /** null when it is not this subject's, or was revoked before. */
  revoke(tx: Tx, key: { id: string; subjectId: string }, at: Date): Promise<ApiKey | null>;
  /** Revokes those of a subject's keys that a user made; answers their ids. */
  revokeMadeBy(tx: Tx, which: { subjectId: string; createdBy: string }, at: Date): Promise<string[]>;
  /** Revokes all of a subject's keys; answers their ids. */
  revokeAllOf(tx: Tx, subjectId: string, at: Date): Promise<string[]>;
  /** Removes all keys of a subject, revoked ones too. */
  removeOfSubject(tx: Tx, subjectId: string): Promise<RemovedKeys>;
  /** Names the key that replaces it; null unless it is this subject's, valid, and not replaced before. */
  replace(tx: Tx, key: { id: string; subjectId: string }, successorId: string, at: Date): Promise<StoredKey | null>;
  /** Lets a key end earlier than it would. */
  endAt(tx: Tx, id: string, at: Date): Promise<void>;
  /** Writes when keys were used last, never to an earlier time, in few statements. */
  writeLastUsed(tx: Tx, uses: ReadonlyMap<string, Date>): Promise<void>;
}

/** In the order in which they are selected. Times are as the drivers give them: SQLite's as milliseconds. */
type CheckValues = readonly [
  subjectId: string,
  createdBy: string | null,
  name: string,
  salt: string,
  digest: string,
  scopes: string,
  limits: string | null,
  expiresAt: Date | number | null,
];

function toCheckedKey(values: CheckValues): CheckedKey {
  const [subjectId, createdBy, name, salt, digest, scopes, limits, expiresAt] = values;
  return {
    subjectId,
    createdBy: createdBy ?? subjectId,
    name,
    salt,
    digest,
    scopes,
    expiresAt: typeof expiresAt === "number" ? new Date(expiresAt) : expiresAt,
    // Written by this store.
    limits: limits === null ? null : (JSON.parse(limits) as CountedLimits),
  };
}

/** Rows in one statement: two parameters each, and SQLite takes 32,766. */
const chunkSize = 1_000;

export function createApiKeyStore({ dialect, pointReader }: Database): ApiKeyStore {
  const { apiKeys } = authTables(dialect);
  const texts =
    dialect === "sqlite"
      ? sql`hex(digest) as digest, scopes, limits`
      : sql`encode(digest, 'hex') as digest, scopes::text as scopes, limits::text as limits`;
  const forCheck = sql`
    select subject_id, created_by, name, salt, ${texts}, expires_at
    from auth_api_keys where id = ${sql.placeholder("id")} and revoked_at is null`;
  // Compiled at the first use: the tables need not be there yet when auth is made.
  let readNow: PointReader | undefined;
  const byId = prepared("auth_api_key_by_id", (db) =>
    db
      .select()
      .from(apiKeys)
      .where(eq(apiKeys.id, sql.placeholder("id"))),
  );
  const ofSubject = prepared("auth_api_keys_of_subject", (db) =>
    db
      .select()
      .from(apiKeys)
      .where(and(eq(apiKeys.subjectId, sql.placeholder("subjectId")), lt(apiKeys.id, sql.placeholder("after"))))
      .orderBy(desc(apiKeys.id))
      .limit(sql.placeholder("limit")),
  );
  const revokeEach = async (tx: Tx, subjectId: string, which: SQL | undefined, at: Date) =>
    (
      await tx.db
        .update(apiKeys)
        .set({ revokedAt: at })
        .where(and(eq(apiKeys.subjectId, subjectId), which, isNull(apiKeys.revokedAt)))
        .returning({ id: apiKeys.id })
    ).map(({ id }) => id);
  const theirs = ({ id, subjectId }: { id: string; subjectId: string }) =>
    and(eq(apiKeys.id, storableId(id)), eq(apiKeys.subjectId, storableId(subjectId)), isNull(apiKeys.revokedAt));

  return {
    async insert(tx, { key, ...checked }) {
      const { prefix: _derived, rateLimits: _rates, usageCap: _cap, ...columns } = key;
      await tx.db.insert(apiKeys).values({ ...columns, scopes: [...key.scopes], ...checked });
    },
    async find(handle, id) {
      const [row] = await byId(handle, { id: storableId(id) });
      return row ? { key: toApiKey(row), salt: row.salt, digest: row.digest, limits: row.limits } : null;
    },
    async findForCheck(handle, id) {
      const [row] = await handle.rows(forCheck, { id });
      // Objects keep the order of their columns, none of whose names is a number.
      return row ? toCheckedKey(Object.values(row) as unknown as CheckValues) : null;
    },
    findForCheckNow:
      pointReader &&
      ((id) => {
        readNow ??= pointReader(forCheck);
        const row = readNow(id);
        return row ? toCheckedKey(row as CheckValues) : row;
      }),
    async list(handle, subjectId, { limit, after }) {
      // "~" sorts after every character of an id.
      const rows = await ofSubject(handle, {
        subjectId: storableId(subjectId),
        after: storableId(after ?? "~"),
        limit: limit + 1,
      });
      return pageOf(rows.map(toApiKey), limit, (key) => key.id);
    },
    async revoke(tx, key, at) {
      const [row] = await tx.db.update(apiKeys).set({ revokedAt: at }).where(theirs(key)).returning();
      return row ? toApiKey(row) : null;
    },
    revokeMadeBy: (tx, { subjectId, createdBy }, at) => revokeEach(tx, subjectId, eq(apiKeys.createdBy, createdBy), at),
    revokeAllOf: (tx, subjectId, at) => revokeEach(tx, subjectId, undefined, at),
    async removeOfSubject(tx, subjectId) {
      const removed = await tx.db
        .delete(apiKeys)
        .where(eq(apiKeys.subjectId, subjectId))
        .returning({ id: apiKeys.id, revokedAt: apiKeys.revokedAt });
      const ended = removed.filter(({ revokedAt }) => revokedAt === null);
      return { all: removed.map(({ id }) => id), ended: ended.map(({ id }) => id) };
    },
    async replace(tx, key, successorId, at) {
      const valid = or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, at));
      const [row] = await tx.db
        .update(apiKeys)
        .set({ successorId })
        .where(and(theirs(key), isNull(apiKeys.successorId), valid))
        .returning();
      return row ? { key: toApiKey(row), salt: row.salt, digest: row.digest, limits: row.limits } : null;
    },
    async endAt(tx, id, at) {
      const later = or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, at));
      await tx.db
        .update(apiKeys)
        .set({ expiresAt: at })
        .where(and(eq(apiKeys.id, id), later));
    },
    async writeLastUsed(tx, uses) {
      const all = [...uses];
      for (let start = 0; start < all.length; start += chunkSize) {
        // The cast tells PostgreSQL what its parameter is; SQLite leaves a number as it is under a name it has no type for.
        const values = all.slice(start, start + chunkSize).map(([id, at]) => sql`(${id}, cast(${at} as timestamptz))`);
        await tx.rows(sql`
          with used (id, at) as (values ${sql.join(values, sql`, `)})
          update auth_api_keys set last_used_at = used.at from used
          where auth_api_keys.id = used.id and (last_used_at is null or last_used_at < used.at)`);
      }
    },
  };
}

/** Names every member, so that neither salt nor digest can come along. */
function toApiKey(
  row: Omit<ApiKey, "prefix" | "rateLimits" | "usageCap" | "createdBy"> & {
    createdBy: string | null;
    limits: CountedLimits | null;
  },
): ApiKey {
  const { id, subjectId, createdBy, name, last4, scopes, createdAt, expiresAt, lastUsedAt, revokedAt } = row;
  const { rateLimits, usageCap } = row.limits ?? noLimits;
  const times = { createdAt, expiresAt, lastUsedAt, revokedAt };
  const made = { id, subjectId, createdBy: createdBy ?? subjectId, name, prefix: shownPrefix(id), last4, scopes };
  return { ...made, rateLimits, usageCap, ...times };
}
