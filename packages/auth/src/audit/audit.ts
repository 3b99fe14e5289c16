/** Who did what to which key, session, role or password, when, and from where (OWASP ASVS 5.0, 16.3). */
import { type Clock, createId, hourMs, isStorableText, type Page, type PageRequest, sha256 } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import { networkOf } from "../origins/network.ts";
import type { Origin } from "../origins/origin.ts";
import type { AuditAction, AuditEntry } from "./entry.ts";
import type { AuditStore, NewEntry } from "./store.ts";

/** What happened; the log adds when. */
export interface Happening {
  readonly action: AuditAction;
  readonly userId: string;
  readonly actorId: string | null;
  readonly target?: string | undefined;
  readonly origin?: Origin | undefined;
}

export interface Audit {
  /** The entries about an account, youngest first. */
  list(userId: string, page: PageRequest): Promise<Page<AuditEntry>>;
}

export interface AuditLog extends Audit {
  /** Writes in the transaction of what happened: neither is there without the other. */
  record(tx: Tx, ...happenings: readonly Happening[]): Promise<void>;
  /**
   * Counts a refusal with those of the same kind, account, hour and place. Places share {@link placesAnHour} entries, so
   * that whoever tries from a million addresses fills nobody's log; `times` says how many there were.
   */
  gather(tx: Tx, happening: Happening, times?: number): Promise<void>;
}

/** Entries of one kind about one account in an hour. */
const placesAnHour = 8;

const maxLength = 500;

export function createAuditLog(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: AuditStore;
}): AuditLog {
  const { database, clock, store } = options;

  function entryOf({ action, userId, actorId, target, origin = {} }: Happening, at: Date): NewEntry {
    const id = createId("aud", at);
    return {
      id,
      at,
      userId,
      actorId,
      action,
      target: target ?? null,
      address: kept(origin.address),
      userAgent: kept(origin.userAgent),
    };
  }

  return {
    async record(tx, ...happenings) {
      if (happenings.length === 0) return;
      const at = clock.now();
      await store.insert(
        tx,
        happenings.map((happening) => entryOf(happening, at)),
      );
    },

    async gather(tx, happening, times = 1) {
      const at = clock.now();
      const { action, userId, target = "", origin = {} } = happening;
      const hour = Math.floor(at.getTime() / hourMs);
      const by = [userId, action, target, hour, placeOf(origin.address)].join(" ");
      await store.gather(tx, entryOf(happening, at), by, times);
    },
    list: (userId, page) => store.list(database, userId, page),
  };
}

/** One of {@link placesAnHour}, the same for the same network. */
function placeOf(address: string | undefined): number {
  return address === undefined ? 0 : sha256(networkOf(address)).charCodeAt(0) % placesAnHour;
}

/** What a client says of itself must not keep it from being logged. */
function kept(text: string | undefined): string | null {
  return text === undefined || !isStorableText(text) ? null : text.slice(0, maxLength).toWellFormed();
}
