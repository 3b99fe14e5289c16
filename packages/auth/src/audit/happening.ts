/** What happened, and the entry that it becomes. */

import { createId, isStorableText } from "@revops/core";
import type { Origin } from "../origins/origin.ts";
import { storableId } from "../storable-id.ts";
import type { AuditAction, AuditEntry, RoleChange } from "./entry.ts";

/** What happened; the log adds when. */
export interface Happening {
  readonly action: AuditAction;
  readonly userId: string;
  readonly actorId: string | null;
  readonly target?: string | undefined;
  readonly role?: RoleChange | undefined;
  readonly origin?: Origin | undefined;
}

export type NewEntry = Omit<AuditEntry, "times" | "lastAt">;

const maxLength = 500;

export function entryOf({ action, userId, actorId, target, role, origin = {} }: Happening, at: Date): NewEntry {
  return {
    id: createId("aud", at),
    at,
    userId,
    actorId: actorId === null ? null : storableId(actorId),
    action,
    target: target ?? null,
    role: role ?? null,
    address: kept(origin.address),
    userAgent: kept(origin.userAgent),
  };
}

/** What a client says of itself must not keep it from being logged. */
function kept(text: string | undefined): string | null {
  return text === undefined || !isStorableText(text) ? null : text.slice(0, maxLength).toWellFormed();
}
