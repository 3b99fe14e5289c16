/** What happened, and the entry that it becomes. */
import { createId, isStorableText } from "@revops/core";
import type { Origin } from "../origins/origin.ts";
import type { AuditAction, AuditEntry } from "./entry.ts";

/** What happened; the log adds when. */
export interface Happening {
  readonly action: AuditAction;
  readonly userId: string;
  readonly actorId: string | null;
  readonly target?: string | undefined;
  readonly origin?: Origin | undefined;
}

export type NewEntry = Omit<AuditEntry, "times" | "lastAt">;

const maxLength = 500;

export function entryOf({ action, userId, actorId, target, origin = {} }: Happening, at: Date): NewEntry {
  return {
    id: createId("aud", at),
    at,
    userId,
    actorId,
    action,
    target: target ?? null,
    address: kept(origin.address),
    userAgent: kept(origin.userAgent),
  };
}

/** What a client says of itself must not keep it from being logged. */
function kept(text: string | undefined): string | null {
  return text === undefined || !isStorableText(text) ? null : text.slice(0, maxLength).toWellFormed();
}
