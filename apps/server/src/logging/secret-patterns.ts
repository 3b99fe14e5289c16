/** What a secret looks like, wherever it stands in a line: the last fence behind the redaction of named members. */

const patterns: readonly RegExp[] = [
  // Ours: API keys, refresh tokens and the codes of letters, licence keys.
  /\brvk_[0-9a-hjkmnp-tv-z]{26}_[0-9A-Za-z]{8,}/g,
  /\brv[a-z]_[A-Za-z0-9_-]{40,}/g,
  /\brvl-[0-9A-Z]{5}(?:-[0-9A-Z]{5}){4}\b/g,
  // JSON Web Tokens: both halves before the signature begin with `{"`.
  /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+/g,
  // Stripe's secret and restricted keys, webhook secrets, client secrets.
  /\b[sr]k_(?:test|live)_\w{8,}/g,
  /\bwhsec_[A-Za-z0-9+/=_-]{8,}/g,
  /\b(?:pi|seti)_\w+_secret_\w+/g,
  // Hashes of passwords, credentials in a header, passwords in an address.
  /\$argon2(?:id|i|d)\$[^\s"\\]+/g,
  /\b(?:Bearer|Basic) +[A-Za-z0-9._~+/-]{8,}=*/gi,
  /(?<=[a-z]:\/\/[^\s:/@"\\]{0,256}:)[^\s/@"\\]+(?=@)/gi,
];

/** Takes secrets out of a line. */
export function withoutSecrets(line: string): string {
  let clean = line;
  for (const pattern of patterns) clean = clean.replace(pattern, "[secret]");
  return clean;
}
