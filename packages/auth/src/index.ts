/** @revops/auth: users, passwords, sessions, tokens, API keys and claims. A diff of this file is a diff of the public API. */

export type { AccountExport, AccountRequest, Accounts } from "./accounts/accounts.ts";
export type { ApiKey } from "./api-keys/api-key.ts";
export type { ApiKeys, NewApiKey } from "./api-keys/api-keys.ts";
export type { VerifiedKey } from "./api-keys/verification.ts";
export type { Audit } from "./audit/audit.ts";
export type { AuditedApiKeys, KeyRequest } from "./audit/audited-keys.ts";
export type { AuditAction, AuditEntry, RoleChange } from "./audit/entry.ts";
export { type Auth, type AuthOptions, createAuth } from "./auth.ts";
export type { JobsPort } from "./background/background.ts";
export { atLeast, everyScope, hasScope, hasTier, standardTierLevels, type TierLevels } from "./claims/claims.ts";
export { manageKeys, standardScopes } from "./claims/scopes.ts";
export type { Emails } from "./emails/emails.ts";
export { type AuthErrorCode, authErrors } from "./errors.ts";
export type { AuthFacts } from "./facts.ts";
export type { Use } from "./key-limits/demand.ts";
export type { KeyLimits, KeyLimitsInput, RateLimit, UsageCap } from "./key-limits/limits.ts";
export { letterJobNames } from "./mail/job-names.ts";
export type { Letter, WriteLetter } from "./mail/letters.ts";
export type { Mail, MailPort } from "./mail/mail.ts";
export { type SmtpMailOptions, smtpMail } from "./mail/smtp.ts";
export { authMigrations } from "./migrations.ts";
export type { Identities } from "./oauth/identities.ts";
export type { BegunSignIn, FinishedSignIn, OAuth, OAuthOptions, SignInAnswer, WayBack } from "./oauth/oauth.ts";
export {
  type GitHubSettings,
  googleIssuer,
  type OidcSettings,
  type ProviderSettings,
} from "./oauth/providers/provider.ts";
export type { LinkedIdentity, NamedIdentity } from "./oauth/store.ts";
export type { Acceptance, Invitations } from "./organizations/invitations.ts";
export type { MemberRequest, Members } from "./organizations/members.ts";
export type {
  Invitation,
  Member,
  Membership,
  Organization,
  OrganizationRequest,
  OrganizationRole,
  ReceivedInvitation,
} from "./organizations/organization.ts";
export type { Organizations } from "./organizations/organizations.ts";
export { organizationRoleAtLeast } from "./organizations/roles.ts";
export { networkOf } from "./origins/network.ts";
export type { Origin } from "./origins/origin.ts";
export type { AttemptLimits } from "./passwords/delay.ts";
export { maxPasswordBytes, minPasswordLength } from "./passwords/limits.ts";
export type { PasswordChange, PasswordChanges } from "./passwords/password-changes.ts";
export type { PasswordWeakness } from "./passwords/policy.ts";
export type { Authenticate, Credential, Principal } from "./principals/principals.ts";
export type { Session } from "./sessions/session.ts";
export type { Sessions, SignedIn, TokenPair } from "./sessions/sessions.ts";
export type { AccessClaims } from "./tokens/access-claims.ts";
export type { PublicKey, TokenAlgorithm, TokenKeyInput } from "./tokens/key.ts";
export type { IssuedToken, TierOf, Tokens } from "./tokens/tokens.ts";
export { normalizeEmail } from "./users/email.ts";
export type { Role, User } from "./users/user.ts";
export type { NewUser, Users } from "./users/users.ts";
