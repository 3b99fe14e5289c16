/**
 * Delivers a letter. Its code is made now and only its hash is kept, so that what waits to be delivered, in memory or as
 * a job in the database, holds no code. A letter that is delivered twice brings two codes, both good.
 */
import { type Clock, dayMs, minuteMs } from "@revops/core";
import type { Database } from "@revops/database";
import { createCode } from "../codes/code-text.ts";
import type { CodePurpose, CodeStore } from "../codes/store.ts";
import type { InvitationStore } from "../organizations/invitation-store.ts";
import type { Passwords } from "../passwords/passwords.ts";
import type { UserStore } from "../users/store.ts";
import { type Letter, type WriteLetter, writeLetter } from "./letters.ts";
import type { MailPort } from "./mail.ts";

/** A letter that is not written yet. */
export type PendingLetter =
  | {
      readonly kind: CodePurpose;
      readonly to: string;
      readonly userId: string;
      /** ISO 8601: only while the user's password is the one that was set then. */
      readonly passwordOf?: string;
    }
  | { readonly kind: "organization_invitation"; readonly to: string; readonly invitationId: string }
  | { readonly kind: "password_changed" | "email_changed"; readonly to: string }
  | { readonly kind: "identity_linked"; readonly to: string; readonly provider: string };

export interface DeliveryOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly port: MailPort;
  readonly store: CodeStore;
  readonly users: UserStore;
  readonly passwords: Pick<Passwords, "isOf">;
  readonly invitations: Pick<InvitationStore, "findForLetter" | "insertCode">;
  readonly letters?: WriteLetter | undefined;
}

const codeMinutes = 60;

export function createDelivery(options: DeliveryOptions): (pending: PendingLetter) => Promise<void> {
  const { database, clock, port, store, users, passwords, invitations, letters = writeLetter } = options;

  /** null when it would be of no use any more: the user is gone, or has another address or password. */
  async function write(pending: PendingLetter): Promise<Letter | null> {
    if ("invitationId" in pending) return invite(pending.invitationId);
    if (!("userId" in pending)) return pending;
    const { kind, userId, to, passwordOf } = pending;
    const user = await users.find(database, userId);
    if (!user || (kind !== "email_change" && user.email !== to)) return null;
    const { code, hash } = createCode();
    const expiresAt = new Date(clock.now().getTime() + codeMinutes * minuteMs);
    const made = await database.transaction(async (tx) => {
      // Whoever changes the password waits for this, and then takes the code away.
      if (passwordOf !== undefined && !(await passwords.isOf(tx, userId, new Date(passwordOf)))) return false;
      await store.insert(tx, { hash, purpose: kind, userId, email: to, expiresAt });
      return true;
    });
    return made ? { kind, code, minutes: codeMinutes } : null;
  }

  /** null when it was taken back, sent again, or accepted meanwhile. */
  async function invite(invitationId: string): Promise<Letter | null> {
    const now = clock.now();
    const invitation = await invitations.findForLetter(database, invitationId, now);
    if (!invitation) return null;
    const { expiresAt, role, organizationName: organization } = invitation;
    const { code, hash } = createCode();
    await database.transaction((tx) => invitations.insertCode(tx, { hash, invitationId, expiresAt }));
    const days = Math.ceil((expiresAt.getTime() - now.getTime()) / dayMs);
    return { kind: "organization_invitation", code, days, organization, role };
  }

  return async (pending) => {
    const letter = await write(pending);
    if (letter) await port.send({ to: pending.to, ...letters(letter) });
  };
}
