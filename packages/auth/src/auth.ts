/** Puts the parts of auth together. */
import type { KeyObject } from "node:crypto";
import { type Clock, type FactEmitter, type Logger, minuteMs, silentLogger, systemClock } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import { type Accounts, createAccounts } from "./accounts/accounts.ts";
import { createFirstProof } from "./accounts/first-proof.ts";
import { createAccountStore } from "./accounts/store.ts";
import { createApiKeys } from "./api-keys/api-keys.ts";
import { createLastUsed } from "./api-keys/last-used.ts";
import { createApiKeyStore } from "./api-keys/store.ts";
import { type Audit, createAuditLog } from "./audit/audit.ts";
import { type AuditedApiKeys, auditedKeys } from "./audit/audited-keys.ts";
import { createRefusals } from "./audit/refusals.ts";
import { createAuditStore } from "./audit/store.ts";
import { createBackground, type JobsPort } from "./background/background.ts";
import { createScopeRules, standardScopes } from "./claims/scopes.ts";
import { createCodes } from "./codes/codes.ts";
import { createCodeStore } from "./codes/store.ts";
import { createEmails, type Emails } from "./emails/emails.ts";
import { authErrors } from "./errors.ts";
import type { AuthFacts } from "./facts.ts";
import { createKeyGate } from "./key-limits/gate.ts";
import { createKeyCounterStore } from "./key-limits/store.ts";
import { createDelivery } from "./mail/delivery.ts";
import { letterJobNames } from "./mail/job-names.ts";
import type { WriteLetter } from "./mail/letters.ts";
import type { MailPort } from "./mail/mail.ts";
import { createOAuth, type OAuth, type OAuthOptions } from "./oauth/oauth.ts";
import { createOAuthStore } from "./oauth/store.ts";
import { createDepartures } from "./organizations/departures.ts";
import { createInvitationStore } from "./organizations/invitation-store.ts";
import { createInvitations } from "./organizations/invitations.ts";
import { createMembers } from "./organizations/members.ts";
import { createRoleOf } from "./organizations/membership.ts";
import { createOrganizations, type Organizations } from "./organizations/organizations.ts";
import { createRights } from "./organizations/rights.ts";
import { createOrganizationStore } from "./organizations/store.ts";
import { createArgon2 } from "./passwords/argon2.ts";
import { createAttemptCounter } from "./passwords/attempts.ts";
import type { AttemptLimits } from "./passwords/delay.ts";
import { createPasswordChanges, type PasswordChanges } from "./passwords/password-changes.ts";
import { createPasswords } from "./passwords/passwords.ts";
import { createSharedCommits } from "./passwords/shared-commits.ts";
import { type Authenticate, createAuthenticate } from "./principals/principals.ts";
import { createRevocations } from "./revocations/revocations.ts";
import { createSessions, type Sessions } from "./sessions/sessions.ts";
import { createSessionStore } from "./sessions/store.ts";
import { readTokenKeys, type TokenKeyInput } from "./tokens/key.ts";
import { createTokens, type TierOf, type Tokens } from "./tokens/tokens.ts";
import { createUserStore } from "./users/store.ts";
import { createUsers, type Users } from "./users/users.ts";

export interface AuthOptions {
  /** Migrated with `authMigrations`. */
  readonly database: Database;
  readonly clock?: Clock | undefined;
  readonly logger?: Logger | undefined;
  readonly tokens: {
    /** At least 32 bytes, the same in every instance: tokens are signed by HS256. Left out when `keys` has a private key. */
    readonly secret?: string | KeyObject | undefined;
    /** For RS256 and ES256. Rotate by adding the new key, then signing with it, then (a lifetime later) leaving out the old. */
    readonly keys?: readonly TokenKeyInput[] | undefined;
    /** The `kid` that signs; unless said otherwise the secret does, or the first of `keys`. */
    readonly signWith?: string | undefined;
    /** Who issues the tokens; `revops` unless said otherwise. */
    readonly issuer?: string | undefined;
    /** Whom they are for; `revops` unless said otherwise. */
    readonly audience?: string | undefined;
    /** How long an access token lives; 900 unless said otherwise. */
    readonly accessTokenSeconds?: number | undefined;
    /** How long a session lives without being used; 30 days unless said otherwise. */
    readonly refreshTokenSeconds?: number | undefined;
    /** How long a session lives at most, however often it is used: then its user signs in again. 90 days unless said otherwise. */
    readonly sessionSeconds?: number | undefined;
  };
  /** The tier that a token says its subject has; `free` unless said otherwise. Runs inside the transaction that it is given, if any. */
  readonly tierOf?: TierOf | undefined;
  /** The scopes that there are; {@link standardScopes} unless said otherwise. */
  readonly scopes?: readonly string[] | undefined;
  /** How many passwords are hashed at once; by default one less than there are processors, and 3 at most. */
  readonly passwordConcurrency?: number | undefined;
  /** How many failed log-ins cost nothing: 10 for an account, 1,000 for a network, unless said otherwise. */
  readonly attemptLimits?: Partial<AttemptLimits> | undefined;
  /** Delivers letters; without it none are sent, and there is no verification and no reset. See `smtpMail`. */
  readonly mail?: MailPort | undefined;
  /**
   * Takes letters in the transaction that they belong to, and delivers them however often it takes: `createJobs` of
   * `@revops/jobs`. Without it they are tried three times by this process, and lost with it.
   */
  readonly jobs?: JobsPort | undefined;
  /** What letters say; a plain text with the code unless said otherwise. */
  readonly letters?: WriteLetter | undefined;
  /** Signing in with GitHub, Google or any OpenID Connect provider; without it there is none. */
  readonly oauth?: OAuthOptions | undefined;
  /** How many organizations a user may own; 20 unless said otherwise. Each is a subject with a free tier of its own. */
  readonly maxOwnedOrganizations?: number | undefined;
  readonly facts?: FactEmitter<AuthFacts, Tx> | undefined;
}

export interface Auth {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly passwords: PasswordChanges;
  readonly emails: Emails;
  readonly oauth: Omit<OAuth, "sweep">;
  readonly tokens: Tokens;
  readonly apiKeys: AuditedApiKeys;
  readonly organizations: Organizations;
  readonly audit: Audit;
  readonly accounts: Accounts;
  readonly authenticate: Authenticate;
  /** The tier of a subject now, as {@link AuthOptions.tierOf} says; a token says what it was. */
  tierOf(subjectId: string): Promise<string>;
  /** Removes expired sessions, refresh tokens and revocations. {@link Auth.start} does so every ten minutes. */
  sweep(): Promise<void>;
  /**
   * Starts the work in the background: looking for other instances' revocations, writing when keys were used, sweeping.
   * Without it everything is as correct, but requests wait for the news, and uses are written at {@link Auth.stop} only.
   */
  start(): void;
  /** Ends that work and writes what is left. Call it before the database is closed. */
  stop(): Promise<void>;
}

const sweepEveryMs = 10 * minuteMs;
const daySeconds = 86_400;

/**
 * Makes auth on a database.
 * @throws `invalid_configuration` when the secret is too short or a lifetime is no positive number of seconds
 * @example
 * const auth = createAuth({ database, tokens: { secret: process.env.JWT_SECRET } });
 * const user = await auth.users.register({ email: "ada@example.com", password: "correct horse battery" });
 * const { accessToken } = await auth.sessions.open(user);
 * const principal = await auth.authenticate({ bearer: accessToken });
 */
export function createAuth(options: AuthOptions): Auth {
  const { database, clock = systemClock, logger = silentLogger, facts } = options;
  const { issuer = "revops", audience = "revops" } = options.tokens;
  const { accessTokenSeconds = 900, refreshTokenSeconds = 30 * daySeconds } = options.tokens;
  // NIST SP 800-63B-4 §2.1.3 and OWASP ASVS 5.0 7.3.2 want some longest life; three times what an idle one has.
  const { sessionSeconds = 90 * daySeconds } = options.tokens;
  const { tierOf = async () => "free", scopes: knownScopes = standardScopes } = options;
  for (const [name, seconds] of Object.entries({ accessTokenSeconds, refreshTokenSeconds, sessionSeconds })) {
    if (Number.isSafeInteger(seconds) && seconds > 0) continue;
    throw authErrors.invalid_configuration({ detail: `tokens.${name} is a whole number of seconds above 0.` });
  }

  const keys = readTokenKeys(options.tokens);
  const scopes = createScopeRules(knownScopes);
  const userStore = createUserStore(database);
  const apiKeyStore = createApiKeyStore(database);
  const revocations = createRevocations({ database, clock, logger });
  const auditStore = createAuditStore(database);
  const refusals = createRefusals({ database, clock, store: auditStore, logger });
  const audit = createAuditLog({ database, clock, store: auditStore, refusals });
  const argon2 = createArgon2(options.passwordConcurrency);
  const commits = createSharedCommits(database, argon2.isCrowded);
  const attempts = createAttemptCounter({ database, clock, commits, limits: options.attemptLimits });
  const passwords = createPasswords({ database, clock, attempts, refusals, argon2 });
  const background = createBackground({ jobs: options.jobs, logger });
  const { mail: port, letters } = options;
  const codeStore = createCodeStore(database);
  const invitationStore = createInvitationStore(database);
  const kept = { store: codeStore, users: userStore, passwords, invitations: invitationStore };
  const deliver = port && createDelivery({ database, clock, port, ...kept, letters });
  const post = deliver && background.task(letterJobNames[0], deliver);
  const codes = createCodes({ database, clock, store: codeStore, attempts, refusals, post });
  const sessionStore = createSessionStore(database);
  const lifetimeSeconds = accessTokenSeconds;
  const tokens = createTokens({ database, clock, revocations, keys, issuer, audience, lifetimeSeconds, tierOf });
  const sessions = createSessions({
    database,
    clock,
    store: sessionStore,
    users: userStore,
    passwords,
    commits,
    tokens,
    revocations,
    audit,
    refusals,
    accessTokenSeconds,
    refreshTokenSeconds,
    sessionSeconds,
  });
  const oauth = createOAuth({
    database,
    clock,
    users: userStore,
    sessions,
    sessionStore,
    passwords,
    codes,
    audit,
    facts,
    options: options.oauth,
  });
  const lastUsed = createLastUsed({
    logger,
    write: (uses) => database.transaction((tx) => apiKeyStore.writeLastUsed(tx, uses)),
  });
  const gate = createKeyGate({ database, store: createKeyCounterStore(database) });
  const plainKeys = createApiKeys({
    database,
    clock,
    store: apiKeyStore,
    scopes,
    revocations,
    lastUsed,
    gate,
    refusals,
  });
  const organizationStore = createOrganizationStore(database);
  const rights = createRights(database, organizationStore);
  const apiKeys = auditedKeys({ database, apiKeys: plainKeys, audit, rights, users: userStore });
  const departures = createDepartures({
    clock,
    store: organizationStore,
    invitations: invitationStore,
    apiKeys: apiKeyStore,
    audit,
    facts,
  });
  const joint = { database, clock, store: organizationStore, rights, departures, revocations, audit, facts };
  const invitations = createInvitations({
    ...joint,
    invitations: invitationStore,
    users: userStore,
    attempts,
    codes,
  });
  const users = createUsers({
    database,
    clock,
    store: userStore,
    passwords,
    attempts,
    codes,
    invitations,
    revocations,
    audit,
    facts,
  });
  const organizations: Organizations = {
    ...createOrganizations({ ...joint, users: userStore, maxOwned: options.maxOwnedOrganizations ?? 20 }),
    members: createMembers({ ...joint, invitations: invitationStore }),
    invitations,
  };

  let sweeping: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function sweep(): Promise<void> {
    await revocations.sweep();
    await sessions.sweep();
    await attempts.sweep();
    await codes.sweep();
    await oauth.sweep();
    await invitations.sweep();
  }

  return {
    users,
    sessions,
    passwords: createPasswordChanges({
      database,
      clock,
      users: userStore,
      passwords,
      attempts,
      sessions,
      codes,
      firstProof: createFirstProof({
        clock,
        apiKeys: apiKeyStore,
        identities: createOAuthStore(database),
        organizations: organizationStore,
        invitations: invitationStore,
        audit,
      }),
      revocations,
      audit,
      background,
      facts,
    }),
    emails: createEmails({ database, clock, users: userStore, passwords, codes, revocations, audit, facts }),
    oauth,
    organizations,
    audit: { list: audit.list },
    accounts: createAccounts({
      database,
      clock,
      store: createAccountStore(database),
      users: userStore,
      sessions,
      apiKeys,
      apiKeyStore,
      passwords,
      organizations,
      invitations,
      departures,
      audit,
      auditStore,
      revocations,
      background,
      facts,
    }),
    tokens,
    apiKeys,
    authenticate: createAuthenticate({
      database,
      users: userStore,
      tokens,
      apiKeys,
      revocations,
      roleOf: createRoleOf({ database, store: organizationStore, revocations }),
    }),
    async tierOf(subjectId) {
      const found = await tierOf(subjectId);
      return typeof found === "string" ? found : found.tier;
    },
    sweep,
    start() {
      revocations.start();
      lastUsed.start();
      refusals.start();
      timer ??= setInterval(() => {
        sweeping = sweep().catch((err: unknown) => logger.warn({ err }, "expired rows cannot be removed"));
      }, sweepEveryMs).unref();
    },
    async stop() {
      clearInterval(timer);
      timer = undefined;
      await Promise.all([sweeping, revocations.stop(), background.stop(), lastUsed.stop(), refusals.stop()]);
    },
  };
}
