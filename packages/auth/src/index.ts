/** @revops/auth: users, passwords, sessions, tokens, API keys and claims. A diff of this file is a diff of the public API. */
export type { ApiKey, ApiKeys, NewApiKey } from "./api-keys/api-keys.ts";
export type { VerifiedKey } from "./api-keys/verification.ts";
export { type Auth, type AuthOptions, createAuth } from "./auth.ts";
export { atLeast, everyScope, hasScope, hasTier, standardTierLevels, type TierLevels } from "./claims/claims.ts";
export { manageKeys, standardScopes } from "./claims/scopes.ts";
export { type AuthErrorCode, authErrors } from "./errors.ts";
export type { AuthFacts } from "./facts.ts";
export { authMigrations } from "./migrations.ts";
export { maxPasswordBytes, minPasswordLength, type PasswordWeakness } from "./passwords/policy.ts";
export type { Authenticate, Credential, Principal } from "./principals/principals.ts";
export type { Session, Sessions, SignedIn, TokenPair } from "./sessions/sessions.ts";
export type { AccessClaims } from "./tokens/access-claims.ts";
export type { IssuedToken, Tokens } from "./tokens/tokens.ts";
export { normalizeEmail } from "./users/email.ts";
export type { NewUser, Role, User, Users } from "./users/users.ts";
