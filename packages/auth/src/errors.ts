import { defineErrors, type ErrorCode } from "@revops/core";

/** Everything @revops/auth throws on purpose. Codes are the contract; texts are free to change and never hold a secret. */
export const authErrors = defineErrors({
  user_already_exists: "A user with this e-mail address exists",
  user_not_found: "There is no such user",
  invalid_email: "The e-mail address is not valid",
  invalid_name: "The name is not valid",
  weak_password: "The password cannot be used",
  invalid_credentials: "The e-mail address or the password is wrong",
  too_many_attempts: "Too many failed attempts",
  invalid_code: "The code is not valid",
  missing_credentials: "Credentials are needed",
  ambiguous_credentials: "Two credentials of different users were given",
  invalid_token: "The token is not valid",
  token_expired: "The token has expired",
  token_revoked: "The token was revoked",
  token_reused: "The refresh token was used before",
  session_not_found: "There is no such session",
  invalid_api_key: "The API key is not valid",
  api_key_not_found: "There is no such API key",
  api_key_not_active: "The API key was revoked, has expired or was rotated before",
  invalid_scope: "The scope is not known or cannot be granted",
  insufficient_scope: "The credential lacks a scope",
  forbidden: "This is not allowed",
  tier_required: "This needs a higher tier",
  invalid_limits: "The limits of a key, or what is taken of them, are not valid",
  rate_limited: "Too many requests",
  quota_exceeded: "The limit is reached",
  invalid_expiry: "The time of expiry is not valid",
  unknown_tier: "The tier is not known",
  invalid_configuration: "The configuration of auth is not valid",
});
export type AuthErrorCode = ErrorCode<typeof authErrors>;
