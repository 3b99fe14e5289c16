import { defineTables } from "@revops/database";
import type { AuditAction } from "./audit/entry.ts";
import type { CountedLimits } from "./key-limits/demand.ts";
import type { OrganizationRole } from "./organizations/organization.ts";

export const authTables = defineTables((c) => {
  const users = c.table(
    "auth_users",
    {
      id: c.text().primaryKey(),
      /** As `normalizeEmail` writes it. */
      email: c.text().notNull(),
      emailVerified: c.flag().notNull(),
      name: c.text(),
      role: c.text().$type<"user" | "admin">().notNull(),
      createdAt: c.time().notNull(),
    },
    (table) => [c.uniqueIndex("auth_users_email_unique").on(table.email)],
  );

  /** Who was: totals in other packages go on naming the id, and nothing else is known of it. */
  const erasedUsers = c.table("auth_erased_users", { id: c.text().primaryKey(), at: c.time().notNull() });

  /** Apart from the user: some have none (OAuth), and no query for a user can bring a hash along by accident. */
  const passwords = c.table("auth_passwords", {
    userId: c.text().primaryKey(),
    /** In the PHC string format: `$argon2id$v=19$m=…`. */
    hash: c.text().notNull(),
    changedAt: c.time().notNull(),
  });

  /** Codes that were sent by letter and not used yet. */
  const codes = c.table(
    "auth_codes",
    {
      /** SHA-256; a code has 256 random bits, so neither salt nor stretching would add anything. */
      hash: c.text().primaryKey(),
      purpose: c.text().$type<"email_verification" | "password_reset" | "email_change">().notNull(),
      userId: c.text().notNull(),
      /** Where it was sent to. */
      email: c.text().notNull(),
      expiresAt: c.time().notNull(),
    },
    (table) => [c.index("auth_codes_user_id").on(table.userId), c.index("auth_codes_expires_at").on(table.expiresAt)],
  );

  /** How often a password was guessed wrong, by account and by network, and how many letters were sent. */
  const attempts = c.table(
    "auth_attempts",
    {
      /** A hash of the e-mail address or network: whom it is about is nobody's business, and many exist nowhere else. */
      bucket: c.text().primaryKey(),
      failures: c.integer().notNull(),
      /** Until then nothing is tried. */
      blockedUntil: c.time().notNull(),
      /** From then on it is as if there had been no failure. */
      expiresAt: c.time().notNull(),
    },
    (table) => [c.index("auth_attempts_expires_at").on(table.expiresAt)],
  );

  /** One log-in on one device, and the family of the refresh tokens that descend from it. */
  const sessions = c.table(
    "auth_sessions",
    {
      id: c.text().primaryKey(),
      userId: c.text().notNull(),
      createdAt: c.time().notNull(),
      lastUsedAt: c.time().notNull(),
      /** When its youngest refresh token ends. */
      expiresAt: c.time().notNull(),
      endedAt: c.time(),
      endReason: c.text().$type<"logout" | "ended" | "token_reused">(),
    },
    (table) => [
      c.index("auth_sessions_user_id").on(table.userId, table.id),
      c.index("auth_sessions_expires_at").on(table.expiresAt),
    ],
  );

  /** Used ones stay until they expire: that is how a second use is told from a guess. */
  const refreshTokens = c.table(
    "auth_refresh_tokens",
    {
      /** SHA-256; the token has 256 random bits, so neither salt nor stretching would add anything. */
      hash: c.text().primaryKey(),
      sessionId: c.text().notNull(),
      createdAt: c.time().notNull(),
      expiresAt: c.time().notNull(),
      usedAt: c.time(),
    },
    (table) => [
      c.index("auth_refresh_tokens_session_id").on(table.sessionId),
      c.index("auth_refresh_tokens_expires_at").on(table.expiresAt),
    ],
  );

  const apiKeys = c.table(
    "auth_api_keys",
    {
      id: c.text().primaryKey(),
      subjectId: c.text().notNull(),
      /** The user who made it; null for keys from before that was kept, which their subject made. */
      createdBy: c.text(),
      name: c.text().notNull(),
      salt: c.text().notNull(),
      /** SHA-256 of salt and secret. */
      digest: c.bytes().notNull(),
      last4: c.text().notNull(),
      scopes: c.json<string[]>().notNull(),
      createdAt: c.time().notNull(),
      expiresAt: c.time(),
      lastUsedAt: c.time(),
      revokedAt: c.time(),
      /** What it may be used for at most, and where that is counted. */
      limits: c.json<CountedLimits>(),
      /** The key that replaces it; set once, so that of two rotations at the same time one wins. */
      successorId: c.text(),
    },
    (table) => [c.index("auth_api_keys_subject_id").on(table.subjectId, table.id)],
  );

  /** How much of a limit of a key was used, in one of its periods. */
  const keyCounters = c.table("auth_key_counters", {
    /** `<key>/<rate limit>`; the cap on its use has no name. */
    counter: c.text().primaryKey(),
    period: c.bigint().notNull(),
    used: c.bigint().notNull(),
    /** What the last batch of uses was given. */
    granted: c.bigint().notNull(),
  });

  /** What other instances must refuse, or must forget from their caches; they read what is new by its revision. */
  const revocations = c.table(
    "auth_revocations",
    {
      kind: c.text().$type<"token" | "session" | "api_key" | "user" | "organization">().notNull(),
      target: c.text().notNull(),
      revision: c.bigint().notNull(),
      /** From then on what it names is refused for its own age, or was re-read long ago. */
      expiresAt: c.time().notNull(),
    },
    (table) => [
      c.primaryKey({ columns: [table.kind, table.target] }),
      c.index("auth_revocations_revision").on(table.revision),
      c.index("auth_revocations_expires_at").on(table.expiresAt),
    ],
  );

  /** Who a provider says someone is, and whose account that opens. */
  const oauthIdentities = c.table(
    "auth_oauth_identities",
    {
      provider: c.text().notNull(),
      subject: c.text().notNull(),
      userId: c.text().notNull(),
      linkedAt: c.time().notNull(),
    },
    (table) => [
      c.primaryKey({ columns: [table.provider, table.subject] }),
      c.index("auth_oauth_identities_user_id").on(table.userId),
    ],
  );

  /** Sign-ins that a browser was sent away with and has not come back from. */
  const oauthStates = c.table(
    "auth_oauth_states",
    {
      hash: c.text().primaryKey(),
      provider: c.text().notNull(),
      browserHash: c.text().notNull(),
      redirectTo: c.text(),
      /** Whose account the identity is to be linked to, and the session that asked; null for a sign-in. */
      linkUserId: c.text(),
      linkSessionId: c.text(),
      codeChallenge: c.text(),
      expiresAt: c.time().notNull(),
    },
    (table) => [c.index("auth_oauth_states_expires_at").on(table.expiresAt)],
  );

  /** What a finished sign-in is exchanged for tokens with. */
  const oauthCodes = c.table(
    "auth_oauth_codes",
    {
      hash: c.text().primaryKey(),
      userId: c.text().notNull(),
      /** Of the verifier that whoever began the sign-in has (RFC 7636); null for one that was begun without. */
      codeChallenge: c.text(),
      expiresAt: c.time().notNull(),
    },
    (table) => [
      c.index("auth_oauth_codes_user_id").on(table.userId),
      c.index("auth_oauth_codes_expires_at").on(table.expiresAt),
    ],
  );

  /** Append-only, but for the counts of what is gathered. */
  const audit = c.table(
    "auth_audit",
    {
      id: c.text().primaryKey(),
      at: c.time().notNull(),
      userId: c.text().notNull(),
      actorId: c.text(),
      action: c.text().$type<AuditAction>().notNull(),
      target: c.text(),
      /** What a role was, and what it is now; null where nothing was given. */
      roleBefore: c.text(),
      roleAfter: c.text(),
      address: c.text(),
      userAgent: c.text(),
      /** How often; null is once. */
      times: c.integer(),
      lastAt: c.time(),
      /** What the next one of its kind is counted by; null for what stands alone. */
      gathered: c.text(),
    },
    (table) => [
      c.index("auth_audit_user_id").on(table.userId, table.id),
      c.uniqueIndex("auth_audit_gathered_unique").on(table.gathered),
      // What an organization's log knows of where someone was is found when they are erased.
      c.index("auth_audit_actor_id").on(table.actorId),
    ],
  );

  const organizations = c.table("auth_organizations", {
    id: c.text().primaryKey(),
    name: c.text().notNull(),
    createdAt: c.time().notNull(),
    /** Rises with every change of who is a member: its row's lock puts them in order, so the last owner is known exactly. */
    revision: c.bigint().notNull(),
  });

  const members = c.table(
    "auth_organization_members",
    {
      organizationId: c.text().notNull(),
      userId: c.text().notNull(),
      role: c.text().$type<OrganizationRole>().notNull(),
      joinedAt: c.time().notNull(),
    },
    (table) => [
      c.primaryKey({ columns: [table.organizationId, table.userId] }),
      c.index("auth_organization_members_user_id").on(table.userId, table.organizationId),
    ],
  );

  /** Invitations that were not accepted yet; one for each organization and address. */
  const invitations = c.table(
    "auth_invitations",
    {
      id: c.text().primaryKey(),
      organizationId: c.text().notNull(),
      email: c.text().notNull(),
      role: c.text().$type<OrganizationRole>().notNull(),
      invitedBy: c.text(),
      createdAt: c.time().notNull(),
      expiresAt: c.time().notNull(),
    },
    (table) => [
      c.uniqueIndex("auth_invitations_organization_email_unique").on(table.organizationId, table.email),
      c.index("auth_invitations_email").on(table.email),
      c.index("auth_invitations_expires_at").on(table.expiresAt),
    ],
  );

  /** Apart from the invitation: a letter that had to be sent twice brought two codes, both good. */
  const invitationCodes = c.table(
    "auth_invitation_codes",
    {
      /** SHA-256; a code has 256 random bits, so neither salt nor stretching would add anything. */
      hash: c.text().primaryKey(),
      invitationId: c.text().notNull(),
      expiresAt: c.time().notNull(),
    },
    (table) => [
      c.index("auth_invitation_codes_invitation_id").on(table.invitationId),
      c.index("auth_invitation_codes_expires_at").on(table.expiresAt),
    ],
  );

  /** One row. Its lock puts revocations in the order of their commits, so that a reader can never pass one by. */
  const revisions = c.table("auth_revisions", { name: c.text().primaryKey(), revision: c.bigint().notNull() });

  return {
    users,
    erasedUsers,
    passwords,
    attempts,
    codes,
    sessions,
    refreshTokens,
    apiKeys,
    keyCounters,
    oauthIdentities,
    oauthStates,
    oauthCodes,
    audit,
    organizations,
    members,
    invitations,
    invitationCodes,
    revocations,
    revisions,
  };
});
