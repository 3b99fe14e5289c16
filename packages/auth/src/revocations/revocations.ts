/**
 * What was taken back before its time: refused at once by the instance that took it back, within a second by every
 * other one on the same database, and still after a restart.
 */
import { type Clock, dayMs, hourMs, type Logger } from "@revops/core";
import { type Database, databaseErrors, type Tx } from "@revops/database";
import { createRevocationStore, type StoredRevocation } from "./store.ts";

/** An access token (by `jti`) or a session is refused until it would have ended anyway. */
interface Refused {
  readonly kind: "token" | "session";
  readonly id: string;
  readonly until: Date;
}

/** A key, a user or who is a member of an organization has changed: what is cached of it is dropped, and read anew. */
interface Changed {
  readonly kind: "api_key" | "user" | "organization";
  readonly id: string;
}

export type Revocation = Refused | Changed;

export interface Revocations {
  /** Takes back, when the transaction commits. Takes a lock that every revocation needs: do it last in a long one. */
  add(tx: Tx, revocations: readonly Revocation[]): Promise<void>;
  /** Whether a token or a session was taken back, as far as known here; see {@link Revocations.fresh}. */
  has(kind: Refused["kind"], id: string): boolean;
  /**
   * Makes sure that what is known here is less than a second old; undefined when it is already, to spare the wait.
   * @param moment `performance.now()`, for who has asked already
   * @throws `database_unavailable`: a revocation that cannot be seen is not taken for absent
   */
  fresh(moment?: number): Promise<void> | undefined;
  /** Rises with every change. A value read while it rose may be old already and must not be cached. */
  epoch(): number;
  /** Calls back when a key, a user or an organization has changed, here or elsewhere. */
  onChange(kind: Changed["kind"], forget: (id: string) => void): void;
  /** Removes what has expired. */
  sweep(): Promise<void>;
  /** Looks for news by itself, so that no request has to wait for it. */
  start(): void;
  stop(): Promise<void>;
}

export interface RevocationsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often an instance looks for news: a point query that as a rule finds nothing. */
const pollMs = 250;
/** From then on a request waits for the news; with the time of a query it stays under the promised second. */
const staleMs = 750;
/** Caches are dropped by age long before, so a change need not be kept for longer. */
const changeKeptMs = dayMs;
/** Instances' clocks differ: what is over for one may be valid for another that has just started. */
const sweepDelayMs = hourMs;

export function createRevocations({ database, clock, logger }: RevocationsOptions): Revocations {
  const store = createRevocationStore(database);
  const refused = { token: new Map<string, number>(), session: new Map<string, number>() };
  const forget: Record<Changed["kind"], ((id: string) => void)[]> = { api_key: [], user: [], organization: [] };
  let epoch = 0;
  let revision = 0;
  let knownAt = Number.NEGATIVE_INFINITY;
  let polling: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  function apply(news: readonly Omit<StoredRevocation, "revision">[]): void {
    if (news.length > 0) epoch++;
    for (const { kind, target, expiresAt } of news) {
      if (kind === "token" || kind === "session") refused[kind].set(target, expiresAt.getTime());
      else for (const drop of forget[kind]) drop(target);
    }
  }

  async function readNews(): Promise<void> {
    // From before the query: what commits while it runs may not be in its answer.
    const started = performance.now();
    try {
      const news = await store.since(database, revision);
      apply(news);
      revision = news.at(-1)?.revision ?? revision;
      knownAt = started;
    } catch (cause) {
      throw databaseErrors.database_unavailable({ detail: "Revocations cannot be read.", cause });
    }
  }

  function poll(): Promise<void> {
    polling ??= readNews().finally(() => {
      polling = undefined;
    });
    return polling;
  }

  return {
    async add(tx, revocations) {
      const changeExpiresAt = new Date(clock.now().getTime() + changeKeptMs);
      const rows = revocations.map((revocation) => ({
        kind: revocation.kind,
        target: revocation.id,
        expiresAt: "until" in revocation ? revocation.until : changeExpiresAt,
      }));
      await store.insert(tx, rows);
      tx.afterCommit(() => apply(rows));
    },

    has: (kind, id) => refused[kind].has(id),
    fresh: (moment = performance.now()) => (moment - knownAt < staleMs ? undefined : poll()),
    epoch: () => epoch,
    onChange: (kind, drop) => void forget[kind].push(drop),

    async sweep() {
      const before = new Date(clock.now().getTime() - sweepDelayMs);
      await store.removeExpired(database, before);
      for (const known of Object.values(refused)) {
        for (const [id, until] of known) if (until < before.getTime()) known.delete(id);
      }
    },

    start() {
      timer ??= setInterval(() => {
        // One that hangs is waited for, and told of once.
        if (polling) return;
        poll().catch((err: unknown) => logger.warn({ err }, "revocations cannot be read"));
      }, pollMs).unref();
    },

    async stop() {
      clearInterval(timer);
      timer = undefined;
      await polling?.catch(() => undefined);
    },
  };
}
